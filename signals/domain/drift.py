"""Whether a threshold fires at another rate than it used to [P8]: crossings over list-account-weeks, by an exact test.

Crossings count as a Poisson process over exposure. Given how many there were in both spans together, the recent ones
are binomial, with the recent span's share of the exposure: no rate need be known, and few crossings are no trouble.
Crossings that come in bursts, and a season that is in one span only, look like a change of rate; the test cannot tell
them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, fsum, lgamma, log

WEEK = timedelta(days=7)
RECENT = 4 * WEEK
BASELINE = 12 * WEEK
LEAST_BASELINE = 4 * WEEK
"""A shorter baseline tells nothing about a rate: the threshold is too new."""

FIRST_WEEK = WEEK
"""A new version catches up with what is true already: its first days are not its rate."""

LEVEL = 0.01
CHANGE = 0.5
"""Drift is a rate that differs by more than half and, by the exact test, not by chance (p < 0.01)."""

# Two outcomes are as likely as each other if they differ by rounding only.
_ALIKE = 1.0 + 1e-7


@dataclass(frozen=True, slots=True)
class Span:
    """Crossings, and the account-weeks in which they could happen."""

    crossings: int
    exposure: float

    @property
    def rate(self) -> float | None:
        """Crossings a week per 100 accounts; None where nobody was there to cross."""
        return 100.0 * self.crossings / self.exposure if self.exposure > 0.0 else None


@dataclass(frozen=True, slots=True)
class Change:
    """The recent span against the baseline. `p` is None where one of them has no exposure."""

    recent: Span
    baseline: Span
    p: float | None

    @property
    def ratio(self) -> float | None:
        """The recent rate by the baseline's; None where either is not known, or the baseline never fired."""
        if self.recent.rate is None or not self.baseline.rate:
            return None
        return self.recent.rate / self.baseline.rate

    @property
    def is_large(self) -> bool:
        """Whether the rates differ by more than half of the baseline's; from nothing to something does."""
        if self.p is None:
            return False
        if self.ratio is None:
            return self.recent.crossings > 0
        return abs(self.ratio - 1.0) > CHANGE

    @property
    def direction(self) -> str:
        """`more` or `fewer`."""
        return "fewer" if self.ratio is not None and self.ratio < 1.0 else "more"


@dataclass(frozen=True, slots=True)
class Windows:
    """The half-open spans compared: `[since, split)` and `[split, until)`."""

    since: datetime
    split: datetime
    until: datetime


def windows(begun: datetime, *, now: datetime) -> Windows | None:
    """The last 4 weeks against the 12 before, no earlier than a week into the version; None while that is too short."""
    split = now - RECENT
    since = max(split - BASELINE, begun + FIRST_WEEK)
    return Windows(since, split, now) if split - since >= LEAST_BASELINE else None


def compare(recent: Span, baseline: Span) -> Change:
    """Both spans, with the two-sided p that they have one rate."""
    total = recent.exposure + baseline.exposure
    if recent.exposure <= 0.0 or baseline.exposure <= 0.0:
        return Change(recent, baseline, None)
    return Change(
        recent,
        baseline,
        p_of(recent.crossings, recent.crossings + baseline.crossings, recent.exposure / total),
    )


def p_of(hits: int, tries: int, share: float) -> float:
    """The exact two-sided binomial p: the chance of all outcomes that are no likelier than the one seen.

    `share` is above 0 and below 1. No tries: 1.
    """
    if not 0.0 < share < 1.0:
        raise ValueError("A share lies between 0 and 1.")
    front = lgamma(tries + 1)
    a, b = log(share), log(1.0 - share)
    chances = [
        exp(front - lgamma(k + 1) - lgamma(tries - k + 1) + k * a + (tries - k) * b) for k in range(tries + 1)
    ]
    limit = chances[hits] * _ALIKE
    return min(1.0, fsum(chance for chance in chances if chance <= limit))


def holm(ps: Sequence[float]) -> list[float]:
    """Each p raised for as many as are looked at, by Holm's steps: any below 0.01 by chance once in 100 looks."""
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    raised = [0.0] * len(ps)
    most = 0.0
    for place, at in enumerate(order):
        most = max(most, min(1.0, ps[at] * (len(ps) - place)))
        raised[at] = most
    return raised
