"""Taking an account away, which only works while nothing has happened to it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError

from abmops.lib.errors import Refused
from accounts.models import Account


@transaction.atomic
def remove_account(*, account: Account) -> None:
    """Delete an account that has no history. One that has is disqualified instead: past numbers keep it."""
    history: dict[str, QuerySet[Any]] = {
        "touches": account.touches.all(),
        "opportunities": account.opportunities.all(),
        "list changes": account.memberships.all(),
        "events": account.events.all(),
        "contacts": account.contacts.all(),
    }
    kept = [name for name, rows in history.items() if rows.exists()]
    if kept:
        raise Refused(
            f"{account.name} has {', '.join(kept)}, which past numbers count. "
            "Set its lifecycle to disqualified instead.",
            code="account_has_history",
        )
    try:
        account.delete()
    except (ProtectedError, RestrictedError):
        raise Refused(
            f"{account.name} has signals or plays. Set its lifecycle to disqualified instead.",
            code="account_has_history",
        ) from None
