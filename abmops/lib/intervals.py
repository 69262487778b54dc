"""How sure a share is, and a difference of two: 95 % intervals for every app that states one."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with 95 % confidence, both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return self.low <= value <= self.high


def wilson(hits: int, n: int) -> Interval | None:
    """Wilson's score interval of a share; None without a case. Stays inside 0 to 1, also for 0 and n hits."""
    if n == 0:
        return None
    share, z2 = hits / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def newcombe(hits: int, n: int, other_hits: int, other_n: int) -> Interval | None:
    """Difference of two shares, first minus second (Newcombe 1998, method 10: square-and-add of Wilson
    limits).
    """
    own, other = wilson(hits, n), wilson(other_hits, other_n)
    if own is None or other is None:
        return None
    share, other_share = hits / n, other_hits / other_n
    gap = share - other_share
    return Interval(
        gap - sqrt((share - own.low) ** 2 + (other.high - other_share) ** 2),
        gap + sqrt((own.high - share) ** 2 + (other_share - other.low) ** 2),
    )
