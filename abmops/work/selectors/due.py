"""What is due, by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from abmops.work import kinds

TOO_LATE = timedelta(seconds=2)


def database_now() -> datetime:
    """The one clock that decides what is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)
    return moment


def oldest_due(*, now: datetime) -> dict[str, datetime]:
    """For each lane with something due of a kind known here: since when. One probe of an index a kind and
    lane.
    """
    known = kinds.all_kinds()
    with connection.cursor() as cursor:
        cursor.execute(
            _OLDEST,
            {
                "kinds": [kind.name for kind in known],
                "lanes": [kind.lane for kind in known],
                "all": kinds.Lane.values,
                "now": now,
            },
        )
        return dict(cursor.fetchall())


_OLDEST = """
SELECT lane, min(run_at) FROM (
  SELECT k.lane, o.run_at FROM unnest(%(kinds)s::text[], %(lanes)s::text[]) AS k(kind, lane), LATERAL (
    SELECT run_at FROM work_workitem w
    WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = k.lane AND w.kind = k.kind AND w.run_at <= %(now)s
    ORDER BY run_at LIMIT 1) o
  UNION ALL
  SELECT l.lane, o.run_at FROM unnest(%(all)s::text[]) AS l(lane), LATERAL (
    SELECT run_at FROM work_workitem w
    WHERE w.state = 'ready' AND w.attempts > 0 AND w.lane = l.lane AND w.kind = ANY(%(kinds)s::text[])
      AND w.run_at <= %(now)s
    ORDER BY run_at LIMIT 1) o
) due GROUP BY lane
"""
