"""Waiting times in which some still wait: the Kaplan-Meier curve and its median."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

# Products of fractions miss an exact half by a few units in the last place.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """One waiting time. `ended` False: it was still waiting when we looked, so it lasted longer than
    `length`.
    """

    length: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on, this share still waits; `at_risk` were waiting just before it."""

    at: float
    still_waiting: float
    at_risk: int
    ended: int


def curve(waits: Iterable[Wait]) -> list[Step]:
    """The product-limit estimate: one step at each length at which a wait ended.

    A wait censored at a length counts as at risk at that very length (Kaplan and Meier 1958).
    """
    ordered = sorted(waits)
    at_risk, share, steps = len(ordered), 1.0, []
    for length, group in groupby(ordered, key=lambda wait: wait.length):
        members = list(group)
        ended = sum(wait.ended for wait in members)
        if ended:
            share *= 1 - ended / at_risk
            steps.append(Step(length, share, at_risk, ended))
        at_risk -= len(members)
    return steps


def median(waits: Iterable[Wait]) -> float | None:
    """The first length at which half or less still wait; None while more than half do (or nobody waits).

    With every wait ended this is the lower median: the (n + 1) // 2-th shortest.
    """
    return next((step.at for step in curve(waits) if step.still_waiting <= 0.5 + _ROUNDING), None)
