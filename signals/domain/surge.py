"""Whether an account's week is out of its own ordinary: this week's points against its own eight weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

WEEKS = 8
ENOUGH_WEEKS = 4
ENOUGH_SIGNALS = 3
ENOUGH_TIMES = 2.0
ENOUGH_SPREADS = 3.0
MOST_TIMES = 20.0
"""Above it the exact figure says more of how quiet the weeks before were than of this one."""
MAD_TO_SIGMA = 1.4826
"""What the median deviation is multiplied with to be a standard deviation where weeks are normal."""


TIMES = "\u00d7"


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days beside the account's own weeks before. `usual` None: fewer than four weeks are known."""

    points: float
    signals: int
    weeks: int
    usual: float | None = None
    spread: float | None = None
    times: float | None = None
    is_surging: bool = False

    @property
    def words(self) -> str:
        """The finding in a few words, never an infinite share."""
        if self.usual is None:
            return f"no baseline yet: known for {_weeks(self.weeks)}, {ENOUGH_WEEKS} are needed"
        if not self.signals:
            return "nothing this week"
        if self.times is None:
            return f"{self.points:.0f} points after {_weeks(self.weeks)} without any"
        if self.times > MOST_TIMES:
            return f"over {MOST_TIMES:.0f} {TIMES} its usual week"
        if self.times >= 9.95:
            return f"{self.times:.0f} {TIMES} its usual week"
        return f"{self.times:.1f} {TIMES} its usual week" if round(self.times, 1) != 1 else "a usual week"

    @property
    def evidence(self) -> str:
        """The figures behind the words, and from when on a week counts as a surge."""
        many = "1 signal" if self.signals == 1 else f"{self.signals} signals"
        this = f"{self.points:.1f} points from {many} in 7 days"
        if self.usual is None:
            return f"{this}; {self.words}."
        return (
            f"{this}; a usual week of its last {self.weeks} has {self.usual:.1f}, give or take {self.spread:.1f}. "
            f"A surge is at least {ENOUGH_TIMES:.0f} {TIMES} the usual, {ENOUGH_SPREADS:.0f} spreads above it, and "
            f"{ENOUGH_SIGNALS} signals."
        )


def judge(*, points: float, signals: int, before: Sequence[float], signals_before: int) -> Week:
    """This week against the weeks before, those in which the account was known, quiet ones as 0.

    `usual` is their median. `spread` is what chance makes of a usual week, the largest of: the median absolute
    deviation (times 1.4826), the root of the usual times the points of a mean signal (what a Poisson number of such
    signals would vary), and one mean signal. Outliers among the weeks before move neither much.
    """
    if len(before) < ENOUGH_WEEKS:
        return Week(points, signals, len(before))
    usual = median(before)
    deviation = median(abs(week - usual) for week in before) * MAD_TO_SIGMA
    all_signals = signals + signals_before
    mean = (points + sum(before)) / all_signals if all_signals else 0.0
    spread = max(deviation, sqrt(usual * mean), mean)
    surging = (
        signals >= ENOUGH_SIGNALS
        and points >= usual + ENOUGH_SPREADS * spread
        and points >= ENOUGH_TIMES * usual
        and points > 0
    )
    times = points / usual if usual > 0 else None
    return Week(points, signals, len(before), usual, spread, times, surging)


def _weeks(number: int) -> str:
    return "1 week" if number == 1 else f"{number} weeks"
