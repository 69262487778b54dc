"""Taking a contact away, which only works while nothing would be forgotten that must not be."""

from __future__ import annotations

from django.db import transaction

from abmops.lib.errors import Conflict, Refused
from accounts.models import Contact
from accounts.services.contact.refusing import lock_for_a_no
from accounts.services.locking import take_turn


@transaction.atomic
def remove_contact(*, contact: Contact) -> None:
    """Delete a contact. Somebody who said no stays: the next import would bring them back as if they had not."""
    take_turn("contact")
    row = lock_for_a_no(contact.pk)
    if row is None:
        raise Conflict("There is no such contact any more.")
    if row.do_not_contact or row.opt_outs.exists():
        raise Refused(
            f"{row.name} said no to being contacted, which would be forgotten with them. "
            "Erase the person instead: then the no is kept and nothing else.",
            code="contact_said_no",
        )
    row.delete()
