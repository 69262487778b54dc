"""How each kind of work stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from abmops.work import kinds
from abmops.work.selectors.due import TOO_LATE

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class KindFigures:
    """How one kind stands: due now, of these late, waiting for their moment, in work, given up.

    Counts of what is ready stop at `MOST_COUNTED`: a page must not read a million timers to say that they are many.
    """

    lane: str
    kind: str
    due: int
    late: int
    waiting: int
    leased: int
    dead: int
    oldest: datetime | None
    is_known: bool

    @property
    def is_busy(self) -> bool:
        """Whether anything of it is on the list."""
        return bool(self.due or self.waiting or self.leased or self.dead)


def figures(*, now: datetime) -> list[KindFigures]:
    """One line a kind that is registered or has something pending, by lane."""
    known = kinds.all_kinds()
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {
                "lanes": [kind.lane for kind in known],
                "kinds": [kind.name for kind in known],
                "now": now,
                "late": now - TOO_LATE,
                "most": MOST_COUNTED + 1,
            },
        )
        found = [
            KindFigures(lane, kind, due, late, waiting, leased, dead, oldest, kinds.find(kind) is not None)
            for lane, kind, due, late, waiting, leased, dead, oldest in cursor.fetchall()
        ]
    order = {lane: number for number, lane in enumerate(kinds.Lane.values)}
    return sorted(found, key=lambda figure: (order.get(figure.lane, len(order)), figure.kind))


# The kinds that wait, whether known or not: one probe of the index a kind, however many rows each has.
_WAITING_KINDS = """
waiting AS (
  (SELECT lane, kind FROM work_workitem WHERE state = 'ready' AND attempts = 0 ORDER BY lane, kind LIMIT 1)
  UNION ALL
  SELECT next.lane, next.kind FROM waiting w, LATERAL (
    SELECT lane, kind FROM work_workitem
    WHERE state = 'ready' AND attempts = 0 AND (lane, kind) > (w.lane, w.kind) ORDER BY lane, kind LIMIT 1) next)
"""
_FIGURES = f"""
WITH RECURSIVE {_WAITING_KINDS},
rest AS (
  SELECT lane, kind, run_at, 'ready' AS state FROM work_workitem WHERE state = 'ready' AND attempts > 0
  UNION ALL SELECT lane, kind, run_at, 'leased' FROM work_workitem WHERE state = 'leased'
  UNION ALL SELECT lane, kind, run_at, 'dead' FROM work_workitem WHERE state = 'dead'),
others AS (
  SELECT lane, kind,
    count(*) FILTER (WHERE state = 'ready' AND run_at <= %(now)s) AS due,
    count(*) FILTER (WHERE state = 'ready' AND run_at <= %(late)s) AS late,
    count(*) FILTER (WHERE state = 'ready' AND run_at > %(now)s) AS later,
    count(*) FILTER (WHERE state = 'leased') AS leased,
    count(*) FILTER (WHERE state = 'dead') AS dead,
    min(run_at) FILTER (WHERE state = 'ready' AND run_at <= %(now)s) AS oldest
  FROM rest GROUP BY lane, kind),
every AS (
  SELECT lane, kind FROM waiting UNION SELECT lane, kind FROM others
  UNION SELECT * FROM unnest(%(lanes)s::text[], %(kinds)s::text[]))
SELECT e.lane, e.kind, coalesce(o.due, 0) + due.n, coalesce(o.late, 0) + late.n, coalesce(o.later, 0) + later.n,
       coalesce(o.leased, 0), coalesce(o.dead, 0), least(o.oldest, first.run_at)
FROM every e LEFT JOIN others o ON o.lane = e.lane AND o.kind = e.kind,
LATERAL (SELECT min(run_at) AS run_at FROM work_workitem w
         WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = e.lane AND w.kind = e.kind
           AND w.run_at <= %(now)s) first,
LATERAL (SELECT count(*) AS n FROM (SELECT FROM work_workitem w
         WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = e.lane AND w.kind = e.kind
           AND w.run_at <= %(now)s LIMIT %(most)s) q) due,
LATERAL (SELECT count(*) AS n FROM (SELECT FROM work_workitem w
         WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = e.lane AND w.kind = e.kind
           AND w.run_at <= %(late)s LIMIT %(most)s) q) late,
LATERAL (SELECT count(*) AS n FROM (SELECT FROM work_workitem w
         WHERE w.state = 'ready' AND w.attempts = 0 AND w.lane = e.lane AND w.kind = e.kind
           AND w.run_at > %(now)s LIMIT %(most)s) q) later
"""  # noqa: S608  (the pieces are constants of this module)
