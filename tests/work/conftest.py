"""A kind of work that the tests may shape, and the table its effects go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from abmops.work import kinds, schedule
from abmops.work.kinds import Kind
from abmops.work.models import WorkItem


@dataclass
class Record:
    """What a handler saw: the keys or subjects of each batch it was given, in order."""

    batches: list[list[str]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    poison: set[str] = field(default_factory=set)
    error: Exception | None = None

    def __call__(self, items: Sequence[WorkItem], now: datetime) -> None:
        self.batches.append([item.label for item in items])
        self.moments.append(now)
        if self.error is not None:
            raise self.error
        if bad := self.poison & {item.label for item in items}:
            raise RuntimeError(f"poison: {', '.join(sorted(bad))}")

    @property
    def seen(self) -> list[str]:
        """Every label, in the order of work."""
        return [label for batch in self.batches for label in batch]


MakeKind = Callable[..., Record]


@pytest.fixture
def make_kind() -> Iterator[MakeKind]:
    """Register kinds for the length of a test."""
    names: list[str] = []

    def make(name: str = "t", lane: str = "react", **options: Any) -> Record:
        record = Record()
        kinds.register(Kind(name=name, lane=lane, handler=options.pop("handler", record), **options))
        names.append(name)
        return record

    yield make
    for name in names:
        kinds.unregister(name)


@pytest.fixture
def record(make_kind: MakeKind) -> Record:
    """The plain kind `t` in the lane react."""
    return make_kind()


@pytest.fixture
def nothing_periodic() -> Iterator[None]:
    """No periodic work for the length of a test, but what it registers itself."""
    others = schedule.all_periodic()
    for other in others:
        schedule.unregister(other.name)
    yield
    for other in others:
        schedule.register(
            other.name,
            every=other.every,
            handler=other.handler,
            offset=other.offset,
            grace=other.grace,
            lane=other.lane,
        )
