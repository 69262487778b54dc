"""The ledger of touches: what was made in the last week and what is promised for the next, by account and contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from abmops.lib.choices import Direction
from accounts.models import Touch
from plays.domain.pressure import WEEK
from plays.models import Task

Entry = tuple[int | None, datetime]
"""The contact, where it went to one, and the moment at which it counts."""


def ledger(account_ids: Collection[int], *, now: datetime) -> dict[int, list[Entry]]:
    """Account -> its outbound touches and owed tasks that count towards this week; one query."""
    made = Touch.objects.filter(
        account__in=account_ids,
        direction=Direction.OUTBOUND,
        occurred_at__gt=now - WEEK,
        occurred_at__lte=now,
    ).values_list("account", "contact", "occurred_at")
    promised = (
        Task.objects.unfinished()
        .filter(account__in=account_ids, due_at__gt=now - WEEK, due_at__lte=now + WEEK)
        .values_list("account", "contact", "due_at")
    )
    found: dict[int, list[Entry]] = defaultdict(list)
    for account, contact, moment in made.order_by().union(promised.order_by(), all=True):
        found[account].append((contact, moment))
    return found
