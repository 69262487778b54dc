"""Periodic work: names, how often, what to run for a slot. Apps register theirs in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from abmops.work.kinds import Lane

# now -> None, inside a transaction that also ends the slot's work item
SlotHandler = Callable[[datetime], None]


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work for every slot of length `every`, beginning `offset` after a UTC multiple of it (weeks start on
    Monday).

    A slot found more than `grace` after its start is skipped; of slots missed while nothing ticked, only the
    latest is run, so a handler that needs each day looks back itself.
    """

    name: str
    every: timedelta
    handler: SlotHandler
    offset: timedelta
    grace: timedelta
    lane: str


_all: dict[str, Periodic] = {}


def register(
    name: str,
    *,
    every: timedelta,
    handler: SlotHandler,
    offset: timedelta = timedelta(0),
    grace: timedelta | None = None,
    lane: str = Lane.BULK,
) -> None:
    """Have `handler(now)` run once a slot, with any number of tickers; retried like every item."""
    entry = Periodic(name, every, handler, offset, every if grace is None else grace, Lane(lane).value)
    known = _all.setdefault(name, entry)
    if known != entry:
        raise ValueError(f"The periodic work {name!r} is registered twice.")


def unregister(name: str) -> None:
    """Forget one (tests)."""
    _all.pop(name, None)


def find(name: str) -> Periodic | None:
    """The periodic work of that name."""
    return _all.get(name)


def all_periodic() -> list[Periodic]:
    """Every one."""
    return list(_all.values())
