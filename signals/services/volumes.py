"""How many signals came hour by hour, recounted from what is stored: off the hot path, right again after removals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from abmops.lib.ids import first_uuid7
from abmops.work import rounds
from signals.models import SignalVolume

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RECENT_HOURS = 2
"""The hours before the current one that each run counts anew: a batch may be worked out that long after it came."""

SLICE = 25_000
"""Signals counted at a time: a core that is away for longer than that takes shows in how long a signal takes."""

FILLED = timedelta(weeks=13)
"""How far back the first run counts: as far as the catalogue's trends show."""


def hour_of(moment: datetime) -> datetime:
    """The beginning of the UTC hour that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def refresh(*, now: datetime) -> None:
    """Count the current and the two hours before it; where nothing was ever counted, the last 13 weeks."""
    rounds.go_through(refresh_next, now=now)


def refresh_next(now: datetime, mark: Any) -> dict[str, Any] | None:
    """A slice of the current or of one of the two hours before it, as a step of a round: what is counted of an hour so
    far, from which signal on the next step counts, and how many hours follow. An hour's rows are written at its end.

    What is removed while its hour is being counted is gone from the rows with the next round.
    """
    if not isinstance(mark, dict):  # 0, or the number that an older release left
        if not SignalVolume.objects.exists():
            fill(since=now - FILLED, until=now)
            return None
        mark = _beginning(hour_of(now), RECENT_HOURS)
    hour = datetime.fromisoformat(mark["hour"])
    after = str(first_uuid7(hour + HOUR))
    counts: dict[tuple[int, int, str], tuple[int, str]] = {
        (source, type_, topic): (n, newest) for source, type_, topic, n, newest in mark["counts"]
    }
    with connection.cursor() as cursor:
        cursor.execute(_ITS_END, [mark["from"], after, SLICE])
        end = cursor.fetchone()
        cursor.execute(_COUNT, {"first": mark["from"], "after": end[0] if end else after})
        for _, source, type_, topic, n, newest in cursor.fetchall():
            before, latest = counts.get((source, type_, topic), (0, ""))
            counts[source, type_, topic] = before + n, max(latest, newest.astimezone(UTC).isoformat())
    rows = [(*key, *counted) for key, counted in counts.items()]
    if end:
        return {**mark, "from": str(end[0]), "counts": rows}
    _replace(hour, rows)
    return _beginning(hour - HOUR, mark["hours"] - 1) if mark["hours"] else None


def _beginning(hour: datetime, hours: int) -> dict[str, Any]:
    return {"hour": hour.isoformat(), "from": str(first_uuid7(hour)), "counts": [], "hours": hours}


@transaction.atomic
def _replace(hour: datetime, rows: Sequence[tuple[object, ...]]) -> None:
    """The rows of one hour, as they were counted slice by slice."""
    columns = ("source_id", "type_id", "topic", "n", "newest")
    counted = [{"hour": hour.isoformat(), **dict(zip(columns, row, strict=True))} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(
            _REPLACE.format(every=_COUNTED),
            {"since": hour, "until": hour + HOUR, "counted": json.dumps(counted)},
        )


def refresh_yesterday(*, now: datetime) -> None:
    """Count yesterday and the day before once more, now that whatever was late has been worked out."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    fill(since=midnight - 2 * DAY, until=midnight)


def fill(*, since: datetime, until: datetime) -> int:
    """Count a long time, a week a statement; returns how many rows are other than before."""
    changed, start = 0, hour_of(since)
    while start < until:
        end = min(start + 7 * DAY, until)
        changed += recount(since=start, until=end)
        start = end
    return changed


@transaction.atomic
def recount(*, since: datetime, until: datetime) -> int:
    """Replace the rows of every UTC hour that begins in `[hour of since, until)`, in one statement.

    The signals' ids carry the moment they were received, so only the partitions of those hours are read. Rows that
    are right already are not written. Returns how many are other than before.
    """
    first = hour_of(since)
    after = hour_of(until - timedelta(microseconds=1)) + HOUR
    bounds: dict[str, Any] = {
        "since": first,
        "until": after,
        "first": str(first_uuid7(first)),
        "after": str(first_uuid7(after)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        cursor.execute(_REPLACE.format(every=_COUNT), bounds)
        return int(cursor.fetchone()[0])


# Two counts at once would each miss what the other deletes; whoever comes second waits.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('signals_signalvolume'))"
_ITS_END = (
    "SELECT id FROM signals_signal WHERE id >= %s::uuid AND id < %s::uuid ORDER BY id OFFSET %s LIMIT 1"
)
_COUNT = """
    SELECT date_bin('1 hour', received_at, 'epoch') AS hour, source_id, type_id, topic, count(*)::int AS n,
        max(received_at) AS newest
    FROM signals_signal WHERE id >= %(first)s::uuid AND id < %(after)s::uuid GROUP BY 1, 2, 3, 4
"""
_COUNTED = """
    SELECT * FROM json_to_recordset(%(counted)s)
        AS c(hour timestamptz, source_id bigint, type_id bigint, topic text, n int, newest timestamptz)
"""
_REPLACE = """
WITH every AS MATERIALIZED ({every}
), counted AS MATERIALIZED (
    SELECT e.* FROM every e JOIN signals_source s ON s.id = e.source_id JOIN signals_signaltype t ON t.id = e.type_id
), gone AS (
    DELETE FROM signals_signalvolume v
    WHERE v.hour >= %(since)s AND v.hour < %(until)s AND NOT EXISTS (
        SELECT FROM counted c WHERE c.hour = v.hour AND c.source_id = v.source_id
            AND c.type_id = v.type_id AND c.topic = v.topic)
    RETURNING 1
), put AS (
    INSERT INTO signals_signalvolume AS v (source_id, type_id, topic, hour, signals, newest)
    SELECT source_id, type_id, topic, hour, n, newest FROM counted ORDER BY hour, source_id, type_id, topic
    ON CONFLICT (hour, source_id, type_id, topic) DO UPDATE SET signals = EXCLUDED.signals, newest = EXCLUDED.newest
        WHERE (v.signals, v.newest) IS DISTINCT FROM (EXCLUDED.signals, EXCLUDED.newest)
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""
