"""From the cases that a number looks at to the number: one rule for the headline and for each tier."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from scoreboard.domain.intervals import median, percentile, wilson
from scoreboard.domain.survival import Wait
from scoreboard.domain.survival import median as waiting_median
from scoreboard.domain.windows import Quarter

TIERS = (1, 2, 3)
NUMERATOR, MISSING = "numerator", "missing"

Amount = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose numbers: everybody's, or a tier's, an owner's, a territory's.

    `since` starts the period in which target accounts are compared with others; None means all history.
    `cohort` is the quarter whose joiners the conversion follows; None means the latest whole one.
    """

    tier: int | None = None
    owner: int | None = None
    territory: int | None = None
    since: datetime | None = None
    cohort: Quarter | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out, so that the daily snapshots speak of the same thing."""
        return self == Scope()


@dataclass(frozen=True, slots=True)
class Case:
    """One thing a number counts: an account, a crossing, an enrollment, or some opportunities of an account.

    `counted` puts it into the numerator. `value` is its length or its money, None where that is not known.
    `at` is the fact that decided it, `many` how many things the case stands for.
    """

    account: int | None
    tier: int | None
    counted: bool
    value: Amount | None = None
    at: datetime | None = None
    many: int = 1
    urgency: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number's answer. `value` is None where there is nothing to divide by; `notes` are said aloud beside
    it.
    """

    value: Amount | None
    numerator: Amount | None = None
    denominator: Amount | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    by_tier: Mapping[int, "Figure"] = field(default_factory=dict)

    def noting(self, **notes: Any) -> "Figure":
        """The same with more notes."""
        return replace(self, notes={**self.notes, **notes})


NO_DATA = Figure(value=None)

Measure = Callable[[Sequence[Case]], Figure]


def tiered(measure: Measure, cases: Sequence[Case], *, headline: int | None = None) -> Figure:
    """The measure of all cases, or of those of the `headline` tier, with the measure of each tier beside
    it.
    """
    tiers: dict[int | None, list[Case]] = defaultdict(list)
    for case in cases:
        tiers[case.tier].append(case)
    whole = measure(cases if headline is None else tiers[headline])
    return replace(whole, by_tier={tier: measure(tiers[tier]) for tier in TIERS})


def share(cases: Iterable[Case]) -> Figure:
    """The counted among all, with Wilson's interval."""
    everything = list(cases)
    hits, n = sum(case.many for case in everything if case.counted), sum(case.many for case in everything)
    interval = wilson(hits, n)
    notes = {"interval": [interval.low, interval.high]} if interval else {}
    return Figure(hits / n if n else None, hits, n, notes)


def money_share(cases: Sequence[Case], *, whole: Sequence[Case]) -> Figure:
    """The money of the counted cases over the money of `whole`; None where no money is known."""
    part = sum((Decimal(case.value) for case in cases if case.counted and case.value is not None), Decimal(0))
    total = sum((Decimal(case.value) for case in whole if case.value is not None), Decimal(0))
    return Figure(float(part / total) if total else None, part, total)


def count_share(cases: Sequence[Case], *, whole: Sequence[Case]) -> Figure:
    """How many things the counted cases stand for over how many `whole` does."""
    part, total = sum(case.many for case in cases if case.counted), sum(case.many for case in whole)
    return Figure(part / total if total else None, part, total)


def waiting(cases: Sequence[Case]) -> Figure:
    """The Kaplan-Meier median of the cases' lengths; those not counted still wait.

    Where more than half still wait the median is not reached: no value, and `longer_than` is the longest wait
    seen.
    """
    answered = sum(case.counted for case in cases)
    waits = [Wait(float(case.value), case.counted) for case in cases if case.value is not None]
    middle = waiting_median(waits)
    notes: dict[str, Any] = {"waiting": len(cases) - answered}
    if waits and middle is None:
        notes["longer_than"] = max(wait.length for wait in waits)
    return Figure(middle, answered, len(cases), notes)


def counted_median(cases: Sequence[Case]) -> Figure:
    """The plain median of the counted cases' lengths."""
    return _of_counted(cases, median)


def counted_p95(cases: Sequence[Case]) -> Figure:
    """The length that 95 % of the counted cases stay within."""
    return _of_counted(cases, lambda values: percentile(values, 0.95))


def counted_mean(cases: Sequence[Case]) -> Figure:
    """The mean of the counted cases' lengths."""
    return _of_counted(cases, lambda values: sum(values) / len(values))


def _of_counted(cases: Sequence[Case], rule: Callable[[Sequence[float]], float]) -> Figure:
    values = [float(case.value) for case in cases if case.counted and case.value is not None]
    return Figure(rule(values) if values else None, len(values), len(cases))


def a_week(weeks: int) -> Measure:
    """The counted cases divided by the weeks they were counted in: 0 when nothing happened."""

    def rate(cases: Sequence[Case]) -> Figure:
        hits = sum(case.many for case in cases if case.counted)
        return Figure(hits / weeks, hits, weeks)

    return rate
