"""Near misses: what an account still lacks of a condition that one more fact would make true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from signals.domain.condition import words
from signals.domain.condition.counting import (
    Count,
    Counting,
    DistinctContacts,
    DistinctSignals,
    DistinctTypes,
)
from signals.domain.condition.levels import Dormant, Level, ScoreRise
from signals.domain.condition.node import Condition, Names
from signals.domain.condition.tree import AllOf, Branch
from signals.domain.condition.view import View

HALFWAY = 0.5
"""A fact that stands alone is near when at least half of it is there."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A fact whose coming true would be enough: how much of it there is, and how many hold beside it already."""

    fact: Condition
    have: float
    need: float
    beside: int

    @property
    def share(self) -> float:
        """How much of it is there, from 0 to 1."""
        return min(1.0, self.have / self.need) if self.need else 1.0

    @property
    def is_near(self) -> bool:
        """At least half there, or the only one of several that must hold together and does not."""
        return self.share >= HALFWAY or self.beside > 0

    def words(self, names: Names | None = None) -> str:
        """What is lacking: `1 more “Pricing page” signal within 14 days (2 of 3)`."""
        return _said(self.fact, self.have, self.need, names)


def lacks(condition: Condition, view: View, now: float) -> tuple[Lack, ...]:
    """The facts any one of which would make it true, nearest first; none unless it is exactly one fact away.

    Facts that are not near (`Lack.is_near`) are left out: nobody is near to what has not begun.
    """
    if condition.steps_away(view, now) != 1:
        return ()
    found = [lack for lack in _ways(condition, view, now, 0) if lack.is_near]
    return tuple(sorted(found, key=lambda lack: (-lack.share, -lack.beside)))


def _ways(condition: Condition, view: View, now: float, beside: int) -> Iterator[Lack]:
    if not isinstance(condition, Branch):
        progress = condition.progress(view, now)[0]
        yield Lack(condition, progress.have, progress.need, beside)
        return
    missing = [part for part in condition.parts if not part.is_met(view, now)]
    if isinstance(condition, AllOf):
        beside += len(condition.parts) - len(missing)
    for part in missing:
        if part.steps_away(view, now) == 1:
            yield from _ways(part, view, now, beside)


def _said(fact: Condition, have: float, need: float, names: Names | None) -> str:
    if isinstance(fact, Counting):
        return _said_of_counting(fact, int(need - have), int(have), names)
    if isinstance(fact, Dormant):
        missing = max(1, ceil(need - have))
        return f"{missing} more {'day' if missing == 1 else 'days'} of silence ({int(have)} of {int(need)})"
    missing_points = words.number(max(0.1, ceil((need - have) * 10) / 10))
    points = f"{missing_points} more {'point' if missing_points == '1' else 'points'}"
    # Rounded down, so that what is not enough never reads as if it were.
    is_at = words.number(int(have * 10) / 10)
    if isinstance(fact, ScoreRise):
        return (
            f"{points}: the score has risen by {is_at} of {words.number(need)} within {words.days(fact.days)}"
        )
    noun = fact.noun if isinstance(fact, Level) else "it"
    return f"{points}: {noun} is {is_at} of {words.number(need)}"


def _said_of_counting(fact: Counting, missing: int, have: int, names: Names | None) -> str:
    span = f"within {words.days(fact.days)} ({have} of {fact.at_least})"
    match fact:
        case Count():
            return f"{_more(words.signals(fact.wanted, missing, names), missing)} {span}"
        case DistinctSignals():
            return f"{_more(words.signals(fact.wanted, missing, names, 'independent '), missing)} {span}"
        case DistinctTypes():
            kinds = words.plural(missing, "more type", "more types")
            return f"{words.signals(fact.wanted, None, names)} of {kinds} {span}"
        case DistinctContacts():
            people = words.plural(missing, "more contact", "more contacts")
            return f"{words.signals(fact.wanted, None, names)} from {people} {span}"
        case _:
            raise TypeError(fact)


def _more(said: str, n: int) -> str:
    """`3 signals` as `3 more signals`."""
    return f"{n} more{said.removeprefix(str(n))}"
