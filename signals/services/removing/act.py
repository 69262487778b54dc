"""Signals go, and everything that was made of them is made anew, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from psycopg2.extras import execute_values

from signals.models import Crossing, RemovalRun, SignalRemoval
from signals.selectors import book
from signals.services.detect.evaluate import advance
from signals.services.recompute import lock_states
from signals.services.removing import corrections
from signals.services.removing.corrections import Gone

_WAITING = ("signals_unmatchedsignal", "signals_unnamedsignal")
_NAMED_BY = ("signals_feedback", "signals_countedlate")
# Ids carry their moment: so many of them, sorted, lie in one month's partition or two, and the others are not asked.
_PART = 10_000


@dataclass(slots=True)
class Removed:
    """What a removal did: signals gone, the accounts whose states were made anew, crossings that lost evidence."""

    run: UUID
    signals: int = 0
    accounts: set[int] = field(default_factory=set)
    crossings: set[int] = field(default_factory=set)


@transaction.atomic
def remove(*, run: RemovalRun, ids: Iterable[UUID], now: datetime) -> Removed:
    """Take these signals out and judge their accounts anew. Ids that are gone already count for nothing, so doing it
    twice changes nothing."""
    done = take_out(run=run, ids=ids, now=now)
    judge(run=run, accounts=done.accounts, now=now)
    return done


@transaction.atomic
def take_out(*, run: RemovalRun, ids: Iterable[UUID], now: datetime) -> Removed:
    """The rows go, with all that is counted of them one by one; states stay as they were until `judge`.

    Locks in the order of everybody: waiting rows, states, then the signals themselves. Nobody else changes a signal
    that waits for nothing without holding the state of its account.
    """
    done = Removed(run.pk)
    wanted = sorted(ids)
    if not wanted:
        return done
    all_of_them = _listed(wanted)
    with connection.cursor() as cursor:
        for table in _WAITING:
            cursor.execute(_LOCK_WAITING.format(table=table), [all_of_them])
        lock_states(sorted({account_id for (account_id,) in _each(cursor, _ACCOUNTS, wanted)}))
        gone = [Gone(*row) for row in _each(cursor, _REMOVE, wanted)]
        for table in (*_WAITING, *_NAMED_BY):
            cursor.execute(_FORGET.format(table=table), [all_of_them])
    if not gone:
        return done
    done.signals = len(gone)
    done.accounts = {one.account_id for one in gone if one.account_id is not None}
    corrections.volumes(gone)
    corrections.engagements(gone, run=run.pk, now=now)
    corrections.meetings(gone, run=run, now=now)
    done.crossings = _note_evidence(gone, done.accounts, run)
    _keep_account(gone, run, now)
    run.removed += len(gone)
    run.save(update_fields=["removed"])
    return done


@transaction.atomic
def judge(*, run: RemovalRun, accounts: Iterable[int], now: datetime) -> None:
    """The states are made anew from what is left, and every threshold is judged: what has turned false may cross
    again."""
    touched = sorted(set(accounts))
    if touched:
        advance(dict.fromkeys(touched, ()), book=book(), now=now, rebuild=True)
        _forget_crossings(touched, run)


def _each(cursor: CursorWrapper, statement: str, ids: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement over ids, some of them at a time."""
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        cursor.execute(statement, [_listed(part), part[0], part[-1]])
        yield from cursor.fetchall()


def _listed(ids: Sequence[UUID]) -> str:
    """Ids as the database writes an array: one text, where tens of thousands of parameters cost more than the work."""
    return f"{{{','.join(map(str, ids))}}}"


