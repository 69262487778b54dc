"""A contact's no: to everything, or to one channel."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Refused
from accounts.models import Contact, ContactOptOut, User


def set_do_not_contact(contact: Contact, *, source: str, now: datetime) -> None:
    """Mark a contact in memory; the first no keeps its moment and source."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = True, now, source


def lift_do_not_contact(contact: Contact) -> None:
    """Unmark a contact in memory."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = False, None, ""


@transaction.atomic
def mark_do_not_contact(*, contact: Contact, is_on: bool, source: str, by: User, now: datetime) -> Contact:
    """A person says that nobody may contact this one, or takes it back with a reason in `source`."""
    if not source.strip():
        raise Refused("Say where this comes from, for example: asked on the phone.")
    row = Contact.objects.select_for_update().get(pk=contact.pk)
    if is_on and not row.do_not_contact:
        set_do_not_contact(row, source=f"{source.strip()} ({by.email})"[:200], now=now)
    elif not is_on:
        lift_do_not_contact(row)
    row.save(update_fields=["do_not_contact", "do_not_contact_at", "do_not_contact_source", "updated_at"])
    return row


@transaction.atomic
def opt_out(*, contact: Contact, channel: str, source: str, now: datetime) -> ContactOptOut:
    """Record a no to one channel. The first no stays: saying it again changes nothing."""
    row, _ = ContactOptOut.objects.get_or_create(
        contact=contact, channel=channel, defaults={"at": now, "source": source[:200]}
    )
    return row
