"""What must hold of an account's stored figures for it to come near a condition at all: told without its history.

It never leaves out who is near, so that only those who are left need to be looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import inf

from signals.domain.condition.counting import Counting
from signals.domain.condition.levels import IntentLevel, ScoreLevel, ScoreRise
from signals.domain.condition.nearness import HALFWAY
from signals.domain.condition.node import Condition
from signals.domain.condition.tree import AllOf, Branch
from signals.domain.score import Scoring

MOST_FIT = 100.0


@dataclass(frozen=True, slots=True)
class Reach:
    """The last signal is at most so many days old, and the intent at least so high."""

    days: float = inf
    intent: float = 0.0

    def __and__(self, other: Reach) -> Reach:
        return Reach(min(self.days, other.days), max(self.intent, other.intent))

    def __or__(self, other: Reach) -> Reach:
        return Reach(max(self.days, other.days), min(self.intent, other.intent))


ANYBODY = Reach()
NOBODY = Reach(-inf, inf)


def reach(condition: Condition, scoring: Scoring) -> Reach:
    """Who may lack exactly one fact of it (`nearness.lacks`)."""
    return _near(condition, scoring, is_alone=True)


def _near(condition: Condition, scoring: Scoring, *, is_alone: bool) -> Reach:
    if not isinstance(condition, Branch):
        # Beside facts that hold, a fact is near however little of it is there.
        return _holding(condition, scoring, HALFWAY) if is_alone else ANYBODY
    if not isinstance(condition, AllOf):
        return _any(_near(part, scoring, is_alone=is_alone) for part in condition.parts)
    holding = [_holding(part, scoring) for part in condition.parts]
    is_alone = is_alone and len(condition.parts) == 1
    return _any(
        _all([_near(part, scoring, is_alone=is_alone), *holding[:place], *holding[place + 1 :]])
        for place, part in enumerate(condition.parts)
    )


def _holding(condition: Condition, scoring: Scoring, share: float = 1.0) -> Reach:
    """Of whom it holds, or that share of a single fact is there."""
    match condition:
        case Counting():
            return NOBODY if share < 1 and condition.at_least == 1 else Reach(days=condition.days)
        case IntentLevel():
            return Reach(intent=share * condition.at_least)
        case ScoreLevel():
            return _intent_of(share * condition.at_least - scoring.w_fit * MOST_FIT, scoring)
        case ScoreRise():
            # It rises by signals since a midnight that lies up to a day before the days it names.
            return _intent_of(share * condition.at_least, scoring) & Reach(days=condition.days + 1)
        case AllOf():
            return _all(_holding(part, scoring) for part in condition.parts)
        case Branch():
            return _any(_holding(part, scoring) for part in condition.parts)
        case _:
            return ANYBODY


def _intent_of(points: float, scoring: Scoring) -> Reach:
    """What intent must bring of a score."""
    return Reach(intent=points / scoring.w_intent) if scoring.w_intent > 0 and points > 0 else ANYBODY


def _all(parts: Iterable[Reach]) -> Reach:
    return reduce(Reach.__and__, parts, ANYBODY)


def _any(parts: Iterable[Reach]) -> Reach:
    return reduce(Reach.__or__, parts, NOBODY)