_LOCK_WAITING = "SELECT FROM {table} WHERE signal_id = ANY(%s::uuid[]) ORDER BY signal_id FOR UPDATE"
_FORGET = "DELETE FROM {table} WHERE signal_id = ANY(%s::uuid[])"
_ACCOUNTS = """
SELECT DISTINCT account_id FROM signals_signal
WHERE id = ANY(%s::uuid[]) AND id >= %s AND id <= %s AND account_id IS NOT NULL
"""
_REMOVE = """
DELETE FROM signals_signal WHERE id = ANY(%s::uuid[]) AND id >= %s AND id <= %s
RETURNING id, account_id, contact_id, source_id, type_id, topic, occurred_at, received_at
"""


def _note_evidence(gone: Iterable[Gone], accounts: set[int], run: RemovalRun) -> set[int]:
    """Write down how much of each crossing's evidence this took; gives the crossings."""
    ids = {one.id for one in gone}
    resting = Crossing.objects.filter(account_id__in=accounts).order_by().values_list("pk", "evidence")
    lost = {pk: count for pk, evidence in resting.iterator() if (count := len(ids.intersection(evidence)))}
    if lost:
        with connection.cursor() as cursor:
            rows = [(pk, str(run.pk), count) for pk, count in sorted(lost.items())]
            execute_values(cursor.cursor, _LOST, rows, page_size=len(rows))
    return set(lost)


_LOST = """
INSERT INTO signals_removedevidence (crossing_id, run_id, signals) VALUES %s
ON CONFLICT (crossing_id, run_id) DO UPDATE SET signals = signals_removedevidence.signals + EXCLUDED.signals
"""


def _forget_crossings(accounts: Sequence[int], run: RemovalRun) -> None:
    """Where a threshold that crossed on these signals is false now, the cool-down runs from the last crossing that
    still stands on its evidence: what a machine set off keeps nobody from crossing in earnest."""
    resting = Crossing.objects.filter(account_id__in=accounts, removed_evidence__run=run)
    pairs = set(resting.order_by().values_list("account_id", "threshold_id"))
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ARMED, [[account_id for account_id, _ in pairs], [pk for _, pk in pairs]])


_ARMED = """
UPDATE signals_accountstate s SET armed = s.armed || fresh.armed FROM (
    SELECT w.account_id, jsonb_object_agg(w.threshold_id::text, jsonb_build_array(
        false, extract(epoch FROM standing.at), (s.armed -> w.threshold_id::text) -> 2)) AS armed
    FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS v(account_id, threshold_id)) w
    JOIN signals_accountstate s ON s.account_id = w.account_id
        AND (s.armed -> w.threshold_id::text) -> 0 = 'false'::jsonb
    LEFT JOIN LATERAL (
        SELECT max(c.crossed_at) AS at FROM signals_crossing c
        WHERE c.account_id = w.account_id AND c.threshold_id = w.threshold_id
            AND NOT EXISTS (SELECT FROM signals_removedevidence r WHERE r.crossing_id = c.id)
    ) standing ON true
    GROUP BY w.account_id
) fresh WHERE s.account_id = fresh.account_id
"""


def _keep_account(gone: Iterable[Gone], run: RemovalRun, now: datetime) -> None:
    """One row an account and run: how many of its signals went, and when the last of them did."""
    counts = Counter(one.account_id for one in gone)
    named = [account_id for account_id in counts if account_id is not None]
    rows = SignalRemoval.objects.filter(Q(account_id__in=named) | Q(account=None), run=run)
    known = {row.account_id: row for row in rows if row.account_id in counts}
    fresh = []
    for account_id, count in counts.items():
        row = known.get(account_id)
        if row is None:
            fresh.append(_row(run, account_id, count, now))
        else:
            row.signals, row.removed_at = row.signals + count, now
    SignalRemoval.objects.bulk_update(known.values(), ["signals", "removed_at"])
    SignalRemoval.objects.bulk_create(fresh)


def _row(run: RemovalRun, account_id: int | None, count: int, now: datetime) -> SignalRemoval:
    said: dict[str, Any] = {"kind": run.kind, "reason": run.reason, "removed_by_id": run.asked_by_id}
    return SignalRemoval(run=run, account_id=account_id, signals=count, removed_at=now, **said)
