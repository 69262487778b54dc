"""Rolling states made anew from the stored signals: the proof that they are right, and the cure should they not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.models import Account
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountState
from signals.selectors import Book, book
from signals.services.replay import histories, renewed

CHUNK = 500


@dataclass(slots=True)
class Report:
    """How many accounts were looked at, and how far the worst stored intent was from the recomputed one."""

    accounts: int = 0
    largest_difference: float = 0.0


def recompute(*, now: datetime, after: int = 0) -> Report:
    """Replay every account's signals into a fresh state, a chunk a transaction; `after` an account id goes on there.

    The thresholds' memory of what has crossed stays as it is: what was decided is not decided again.
    """
    report, written = Report(), book()
    while ids := list(
        Account.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:CHUNK]
    ):
        _chunk(ids, written, now, report)
        after = ids[-1]
    return report


def recompute_accounts(account_ids: Sequence[int], *, now: datetime) -> None:
    """The same for these accounts: their signals have changed hands."""
    _chunk(account_ids, book(), now, Report())


@transaction.atomic
def _chunk(ids: Sequence[int], written: Book, now: datetime, report: Report) -> None:
    AccountState.objects.bulk_create([AccountState(account_id=pk) for pk in ids], ignore_conflicts=True)
    rows = (
        AccountState.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(account_id__in=ids)
    )
    states = {row.account_id: row for row in rows.order_by("account_id")}
    history = histories(ids)
    values = []
    for pk, row in states.items():
        old = RollingState.load(bytes(row.state))
        new = renewed(old, history[pk], written.catalogue)
        new.know_since(row.account.created_at.timestamp())
        at_now = now.timestamp()
        before, after = (
            View(state, written.catalogue, fit=row.account.fit, scoring=written.scoring)
            for state in (old, new)
        )
        report.accounts += 1
        difference = abs(before.intent(at_now) - after.intent(at_now))
        report.largest_difference = max(report.largest_difference, difference)
        last = (
            datetime.fromtimestamp(new.last_signal_at, tz=now.tzinfo)
            if new.last_signal_at is not None
            else None
        )
        values.append(
            (pk, new.dump(), after.intent(at_now), after.score(at_now), now, last, len(history[pk]))
        )
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _SAVE, values, page_size=len(values))


_SAVE = """
UPDATE signals_accountstate s SET state = v.state, intent = v.intent, score = v.score, scored_at = v.at,
    last_signal_at = v.last_at::timestamptz, signals_seen = v.seen
FROM (VALUES %s) AS v(account_id, state, intent, score, at, last_at, seen) WHERE s.account_id = v.account_id
"""
