"""Work that goes through everything there is, a step at a time: what is quick never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from abmops.work import kinds, schedule
from abmops.work.models import State, WorkItem
from abmops.work.services.putting import put

Step = Callable[[datetime, Any], Any]

PIECE = 0.05
"""For how many seconds a round goes on at a time. A core that is away for longer shows in how long a signal takes."""
REST = 19
"""How many times as long as that it rests then, for each round that is under way: together they have a twentieth of one
core, whatever else runs."""

_names: set[str] = set()


def register(
    name: str,
    *,
    every: timedelta,
    step: Step,
    offset: timedelta = timedelta(0),
    lane: str = kinds.Lane.BULK,
) -> None:
    """Have a round begin once a slot, as `schedule.register` says.

    `step(now, after)` does a few milliseconds' work behind the mark `after`, which is 0 at the beginning of a round. It
    answers with the mark behind which the next step goes on, of whatever JSON holds, or None where nothing is left. So
    many steps as fill `PIECE` share a transaction. A round still under way when a slot begins goes on; no second
    one joins it.
    """

    def begin(now: datetime) -> None:
        # A piece of it that is being worked on puts the next one itself; another process would begin a second round.
        # Those that begin with it begin one after the other.
        if not WorkItem.objects.filter(lane=lane, kind=name).leased().exists():
            put(kind=name, subject_id=0, run_at=now + _others(name) * REST * timedelta(seconds=PIECE))

    def take(items: Sequence[WorkItem], now: datetime) -> None:
        began = time.monotonic()
        mark = items[0].payload.get("after", 0)
        while mark is not None and time.monotonic() - began < PIECE:
            mark = step(now, mark)
        if mark is not None:
            rest = timedelta(seconds=(1 + REST * (1 + _others(name))) * (time.monotonic() - began))
            put(kind=name, subject_id=0, payload={"after": mark}, run_at=now + rest)

    _names.add(name)
    kinds.register(kinds.Kind(name, lane, take, batch=1, coalesce=True))
    schedule.register(name, every=every, offset=offset, handler=begin, lane=lane)


def _others(name: str) -> int:
    """How many other rounds are under way, by one of their pieces."""
    pending = WorkItem.objects.filter(kind__in=_names - {name}, state__in=[State.READY, State.LEASED])
    return pending.order_by().values("kind").distinct().count()


def go_through(step: Step, *, now: datetime) -> None:
    """The whole round here and now, without a rest: for commands, the sample and tests."""
    after: Any = 0
    while after is not None:
        after = step(now, after)
