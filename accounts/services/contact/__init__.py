"""Writing contacts: upserts by key, do-not-contact and opt-outs."""

from accounts.services.contact.refusing import mark_do_not_contact, opt_out
from accounts.services.contact.upsert import BY_INTEGRATION, upsert_contacts

__all__ = ["BY_INTEGRATION", "mark_do_not_contact", "opt_out", "upsert_contacts"]
