"""The request itself: the contact is empty at once, everything else by work within a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Lower

from abmops.lib import erasing
from abmops.lib.choices import Role
from abmops.lib.erasing import NOBODY, Person
from abmops.lib.errors import Conflict, NotKnown, Refused
from abmops.work import services as work
from accounts.models import Contact, ContactExternalId, ContactOptOut, Erasure, Suppression, Touch, User
from accounts.services import storing
from accounts.services.contact.refusing import lock_for_a_no, told_no
from accounts.services.erasing.own import clean_own
from accounts.services.erasing.suppressing import email_key, external_key, hmac_of
from accounts.services.locking import take_turn

KIND = "erase"
# Whatever was on its way in while the first pass ran has arrived by then.
SECOND_PASS = timedelta(seconds=20)


def person_of(contact: Contact) -> Person:
    """What the contact is known by. Three queries."""
    name = contact.name.strip()
    bearers = (
        Contact.objects.annotate(called=Lower("name")).filter(called=name.lower()).exclude(pk=contact.pk)
    )
    is_only_one = not bearers.exists() and not User.objects.filter(name__iexact=name).exists()
    return Person(
        contact_id=contact.pk,
        account_id=contact.account_id,
        emails=(contact.email,) if contact.email else (),
        phones=(contact.phone,) if contact.phone else (),
        name=name,
        title=contact.title,
        external_ids=tuple(contact.external_ids.values_list("system", "value")),
        is_only_one=is_only_one,
    )


def what_is_known(contact: Contact) -> dict[str, int]:
    """What the program holds of the contact, in rows: for the page that asks first."""
    own = {
        "touches (they stay, without the name)": Touch.objects.filter(contact=contact).count(),
        "opt-outs": contact.opt_outs.count(),
        "external ids": contact.external_ids.count(),
    }
    return {what: rows for what, rows in own.items() if rows} | erasing.about(person_of(contact))


@transaction.atomic
def erase_contact(*, contact: Contact, by: User, request: str, now: datetime) -> Erasure:
    """Forget the person: the row stays for the counts and names nobody, from this moment on.

    What else names them is cleaned by work within a minute. Their address and ids stay known as keyed hashes, so that
    no import, call or event brings them back. RevOps only; asked again, it is a Conflict.
    """
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps erases a person.")
    if not request.strip():
        raise Refused("Say where the request came from, for example: letter of 3 May. No name, no address.")
    take_turn("contact")
    row = lock_for_a_no(contact.pk)
    if row is None:
        raise NotKnown("There is no such contact.")
    if row.erased_at is not None:
        raise Conflict("This person has been erased already.")
    person = person_of(row)
    erasure = Erasure.objects.create(
        at=now,
        by=by,
        contact_id=row.pk,
        account_id=row.account_id,
        request=str(person.own.taken_out(request.strip()))[:200],
    )
    keys = [*map(email_key, person.emails), *(external_key(*pair) for pair in person.external_ids)]
    storing.insert(
        [Suppression(key_hmac=hmac_of(key), at=now, erasure=erasure) for key in keys],
        now=now,
        skip_known="key_hmac",
    )
    ContactOptOut.objects.filter(contact=row).delete()
    ContactExternalId.objects.filter(contact=row).delete()
    row.name, row.email, row.phone, row.title, row.persona = NOBODY, None, "", "", ""
    row.do_not_contact, row.do_not_contact_at, row.do_not_contact_source = True, now, "Erased on request"
    row.erased_at = now
    row.save()
    told_no([row.pk], now=now)
    clean_own(person)
    work.put(kind=KIND, subject_id=erasure.pk, payload={"person": person.to_payload(), "pass": 1})
    return erasure


@transaction.atomic
def go_through(*, erasure_id: int, person: Person, number: int, now: datetime) -> None:
    """One pass over every table of every app; the second one ends the erasure. Doing it again changes nothing."""
    erasure = Erasure.objects.select_for_update().filter(pk=erasure_id).first()
    if erasure is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '120s'; SET LOCAL abmops.erasing = 'on'")
    counts = erasing.forget(person)
    counts = erasing.added([erasure.counts, counts, clean_own(person, everything=True)])
    erasure.counts = counts
    if number == 1:
        payload = {"person": person.to_payload(), "pass": 2}
        work.put(kind=KIND, subject_id=erasure.pk, run_at=now + SECOND_PASS, payload=payload)
    else:
        erasure.done_at = now
    erasure.save(update_fields=["counts", "done_at"])
