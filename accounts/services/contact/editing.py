"""A person changes one contact by hand: any field, another superior, another account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Conflict, FieldErrors, NotKnown
from accounts.domain.hierarchy import in_circles
from accounts.models import Account, Contact, User
from accounts.services import resolving
from accounts.services.changes import acting
from accounts.services.contact.refusing import lock_for_a_no
from accounts.services.erasing.suppressing import REFUSAL, email_key, suppressed
from accounts.services.locking import take_turn


@dataclass(frozen=True, slots=True)
class Said:
    """The whole contact as the form says it."""

    name: str
    email: str | None
    title: str
    phone: str
    role: str
    seniority: str
    persona: str
    influence: int | None
    reports_to: Contact | None
    account: Account


_PLAIN = ("name", "email", "title", "phone", "role", "seniority", "persona", "influence")


@transaction.atomic
def edit_contact(*, contact: Contact, said: Said, by: User, now: datetime) -> Contact:
    """Write the contact as said. FieldErrors name what cannot be; a person who was erased is not changed.

    Who moves to another account leaves the chart of the old one: nobody there reports to them any more, and they
    report to nobody there.
    """
    take_turn("contact")
    row = lock_for_a_no(contact.pk)
    if row is None:
        raise NotKnown("There is no such contact any more.")
    if row.erased_at is not None:
        raise Conflict("This person was erased on request; there is nobody to change.")
    email = said.email.strip().lower() if said.email else None
    _check(row, said, email)
    moved = row.account_id != said.account.pk
    had = row.email
    for name in _PLAIN:
        setattr(row, name, getattr(said, name))
    row.email, row.account = email, said.account
    row.reports_to = said.reports_to
    with acting(by=by, what="Contact changed"):
        if moved:
            Contact.objects.filter(reports_to=row).update(reports_to=None, updated_at=now)
        row.save()
    if email and (moved or email != had):
        resolving.announce([f"email:{email}"], now=now)
    return row


def _check(row: Contact, said: Said, email: str | None) -> None:
    if not said.name.strip():
        raise FieldErrors.one("/name", "Give them a name.")
    if email and suppressed([email_key(email)]):
        raise FieldErrors.one("/email", REFUSAL)
    if email and (other := Contact.objects.filter(email__iexact=email).exclude(pk=row.pk).first()):
        raise FieldErrors.one("/email", f"{email} is the address of {other}. Two people cannot share one.")
    boss = said.reports_to
    if boss is None:
        return
    if boss.pk == row.pk:
        raise FieldErrors.one("/reports_to", "Nobody reports to themselves.")
    if boss.account_id != said.account.pk:
        raise FieldErrors.one("/reports_to", f"{boss} is not at {said.account.name}.")
    edges = dict(
        Contact.objects.filter(account=said.account, reports_to__isnull=False)
        .exclude(pk=row.pk)
        .values_list("pk", "reports_to_id")
    )
    if row.pk in in_circles({**edges, row.pk: boss.pk}):
        raise FieldErrors.one(
            "/reports_to", f"{boss} reports to {row}, directly or over others: that is a circle."
        )
