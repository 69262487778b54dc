"""Intervals against the papers and tables that define them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboard.domain.intervals import (
    Interval,
    Sample,
    median,
    median_gap,
    newcombe,
    percentile,
    student_quantile,
    welch,
    wilson,
)


def rounded(interval: Interval | None, places: int = 4) -> tuple[float, float] | None:
    return None if interval is None else (round(interval.low, places), round(interval.high, places))


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [
        pytest.param(81, 263, (0.2553, 0.3662), id="Newcombe 1998a, first example"),
        pytest.param(15, 148, (0.0624, 0.1605), id="Newcombe 1998a, second"),
        pytest.param(0, 20, (0.0, 0.1611), id="Newcombe 1998a, none"),
        pytest.param(1, 29, (0.0061, 0.1718), id="Newcombe 1998a, one"),
        pytest.param(10, 10, (0.7225, 1.0), id="all"),
        pytest.param(0, 0, None, id="no case"),
    ],
)
def test_wilson(hits: int, n: int, expected: tuple[float, float] | None) -> None:
    assert rounded(wilson(hits, n)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param((56, 70), (48, 80), (0.0524, 0.3339), id="Newcombe 1998b, method 10, a"),
        pytest.param((9, 10), (3, 10), (0.1705, 0.8090), id="Newcombe 1998b, method 10, b"),
        pytest.param((6, 7), (2, 7), (0.0582, 0.8062), id="Newcombe 1998b, method 10, c"),
        pytest.param((5, 56), (0, 29), (-0.0381, 0.1926), id="Newcombe 1998b, method 10, d"),
        pytest.param((0, 0), (3, 10), None, id="nothing on one side"),
    ],
)
def test_newcombe(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float] | None
) -> None:
    assert rounded(newcombe(*first, *second)) == expected


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (3, 3.1824),
        (5, 2.5706),
        (10, 2.2281),
        (30, 2.0423),
        (120, 1.9799),
        (1e6, 1.96),
    ],
)
def test_student_quantile_against_the_table(freedom: float, expected: float) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(expected, abs=6e-5)


def test_welch_by_hand() -> None:
    """Means 20.8 and 23.0, variances 7.9 and 3.8, 15 each: 24.99 degrees of freedom, t = 2.0596."""
    interval = welch(Sample(15, 20.8, 7.9), Sample(15, 23.0, 3.8))
    assert rounded(interval, 3) == (-4.019, -0.381)


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        pytest.param(Sample(1, 5, 0), Sample(9, 4, 1), None, id="one case has no spread"),
        pytest.param(Sample(3, 5, 0), Sample(3, 4, 0), (1, 1), id="no spread at all: the gap itself"),
    ],
)
def test_welch_at_its_edges(own: Sample, other: Sample, expected: tuple[float, float] | None) -> None:
    assert rounded(welch(own, other)) == expected


def test_median_gap_by_hand() -> None:
    """Nine cases: ranks 2 and 8, the chance below the second is 10/512, so z = 2.0635."""
    own, other = [10.0, 20, 30, 40, 50, 60, 70, 80, 90], [1.0, 2, 3, 4, 5, 6, 7, 8, 9]
    error = ((80 - 20) / (2 * 2.0635)) ** 2 + ((8 - 2) / (2 * 2.0635)) ** 2
    interval = median_gap(own, other)
    assert interval is not None
    assert (interval.high - interval.low) / 2 == pytest.approx(1.959964 * error**0.5, rel=1e-4)
    assert (interval.high + interval.low) / 2 == 50 - 5


def test_median_gap_needs_five_a_side() -> None:
    assert median_gap([1, 2, 3, 4], [1, 2, 3, 4, 5, 6]) is None


def test_median_gap_of_many_agrees_with_the_exact_binomial_at_the_seam() -> None:
    """At 500 cases the normal approximation takes over from the exact sum: no jump."""
    exact = median_gap(list(range(500)), list(range(500)))
    near = median_gap(list(range(501)), list(range(501)))
    assert exact is not None
    assert near is not None
    assert exact.high == pytest.approx(near.high, rel=0.02)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7], 0.95, 7), ([1, 2, 3, 4, 5], 0.5, 3), ([1, 2, 3, 4], 0.5, 2.5), ([0, 100], 0.95, 95)],
)
def test_percentile(values: Sequence[float], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


@given(st.lists(st.integers(-100, 100).map(float), min_size=1, max_size=30))
def test_the_median_is_the_middle_percentile(values: list[float]) -> None:
    assert median(values) == pytest.approx(percentile(values, 0.5))


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_holds_the_share(hits: int, n: int) -> None:
    interval = wilson(min(hits, n), n)
    assert interval is not None
    assert 0 <= interval.low <= interval.high <= 1
    assert Interval(interval.low - 1e-12, interval.high + 1e-12).holds(min(hits, n) / n)
