"""Work that goes through everything there is, a step at a time: what is quick never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from abmops.work import kinds, schedule
from abmops.work.models import WorkItem
from abmops.work.services.putting import put

Step = Callable[[datetime, int], int | None]

REST = 9
"""How many times as long as a step took the round rests after it: it has a tenth of one core, whatever else runs."""


def register(
    name: str,
    *,
    every: timedelta,
    step: Step,
    offset: timedelta = timedelta(0),
    lane: str = kinds.Lane.BULK,
) -> None:
    """Have a round begin once a slot, as `schedule.register` says.

    `step(now, after)` does a piece that takes about a tenth of a second, in a transaction of its own, behind the mark
    `after`, which is 0 at the beginning of a round. It answers with the mark behind which the next step goes on, or
    None where nothing is left. A round that is still under way when a slot begins goes on; no second one joins it.
    """

    def begin(now: datetime) -> None:
        put(kind=name, subject_id=0, run_at=now)

    def take(items: Sequence[WorkItem], now: datetime) -> None:
        began = time.monotonic()
        mark = step(now, items[0].payload.get("after", 0))
        if mark is not None:
            rest = timedelta(seconds=(1 + REST) * (time.monotonic() - began))
            put(kind=name, subject_id=0, payload={"after": mark}, run_at=now + rest)

    kinds.register(kinds.Kind(name, lane, take, batch=1, coalesce=True))
    schedule.register(name, every=every, offset=offset, handler=begin, lane=lane)


def go_through(step: Step, *, now: datetime) -> None:
    """The whole round here and now, without a rest: for commands, the sample and tests."""
    after: int | None = 0
    while after is not None:
        after = step(now, after)
