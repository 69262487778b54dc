"""A contact's no: to everything, or to one channel.

A no is written under the lock of the contact's account, the same under which plays choose whom to go to: who commits
first is seen by the other, so that nobody is proposed after their no.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Channel, Role
from abmops.lib.errors import Conflict, NotKnown, Refused
from abmops.lib.refusing import said_no
from accounts.models import Account, Contact, ContactOptOut, User
from accounts.services.changes import acting
from accounts.services.locking import take_turn


def set_do_not_contact(contact: Contact, *, source: str, now: datetime) -> None:
    """Mark a contact in memory; the first no keeps its moment and source."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = True, now, source


def lift_do_not_contact(contact: Contact) -> None:
    """Unmark a contact in memory."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = False, None, ""


def lock_accounts_of(contacts: Sequence[Contact]) -> None:
    """Lock the accounts of contacts, in id order: no play of theirs opens a step until the transaction ends."""
    ids = {contact.account_id for contact in contacts if contact.account_id is not None}
    if ids:
        rows = Account.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
        list(rows.values_list("pk", flat=True))


def lock_for_a_no(pk: int) -> Contact | None:
    """The contact and its account, locked; the caller has the turn of contacts, so nobody moves it meanwhile."""
    seen = Contact.objects.filter(pk=pk).first()
    if seen is None:
        return None
    lock_accounts_of([seen])
    return Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()


def told_no(contacts: Sequence[int], *, now: datetime) -> None:
    """Tell whoever meant to go to them; their accounts are locked."""
    said_no(contacts, now=now)


def may_lift(contact: Contact, user: User) -> bool:
    """Only RevOps and the account's owner take a no back; nobody does for a person who was erased."""
    is_owner = contact.account is not None and contact.account.owner_id == user.pk
    return contact.erased_at is None and (user.has_role(Role.REVOPS) or is_owner)


@transaction.atomic
def mark_do_not_contact(*, contact: Contact, is_on: bool, source: str, by: User, now: datetime) -> Contact:
    """A person says that nobody may contact this one, or takes it back with a reason in `source`.

    Taking it back is RevOps' and the account owner's; the change log keeps the reason.
    """
    if not source.strip():
        raise Refused("Say where this comes from, for example: asked on the phone.")
    row = _locked(contact)
    if is_on and not row.do_not_contact:
        set_do_not_contact(row, source=f"{source.strip()} ({by.email})"[:200], now=now)
    elif not is_on:
        _must_lift(row, by)
        lift_do_not_contact(row)
    what = "Do not contact" if is_on else "May be contacted again"
    with acting(by=by, what=what, reason=source.strip()):
        row.save(update_fields=["do_not_contact", "do_not_contact_at", "do_not_contact_source", "updated_at"])
    if is_on:
        told_no([row.pk], now=now)
    return row


@transaction.atomic
def opt_out(
    *, contact: Contact, channel: str, source: str, now: datetime, by: User | None = None
) -> ContactOptOut:
    """Record a no to one channel. The first no stays: saying it again changes nothing."""
    if channel not in Channel.values:
        raise Refused("Choose the channel that they said no to.")
    if not source.strip():
        raise Refused("Say where this comes from, for example: preference centre.")
    locked = _locked(contact)
    with acting(by=by, what=f"Opt-out of {Channel(channel).label.lower()}"):
        row, is_new = ContactOptOut.objects.get_or_create(
            contact=locked, channel=channel, defaults={"at": now, "source": source.strip()[:200]}
        )
    if is_new:
        told_no([locked.pk], now=now)
    return row


@transaction.atomic
def lift_opt_out(*, contact: Contact, channel: str, reason: str, by: User, now: datetime) -> None:
    """Take back a no to one channel, with a reason; RevOps and the account's owner may."""
    del now  # the change log has its own clock
    if not reason.strip():
        raise Refused("Say why they may be contacted this way again, for example: asked for it on 3 May.")
    locked = _locked(contact)
    _must_lift(locked, by)
    with acting(by=by, what=f"Opt-out of {Channel(channel).label.lower()} taken back", reason=reason.strip()):
        gone, _ = ContactOptOut.objects.filter(contact=locked, channel=channel).delete()
    if not gone:
        raise Conflict("There is no such opt-out any more.")


def _locked(contact: Contact) -> Contact:
    take_turn("contact")
    row = lock_for_a_no(contact.pk)
    if row is None:
        raise NotKnown("There is no such contact any more.")
    if row.erased_at is not None:
        raise Conflict("This person was erased on request; there is nobody to change.")
    return row


def _must_lift(contact: Contact, by: User) -> None:
    if not may_lift(contact, by):
        raise Refused("Only RevOps or the account's owner takes a no back.")
