"""How likely so few or so many are: tails of the negative binomial, a count whose mean itself varies."""

from __future__ import annotations

from math import exp, lgamma, log, log1p


def at_most(seen: int, mean: float, variance: float) -> float:
    """The chance of `seen` or fewer from a negative binomial of this mean and variance (above the mean)."""
    size = mean * mean / max(variance - mean, 1e-9 * mean * mean)
    return min(1.0, sum(exp(_log_chance(count, mean, size)) for count in range(seen + 1)))


def at_least(seen: int, mean: float, variance: float) -> float:
    """The chance of `seen` or more; `seen` above the mean."""
    size = mean * mean / max(variance - mean, 1e-9 * mean * mean)
    term = exp(_log_chance(seen, mean, size))
    total, count, ratio = 0.0, seen, mean / (size + mean)
    while term > total * 1e-12 and count < seen + 100_000:
        total += term
        term *= (size + count) / (count + 1) * ratio
        count += 1
    return min(1.0, total)


def _log_chance(count: int, mean: float, size: float) -> float:
    if size > 1e7:
        return count * log(mean) - mean - lgamma(count + 1)
    return (
        lgamma(count + size)
        - lgamma(size)
        - lgamma(count + 1)
        - size * log1p(mean / size)
        + count * (log(mean) - log(size + mean))
    )
