"""Writing contacts: upserts by key, do-not-contact and opt-outs."""

from accounts.services.contact.refusing import lift_opt_out, mark_do_not_contact, may_lift, opt_out
from accounts.services.contact.upsert import BY_INTEGRATION, upsert_contacts

__all__ = [
    "BY_INTEGRATION",
    "lift_opt_out",
    "mark_do_not_contact",
    "may_lift",
    "opt_out",
    "upsert_contacts",
]
