"""The work list's own periodic work: throwing away what has served, and the audits of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection

from abmops.work import audits, kinds, schedule, selectors
from abmops.work.audits import Finding
from abmops.work.kinds import Kind, Lane
from abmops.work.models import Breach, PeriodicRun, Worker
from abmops.work.services import auditing, ticking

KEEP_DONE = timedelta(days=30)
KEEP_SLOTS = timedelta(days=90)
KEEP_WORKERS = timedelta(days=1)
KEEP_BREACHES = timedelta(days=90)
PRUNE_AT_ONCE = 50_000
LATE = timedelta(seconds=60)
UNATTENDED = timedelta(minutes=5)
UNKNOWN = timedelta(minutes=10)


def prune(now: datetime) -> None:
    """Throw away finished items after `KEEP_DONE`, and old slots, heartbeats and closed breaches. Dead items
    stay.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, {"before": now - KEEP_DONE, "limit": PRUNE_AT_ONCE})
    PeriodicRun.objects.filter(slot__lt=now - KEEP_SLOTS).delete()
    Worker.objects.filter(heartbeat_at__lt=now - KEEP_WORKERS).delete()
    Breach.objects.filter(closed_at__lt=now - KEEP_BREACHES).delete()


_PRUNE = """
DELETE FROM work_workitem WHERE id IN (
  SELECT id FROM work_workitem WHERE state IN ('done', 'cancelled', 'superseded') AND done_at < %(before)s
  ORDER BY done_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


def audit(now: datetime) -> None:
    """Run every registered audit."""
    auditing.run_audits(now=now)


def nothing_is_late(now: datetime) -> Iterator[Finding]:
    """Due items of known kinds are taken within a minute."""
    for lane, oldest in selectors.oldest_due(now=now).items():
        if now - oldest > LATE:
            yield Finding(
                f"late:{lane}", f"The oldest due item of the lane {lane} has waited {_spoken(now - oldest)}."
            )


def leases_end(now: datetime) -> Iterator[Finding]:
    """A lease that ran out is taken back by the next tick; one that stays is held by a handler that hangs."""
    for item in selectors.overrun_leases(now=now):
        yield Finding(f"lease:{item.pk}", f"{item.kind} {item.pk} is held by {item.worker} past its lease.")


def dead_are_attended(now: datetime) -> Iterator[Finding]:
    """A person looks at dead items within minutes."""
    for kind, count in selectors.dead_by_kind(before=now - UNATTENDED):
        yield Finding(f"dead:{kind}", f"{count} item(s) of {kind} were given up and wait for a person.")


def kinds_are_known(now: datetime) -> Iterator[Finding]:
    """Every due item is of a kind that this release knows, but for the minutes of a deployment."""
    for kind, count in selectors.unknown_due(before=now - UNKNOWN):
        yield Finding(
            f"unknown:{kind}", f"{count} item(s) of {kind} wait for a release that knows this kind."
        )


def _spoken(wait: timedelta) -> str:
    return f"{wait.total_seconds():,.0f} seconds"


def register() -> None:
    """Called once the apps are ready."""
    for lane in Lane:
        kinds.register(
            Kind(name=f"{ticking.PERIODIC}.{lane.value}", lane=lane.value, handler=ticking.run_slot, batch=1)
        )
    schedule.register("work.prune", every=timedelta(minutes=10), handler=prune)
    schedule.register("work.audit", every=timedelta(seconds=60), handler=audit, lane=Lane.REACT)
    audits.register("work.nothing_is_late", nothing_is_late)
    audits.register("work.leases_end", leases_end)
    audits.register("work.dead_are_attended", dead_are_attended)
    audits.register("work.kinds_are_known", kinds_are_known)
