"""The ledger of touches: what was made in the last week and what is promised for the next, by account and contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from abmops.lib.choices import Direction
from accounts.models import Touch
from plays.domain.pressure import WEEK
from plays.models import Task
from plays.selectors.numbers import policy

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


def warnings_of(tasks: Collection[Task], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """Task -> what speaks against doing it this week: the account or the person is at its cap without it.

    The tasks count as promised themselves and are not held against themselves. Two queries, however many there are.
    """
    if not tasks:
        return {}
    numbers = policy()
    entries = ledger({task.account_id for task in tasks}, now=now)
    found: dict[int, tuple[str, ...]] = {}
    for task in tasks:
        of_account = list(entries.get(task.account_id, ()))
        own = (task.contact_id, task.due_at)
        if own in of_account:
            of_account.remove(own)
        said = []
        made = sum(moment <= now for _, moment in of_account)
        if made >= numbers.touches_per_week:
            said.append(f"{made} touches here in the last 7 days; the limit is {numbers.touches_per_week}")
        to_them = sum(contact == task.contact_id and moment <= now for contact, moment in of_account)
        if task.contact is not None and to_them >= numbers.touches_per_contact:
            said.append(
                f"{task.contact} had {to_them} touches in the last 7 days; "
                f"the limit a person is {numbers.touches_per_contact}"
            )
        if said:
            found[task.pk] = tuple(said)
    return found
