"""Work that goes through everything there is, a step at a time: what is quick never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from abmops.work import kinds, schedule
from abmops.work.models import WorkItem
from abmops.work.services.putting import put

Step = Callable[[datetime, Any], Any]

PIECE = 0.05
"""For how many seconds a round goes on at a time. A core that is away for longer shows in how long a signal takes."""
REST = 19
"""How many times as long as that it rests then. Rounds under way take turns and rest one after the other: together they
have a twentieth of one core, whatever else runs."""

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
        if not WorkItem.objects.filter(lane=lane, kind=name).leased().exists():
            last = _last_turn(name)
            turn = now if last is None else last + (1 + REST) * timedelta(seconds=PIECE)
            put(kind=name, subject_id=0, run_at=turn)

    def take(items: Sequence[WorkItem], now: datetime) -> None:
        began = time.monotonic()
        mark = items[0].payload.get("after", 0)
        while mark is not None and time.monotonic() - began < PIECE:
            mark = step(now, mark)
        if mark is not None:
            last = max(now, _last_turn(name) or now)
            rest = timedelta(seconds=(1 + REST) * (time.monotonic() - began))
            put(kind=name, subject_id=0, payload={"after": mark}, run_at=last + rest)

    _names.add(name)
    kinds.register(kinds.Kind(name, lane, take, batch=1, coalesce=True))
    schedule.register(name, every=every, offset=offset, handler=begin, lane=lane)


def _last_turn(name: str) -> datetime | None:
    """When the last of the other rounds that wait has its turn; one that failed waits for itself."""
    others = WorkItem.objects.ready().filter(kind__in=_names - {name}, attempts=0)
    turn: datetime | None = others.aggregate(last=Max("run_at"))["last"]
    return turn


def go_through(step: Step, *, now: datetime) -> None:
    """The whole round here and now, without a rest: for commands, the sample and tests."""
    after: Any = 0
    while after is not None:
        after = step(now, after)
