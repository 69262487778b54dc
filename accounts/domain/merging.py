"""Two histories of the list made one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Said:
    """One change point as it was said of one of the two accounts."""

    id: int
    at: datetime
    tier: int | None
    of_winner: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """The same change point in the one history: when, and the tier from then on."""

    id: int
    at: datetime
    tier: int | None


def one_history(points: Iterable[Said]) -> list[Merged]:
    """At every moment the better of the two tiers: a company was on the list while either of its accounts was.

    No point is lost: one that changes nothing in the common history stays as the moment somebody said something. Where
    both accounts changed at the same instant, the loser's point follows the winner's by a microsecond.
    """
    ordered = sorted(points, key=lambda point: (point.at, not point.of_winner, point.id))
    taken: set[datetime] = {point.at for point in ordered if point.of_winner}
    placed: list[tuple[datetime, Said]] = []
    for point in ordered:
        at = point.at
        if not point.of_winner:
            while at in taken:
                at += _INSTANT
            taken.add(at)
        placed.append((at, point))
    placed.sort(key=lambda pair: pair[0])
    tiers: dict[bool, int | None] = {True: None, False: None}
    history = []
    for at, point in placed:
        tiers[point.of_winner] = point.tier
        history.append(Merged(point.id, at, better(tiers[True], tiers[False])))
    return history


def better(one: int | None, other: int | None) -> int | None:
    """The better tier of two; None is off the list."""
    known = [tier for tier in (one, other) if tier is not None]
    return min(known, default=None)
