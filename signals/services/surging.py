"""Every account's week beside its own weeks before, worked out in sets and kept for lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from abmops.lib.ids import first_uuid7
from abmops.work import rounds
from accounts.models import Account
from signals.domain import surge
from signals.domain.surge import Week
from signals.models import Surge

WEEK = timedelta(days=7)
REACH = (surge.WEEKS + 1) * WEEK
CHUNK = 25


def refresh(*, now: datetime) -> None:
    """Work all of them out anew. Accounts without a signal in nine weeks have no row."""
    rounds.go_through(refresh_next, now=now)


@transaction.atomic
def refresh_next(now: datetime, after: int) -> int | None:
    """The accounts behind an id: the last of them, None where there are no more. A step of a round."""
    ids = list(Account.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if not ids:
        return None
    weeks = dict(_weeks(ids, now))
    Surge.objects.filter(account_id__in=set(ids) - set(weeks)).delete()
    if weeks:
        figures = [{"account_id": account_id, **asdict(week)} for account_id, week in weeks.items()]
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [now, json.dumps(figures)])
    return ids[-1] if len(ids) == CHUNK else None


def _weeks(ids: Sequence[int], now: datetime) -> Iterator[tuple[int, Week]]:
    values: dict[str, Any] = {
        "ids": ids,
        "now": now,
        "start": now - REACH,
        "first": first_uuid7(now - REACH - timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_WEEK, values)
        rows: list[Any] = cursor.fetchall()
    for account_id, group in groupby(rows, key=lambda row: row[0]):
        points, counts = [0.0] * (surge.WEEKS + 1), [0] * (surge.WEEKS + 1)
        known = 0
        for _, week, given, count, weeks in group:
            points[week], counts[week], known = given, count, weeks
        before = points[1 : known + 1]
        yield (
            account_id,
            surge.judge(
                points=points[0], signals=counts[0], before=before, signals_before=sum(counts[1 : known + 1])
            ),
        )


# Weeks are counted back from now: 0 is this one. A young account's weeks begin when it, or its first signal, came.
_BY_WEEK = """
WITH heard AS MATERIALIZED (
    SELECT s.account_id, LEAST(8, floor(date_part('epoch', %(now)s - s.occurred_at) / 604800))::int AS week,
        sum(s.points * t.confidence * o.weight) AS points, count(*) AS signals, min(s.occurred_at) AS first
    FROM signals_signal s JOIN signals_signaltype t ON t.id = s.type_id JOIN signals_source o ON o.id = s.source_id
    WHERE s.id >= %(first)s AND s.occurred_at >= %(start)s AND s.occurred_at < %(now)s AND s.account_id = ANY(%(ids)s)
    GROUP BY 1, 2
),
known AS (
    SELECT h.account_id, CASE
        WHEN LEAST(a.created_at, min(h.first)) <= %(start)s THEN %(start)s
        WHEN EXISTS (SELECT FROM signals_signal g WHERE g.account_id = h.account_id AND g.occurred_at < %(start)s)
            THEN %(start)s
        ELSE LEAST(a.created_at, min(h.first)) END AS since
    FROM heard h JOIN accounts_account a ON a.id = h.account_id
    WHERE a.id = ANY(%(ids)s) GROUP BY h.account_id, a.created_at
)
SELECT h.account_id, h.week, h.points, h.signals,
    LEAST(8, GREATEST(0, floor(date_part('epoch', %(now)s - interval '7 days' - k.since) / 604800)))::int
FROM heard h JOIN known k ON k.account_id = h.account_id ORDER BY h.account_id
"""
_KEEP = """
INSERT INTO signals_surge (account_id, at, points, signals, weeks, usual, spread, times, is_surging)
SELECT n.account_id, %s, n.points, n.signals, n.weeks, n.usual, n.spread, n.times, n.is_surging
FROM json_to_recordset(%s) AS n(account_id bigint, points float8, signals int, weeks smallint, usual float8,
    spread float8, times float8, is_surging boolean)
JOIN accounts_account a ON a.id = n.account_id ORDER BY n.account_id
ON CONFLICT (account_id) DO UPDATE SET at = excluded.at, points = excluded.points, signals = excluded.signals,
    weeks = excluded.weeks, usual = excluded.usual, spread = excluded.spread, times = excluded.times,
    is_surging = excluded.is_surging
"""
