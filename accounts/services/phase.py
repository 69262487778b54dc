"""Moving accounts up the phases, with a line of history for each move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.domain.phase import is_rise
from accounts.models import Account, AccountEvent
from accounts.services import events


@transaction.atomic
def raise_phases(*, reached: Mapping[int, tuple[Account, str]], now: datetime) -> list[Account]:
    """Move these locked accounts up to the phase they have reached, where that is up; returns those that moved."""
    moved: list[Account] = []
    news: list[events.NewEvent] = []
    for account, phase in reached.values():
        if not is_rise(account.phase, phase):
            continue
        news.append(
            events.NewEvent(
                account_id=account.pk,
                kind=AccountEvent.Kind.CHANGED_PHASE,
                at=now,
                dedup_key=f"phase:{account.pk}:{phase}:{now.isoformat()}",
                payload={"from": account.phase, "to": phase},
            )
        )
        account.phase, account.updated_at = phase, now
        moved.append(account)
    if moved:
        Account.objects.bulk_update(moved, ["phase", "updated_at"])
        events.record(news, now=now)
    return moved
