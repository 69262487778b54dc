"""How sure a figure is: 95 % intervals of shares and of differences between two groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, exp, lgamma, log, sqrt
from statistics import NormalDist

from abmops.lib.intervals import Z95, Interval, newcombe, wilson

__all__ = [
    "Z95",
    "Interval",
    "Sample",
    "median",
    "median_gap",
    "newcombe",
    "percentile",
    "student_quantile",
    "welch",
    "wilson",
]

_EXACT_BINOMIAL = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """A group of amounts by count, mean and variance (n - 1 in the denominator)."""

    n: int
    mean: float
    variance: float


def welch(own: Sample, other: Sample) -> Interval | None:
    """Difference of two means, first minus second, unequal variances (Welch-Satterthwaite); needs two cases a
    side.
    """
    if own.n < 2 or other.n < 2:
        return None
    parts = own.variance / own.n, other.variance / other.n
    gap, total = own.mean - other.mean, sum(parts)
    if total == 0:
        return Interval(gap, gap)
    freedom = total**2 / (parts[0] ** 2 / (own.n - 1) + parts[1] ** 2 / (other.n - 1))
    half = student_quantile(0.975, freedom) * sqrt(total)
    return Interval(gap - half, gap + half)


def median_gap(own: Sequence[float], other: Sequence[float]) -> Interval | None:
    """Difference of two medians, first minus second (Price and Bonett 2002): distribution-free; needs five a
    side.
    """
    if len(own) < 5 or len(other) < 5:
        return None
    gap = median(own) - median(other)
    half = Z95 * sqrt(_median_variance(sorted(own)) + _median_variance(sorted(other)))
    return Interval(gap - half, gap + half)


def median(values: Sequence[float]) -> float:
    """The middle value, the mean of the two middle ones for an even count."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the cases lie, linear between neighbours (PostgreSQL's
    percentile_cont).
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _median_variance(ordered: Sequence[float]) -> float:
    """Price and Bonett's estimate: the spread between two order statistics about sqrt(n) ranks from the
    middle.
    """
    n = len(ordered)
    rank = max(1, round((n + 1) / 2 - sqrt(n)))
    return ((ordered[n - rank] - ordered[rank - 1]) / (2 * _rank_z(n, rank))) ** 2


@lru_cache(maxsize=4096)
def _rank_z(n: int, rank: int) -> float:
    """The normal quantile that the chance of the median lying below the `rank`-th value stands for."""
    if n <= _EXACT_BINOMIAL:
        below = sum(comb(n, i) for i in range(rank)) / 2**n
        return -NormalDist().inv_cdf(below)
    return (n / 2 - rank + 0.5) / (sqrt(n) / 2)


def student_quantile(share: float, freedom: float) -> float:
    """The value that Student's t stays below with this probability (above one half), to 1e-9, by
    bisection.
    """
    low, high = 0.0, 1.0
    while _student_cdf(high, freedom) < share:
        high *= 2
    while high - low > 1e-9 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_cdf(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _student_cdf(t: float, freedom: float) -> float:
    """P(T < t) for t >= 0, through the incomplete beta function."""
    return 1 - 0.5 * _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by its continued fraction (Lentz's method)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _away_from_zero(1 + step * d)
            c = _away_from_zero(1 + step / c)
            total *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * total


def _away_from_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
