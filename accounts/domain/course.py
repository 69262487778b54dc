"""What something was at any moment: the values it had before, each up to when it changed, and the one it has since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

T = TypeVar("T")

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Before everything that is known."""


@dataclass(frozen=True, slots=True)
class Course(Generic[T]):
    """A value over time. `until`: each earlier value and the moment from which it held no more, oldest first."""

    last: T
    until: tuple[tuple[datetime, T], ...] = ()

    def at(self, moment: datetime) -> T:
        """What it was then; a change counts from its own moment on."""
        if not self.until:
            return self.last
        place = bisect_right(self.until, moment, key=_when)
        return self.until[place][1] if place < len(self.until) else self.last

    @property
    def changes(self) -> tuple[datetime, ...]:
        """When it changed, oldest first."""
        return tuple(moment for moment, _ in self.until)

    @property
    def values(self) -> tuple[T, ...]:
        """Everything it has been, in order."""
        return (*(value for _, value in self.until), self.last)


def drawn(
    changes: Iterable[datetime], value: Callable[[datetime], T], *, since: datetime, until: datetime
) -> Course[T]:
    """The course from `since` until `until` of what is worked out of much that changes: asked at each change once."""
    moments = [since, *sorted({moment for moment in changes if since < moment < until})]
    values = [value(moment) for moment in moments]
    return Course(values[-1], tuple(zip(moments[1:], values[:-1], strict=True)))


def begun(first: T, then: Sequence[tuple[datetime, T]]) -> Course[T]:
    """The course of something of which it is known from when on each value held, oldest first."""
    values = [first, *(value for _, value in then)]
    moments = [moment for moment, _ in then]
    return Course(values[-1], tuple(zip(moments, values[:-1], strict=True)))


def _when(pair: tuple[datetime, object]) -> datetime:
    return pair[0]
