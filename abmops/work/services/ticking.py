"""The tick: each second, from any number of processes. Every statement is idempotent."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from abmops.work import schedule
from abmops.work.domain.slots import slot_of
from abmops.work.kinds import Lane
from abmops.work.models import Worker, WorkItem
from abmops.work.nudge import nudge
from abmops.work.selectors import TOO_LATE, database_now, oldest_due
from abmops.work.services.beating import beat
from abmops.work.services.draining import drain
from abmops.work.services.leases import reclaim
from abmops.work.services.putting import Put, put_many

log = logging.getLogger(__name__)

PERIODIC = "work.periodic"
QUICKEST_FIRST = (Lane.REACT.value, Lane.INGEST.value, Lane.DELIVER.value, Lane.BULK.value)


@dataclass(slots=True)
class Tick:
    """What one tick did. `late` lanes wait for somebody to drain them without a message."""

    reclaimed: int = 0
    slots: int = 0
    due: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def tick(*, by: str, now: datetime | None = None) -> Tick:
    """Bring back lost items, put the slots that have begun, nudge every lane with something due.

    `now` is for tests; without it the database's clock rules.
    """
    done = Tick(reclaimed=reclaim())
    moment = now or database_now()
    done.slots = put_slots(now=moment)
    for lane, oldest in oldest_due(now=moment).items():
        done.due.append(lane)
        if not nudge(lane) or moment - oldest > TOO_LATE:
            done.late.append(lane)
    beat(name=by, role=Worker.Role.TICK)
    return done


def drain_late(lanes: Collection[str], *, seconds: float, now: datetime | None = None) -> int:
    """Work without a message: the broker is away, or everybody is busy. How many items ended well.

    Quick lanes first, and every quicker one again before each batch of a slower one, late or not: what signals set off
    does not wait until the signals have all come in.
    """
    deadline = time.monotonic() + seconds
    return sum(
        drain(lane, deadline, now=now, letting=QUICKEST_FIRST[:place])
        for place, lane in enumerate(QUICKEST_FIRST)
        if lane in lanes
    )


def put_slots(*, now: datetime) -> int:
    """Put the work of each slot that has begun; how many were new. The slot's row and its item commit
    together.
    """
    current = []
    for periodic in schedule.all_periodic():
        slot = slot_of(now, every=periodic.every, offset=periodic.offset)
        if now - slot <= periodic.grace:
            current.append((periodic, slot))
    if not current:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_periodicrun (name, slot) SELECT * FROM unnest(%s::text[], %s::timestamptz[])"
            " ORDER BY 1 ON CONFLICT (name, slot) DO NOTHING RETURNING name, slot",
            [[periodic.name for periodic, _ in current], [slot for _, slot in current]],
        )
        new = set(cursor.fetchall())
        put_many(
            Put(
                kind=f"{PERIODIC}.{periodic.lane}",
                dedup_key=f"{periodic.name}:{slot.isoformat()}",
                run_at=now,
                payload={"name": periodic.name},
            )
            for periodic, slot in current
            if (periodic.name, slot) in new
        )
    return len(new)


def run_slot(items: Sequence[WorkItem], now: datetime) -> None:
    """The handler of the slots' items."""
    for item in items:
        periodic = schedule.find(item.payload["name"])
        if periodic is None:
            log.warning("Nobody knows the periodic work %s any more.", item.payload["name"])
            continue
        periodic.handler(now)
