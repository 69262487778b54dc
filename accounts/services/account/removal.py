"""Taking an account away, which only works while nothing has happened to it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from abmops.lib.errors import Refused
from accounts.models import Account


@transaction.atomic
def remove_account(*, account: Account) -> None:
    """Delete an account that has no history. One that has is disqualified instead: past numbers keep it."""
    history = {
        "touches": account.touches,
        "opportunities": account.opportunities,
        "list changes": account.memberships,
        "events": account.events,
        "contacts": account.contacts,
    }
    kept = [name for name, rows in history.items() if rows.exists()]
    if kept:
        raise Refused(
            f"{account.name} has {', '.join(kept)}, which past numbers count. Set its lifecycle to disqualified instead.",
            code="account_has_history",
        )
    try:
        account.delete()
    except (ProtectedError, RestrictedError):
        raise Refused(
            f"{account.name} has signals or plays. Set its lifecycle to disqualified instead.",
            code="account_has_history",
        ) from None
