"""The ledger of touches: what was made in the last week and what is promised for the next, by account and contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from plays.domain.pressure import WEEK
from plays.models import Task
from plays.selectors.numbers import policy

Entry = tuple[int | None, datetime]
"""The contact, where it went to one, and the moment at which it counts."""


def ledger(account_ids: Collection[int], *, now: datetime) -> dict[int, list[Entry]]:
    """Account -> its outbound touches and owed tasks that count towards this week; one query."""
    values: dict[str, Any] = {"ids": list(account_ids), "since": now - WEEK, "now": now, "until": now + WEEK}
    found: dict[int, list[Entry]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LEDGER, values)
        for account, contact, moment in cursor.fetchall():
            found[account].append((contact, moment))
    return found


_LEDGER = """
SELECT account_id, contact_id, occurred_at FROM accounts_touch
WHERE account_id = ANY(%(ids)s::bigint[]) AND direction = 'outbound'
    AND occurred_at > %(since)s AND occurred_at <= %(now)s
UNION ALL
SELECT account_id, contact_id, due_at FROM plays_task
WHERE account_id = ANY(%(ids)s::bigint[]) AND state IN ('open', 'snoozed')
    AND due_at > %(since)s AND due_at <= %(until)s
"""


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
