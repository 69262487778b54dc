"""The kinds of work: what runs when an item is due. Apps register theirs in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import TextChoices

if TYPE_CHECKING:
    from abmops.work.models import WorkItem


class Lane(TextChoices):
    """Which queue of workers takes it, so that slow work never stands in front of quick work."""

    INGEST = "ingest", "Signals in"
    REACT = "react", "Decisions, steps and clocks"
    DELIVER = "deliver", "Calls to the outside"
    BULK = "bulk", "Imports and nightly work"


Handler = Callable[["Sequence[WorkItem]", datetime], None]

DEFAULT_LANE = Lane.REACT
DEFAULT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of work is run.

    `handler(items, now)` gets up to `batch` items in ONE transaction that also finishes them: its effects and
    the items' end commit together or not at all. It re-checks that each item's intent still holds, and it
    raises to have the batch rolled back; every item then runs alone. `outside=True` is for calls to other
    systems: one item at a time, no transaction, at least once; the lease is renewed while it runs.
    `coalesce`: one ready item per `subject_id`; a further put merges into it. `keep_done` keeps the finished
    row for `upkeep.KEEP_DONE`, and with it the protection of its `dedup_key`; otherwise the row goes with the
    effect. `head_start`: it goes before others of its lane that have waited at most this much longer.
    `schema_v`: the newest payload shape this code understands; newer items wait for newer code.
    """

    name: str
    lane: str
    handler: Handler
    batch: int = 50
    max_attempts: int = DEFAULT_ATTEMPTS
    lease: timedelta = timedelta(seconds=30)
    coalesce: bool = False
    keep_done: bool = False
    outside: bool = False
    head_start: timedelta = timedelta()
    schema_v: int = 1

    def __post_init__(self) -> None:
        if self.lane not in Lane.values:
            raise ValueError(f"{self.name}: {self.lane!r} is no lane; take one of {', '.join(Lane.values)}.")
        if self.batch < 1 or self.max_attempts < 1:
            raise ValueError(f"{self.name}: batch and max_attempts are at least 1.")

    @property
    def claim_size(self) -> int:
        """How many items one claim takes; outside work is held one at a time, so none waits leased."""
        return 1 if self.outside else self.batch


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known to this process; a second registration of a name must be the same."""
    known = _kinds.setdefault(kind.name, kind)
    if known != kind:
        raise ValueError(f"The kind of work {kind.name!r} is registered twice.")
    return kind


def unregister(name: str) -> None:
    """Forget a kind (tests)."""
    _kinds.pop(name, None)


def find(name: str) -> Kind | None:
    """The kind of that name, or None where this release does not know it."""
    return _kinds.get(name)


def all_kinds() -> list[Kind]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def of_lane(lane: str) -> list[Kind]:
    """The kinds whose items run in `lane`."""
    return [kind for kind in _kinds.values() if kind.lane == lane]
