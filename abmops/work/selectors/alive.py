"""Who is alive, and whether the program does its work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db.models import Max

from abmops.work import nudge
from abmops.work.models import State, Worker, WorkItem
from abmops.work.selectors.due import database_now, oldest_due

TICK_MISSED = timedelta(seconds=30)
WORKER_GONE = timedelta(seconds=45)
STUCK = timedelta(seconds=60)
STARTING = timedelta(seconds=60)


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
