"""What the Health page, its API and the audits read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Max, QuerySet

from abmops.work import kinds, nudge
from abmops.work.models import Audit, Breach, State, Verdict, Worker, WorkItem

TOO_LATE = timedelta(seconds=2)
TICK_MISSED = timedelta(seconds=30)
WORKER_GONE = timedelta(seconds=45)
STUCK = timedelta(seconds=60)
STARTING = timedelta(seconds=60)


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


@dataclass(frozen=True, slots=True)
class KindFigures:
    """How one kind stands: due now, of these late, waiting for their moment, in work, given up."""

    lane: str
    kind: str
    due: int
    late: int
    waiting: int
    leased: int
    dead: int
    oldest: datetime | None
    is_known: bool


def figures(*, now: datetime) -> list[KindFigures]:
    """One line a kind that is registered or has something pending, by lane."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"now": now, "late": now - TOO_LATE})
        found = [
            KindFigures(lane, kind, due, late, waiting, leased, dead, oldest, kinds.find(kind) is not None)
            for lane, kind, due, late, waiting, leased, dead, oldest in cursor.fetchall()
        ]
    shown = {(figure.lane, figure.kind) for figure in found}
    idle = [kind for kind in kinds.all_kinds() if (kind.lane, kind.name) not in shown]
    found += [KindFigures(kind.lane, kind.name, 0, 0, 0, 0, 0, None, is_known=True) for kind in idle]
    order = {lane: number for number, lane in enumerate(kinds.Lane.values)}
    return sorted(found, key=lambda figure: (order.get(figure.lane, len(order)), figure.kind))


_FIGURES = """
SELECT lane, kind,
  count(*) FILTER (WHERE state = 'ready' AND run_at <= %(now)s),
  count(*) FILTER (WHERE state = 'ready' AND run_at <= %(late)s),
  count(*) FILTER (WHERE state = 'ready' AND run_at > %(now)s),
  count(*) FILTER (WHERE state = 'leased'),
  count(*) FILTER (WHERE state = 'dead'),
  min(run_at) FILTER (WHERE state = 'ready' AND run_at <= %(now)s)
FROM work_workitem WHERE state IN ('ready', 'leased', 'dead') GROUP BY lane, kind
"""


def dead_items(*, limit: int) -> Sequence[WorkItem]:
    """The newest items that were given up."""
    return list(WorkItem.objects.dead().defer("body").order_by("-done_at", "-id")[:limit])


def last_tick() -> datetime | None:
    """When anybody ticked last."""
    last: datetime | None = Worker.objects.filter(role=Worker.Role.TICK).aggregate(last=Max("heartbeat_at"))[
        "last"
    ]
    return last


@dataclass(frozen=True, slots=True)
class Process:
    """A process that said it lives, and whether it still does."""

    name: str
    role: str
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool


def processes(*, now: datetime) -> list[Process]:
    """Who spoke in the last day, living first."""
    found = [
        Process(
            row.name,
            row.get_role_display(),
            row.started_at,
            row.heartbeat_at,
            now - row.heartbeat_at <= WORKER_GONE,
        )
        for row in Worker.objects.all()
    ]
    return sorted(found, key=lambda process: (not process.is_alive, process.role, process.name))


def audit_runs() -> QuerySet[Audit]:
    """The last run of each audit."""
    return Audit.objects.all()


def open_breaches(*, limit: int) -> Sequence[Breach]:
    """Promises that stand broken, newest first."""
    return list(Breach.objects.filter(closed_at=None)[:limit])


def verdicts(*, limit: int) -> Sequence[Verdict]:
    """What people did about dead items, newest first."""
    return list(Verdict.objects.all()[:limit])


def overrun_leases(*, now: datetime) -> list[WorkItem]:
    """Items held three times as long as their kind's lease."""
    late = WorkItem.objects.leased().filter(lease_until__lt=now).only("kind", "worker", "lease_until")
    found = []
    for item in late:
        kind = kinds.find(item.kind)
        assert item.lease_until is not None
        if kind is not None and now - item.lease_until > 2 * kind.lease:
            found.append(item)
    return found


def dead_by_kind(*, before: datetime) -> list[tuple[str, int]]:
    """(kind, how many) given up before that moment."""
    rows = WorkItem.objects.dead().filter(done_at__lt=before).values_list("kind").annotate(count=Count("id"))
    return list(rows.order_by("kind"))


def unknown_due(*, before: datetime) -> list[tuple[str, int]]:
    """(kind, how many) due since before that moment, of kinds that this release does not know."""
    known = [kind.name for kind in kinds.all_kinds()]
    rows = (
        WorkItem.objects.ready().filter(lane__in=kinds.Lane.values, run_at__lt=before).exclude(kind__in=known)
    )
    return list(rows.values_list("kind").annotate(count=Count("id")).order_by("kind"))


@dataclass(frozen=True, slots=True)
class Health:
    """The answer for machines. `problems` is empty when all is well; no secret and no content is in it."""

    database: bool
    broker: bool
    ticked: datetime | None
    tick_age: float | None
    oldest_late: float
    dead: int
    problems: tuple[str, ...]


def health() -> Health:
    """Whether the program does its work: the database answers, somebody ticks, nothing has been due for long.

    The broker is told, not judged: without it work is slower and nothing stops.
    """
    broker = nudge.is_reachable()
    try:
        now = database_now()
        ticked = last_tick()
        dead = WorkItem.objects.filter(state=State.DEAD).count()
        late = max((now - moment for moment in oldest_due(now=now).values()), default=timedelta(0))
    except DatabaseError:
        return Health(False, broker, None, None, 0.0, 0, ("The database does not answer.",))
    problems = []
    if ticked is None:
        problems.append("Nobody has ticked yet: beat or `manage.py ticker` must run.")
    elif now - ticked > TICK_MISSED:
        problems.append(f"The last tick was {(now - ticked).total_seconds():.0f} seconds ago.")
    if late > STUCK:
        problems.append(f"The oldest due work has waited {late.total_seconds():.0f} seconds.")
    age = None if ticked is None else (now - ticked).total_seconds()
    return Health(True, broker, ticked, age, late.total_seconds(), dead, tuple(problems))
