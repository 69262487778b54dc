"""The target list's history as change points: in whatever order they arrive, the intervals come out the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Move(StrEnum):
    """What a change point did to the account's place on the list."""

    JOINED = "joined_list"
    LEFT = "left_list"
    RETIERED = "changed_tier"


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """From `at` on, the account is in `tier`; None: off the list."""

    at: datetime
    tier: int | None


@dataclass(frozen=True, slots=True)
class Interval:
    """`[start, end)` in one tier; an end of None is open."""

    start: datetime
    end: datetime | None
    tier: int | None


def intervals(points: Iterable[Point]) -> list[Interval]:
    """The gapless, non-overlapping intervals of change points with distinct moments."""
    ordered = sorted(points, key=lambda point: point.at)
    ends: Sequence[datetime | None] = [*(point.at for point in ordered[1:]), None]
    return [Interval(point.at, end, point.tier) for point, end in zip(ordered, ends, strict=bool(ordered))]


def move(before: int | None, after: int | None) -> Move | None:
    """What going from one tier to another is called; None when nothing changes."""
    if before == after:
        return None
    if before is None:
        return Move.JOINED
    return Move.LEFT if after is None else Move.RETIERED
