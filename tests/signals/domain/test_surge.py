"""A week beside its account's own weeks: when it is out of the ordinary, and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.surge import TIMES, Week, judge

QUIET = [0.0] * 8


@pytest.mark.parametrize(
    ("points", "signals", "before", "signals_before", "surging", "words"),
    [
        pytest.param(40, 4, [10.0] * 8, 8, True, f"4.0 {TIMES} its usual week", id="four times the usual"),
        pytest.param(
            30, 3, [10.0] * 8, 8, False, f"3.0 {TIMES} its usual week", id="three signals for one: chance"
        ),
        pytest.param(19, 4, [10.0] * 8, 16, False, f"1.9 {TIMES} its usual week", id="under twice"),
        pytest.param(
            40, 2, [10.0] * 8, 8, False, f"4.0 {TIMES} its usual week", id="two signals prove nothing"
        ),
        pytest.param(
            30, 3, QUIET, 0, True, "30 points after 8 weeks without any", id="never an infinite share"
        ),
        pytest.param(
            30, 1, QUIET, 0, False, "30 points after 8 weeks without any", id="one signal after silence"
        ),
        pytest.param(0, 0, [10.0] * 8, 8, False, "nothing this week", id="silence"),
        pytest.param(10, 1, [10.0] * 8, 8, False, "a usual week", id="as usual"),
        pytest.param(
            30, 3, [10.0] * 3, 3, False, "no baseline yet: known for 3 weeks, 4 are needed", id="too young"
        ),
        pytest.param(30, 3, [], 0, False, "no baseline yet: known for 0 weeks, 4 are needed", id="new"),
        pytest.param(
            35, 4, [10.0] * 7 + [500.0], 12, False, f"3.5 {TIMES} its usual week", id="a lumpy account"
        ),
        pytest.param(
            60, 6, [10.0] * 7 + [60.0], 14, True, f"6.0 {TIMES} its usual week", id="one odd week before"
        ),
        pytest.param(
            50, 5, [0, 40, 5, 45, 10, 50, 0, 40], 19, False, f"2.0 {TIMES} its usual week", id="it varies"
        ),
        pytest.param(2000, 200, [100.0] * 8, 80, True, f"20 {TIMES} its usual week", id="a flood"),
        pytest.param(
            33500, 200, [100.0] * 8, 80, True, f"over 20 {TIMES} its usual week", id="after almost nothing"
        ),
    ],
)
def test_a_week_beside_its_own(
    points: float, signals: int, before: list[float], signals_before: int, surging: bool, words: str
) -> None:
    week = judge(points=points, signals=signals, before=before, signals_before=signals_before)
    assert (week.is_surging, week.words) == (surging, words)


def test_the_evidence_says_the_figures() -> None:
    week = judge(points=30, signals=3, before=[10.0] * 8, signals_before=8)
    assert week.evidence.startswith(
        "30.0 points from 3 signals in 7 days; a usual week of its last 8 has 10.0"
    )
    assert "1 signal in" in Week(1, 1, 2).evidence


@given(
    st.floats(0, 1e6),
    st.integers(0, 1000),
    st.lists(st.floats(0, 1e6), max_size=8),
    st.integers(0, 1000),
    st.floats(1, 1e5),
)
def test_more_of_the_same_signals_never_ends_a_surge(
    points: float, signals: int, before: list[float], count: int, more: float
) -> None:
    week = judge(points=points, signals=signals, before=before, signals_before=count)
    assert "inf" not in week.words
    assert "nan" not in week.words
    if week.is_surging and signals:
        mean = (points + sum(before)) / (signals + count)
        again = judge(points=points + mean, signals=signals + 1, before=before, signals_before=count)
        assert again.is_surging


@given(st.lists(st.floats(0, 1e4), min_size=4, max_size=8), st.integers(0, 500))
def test_the_order_of_the_weeks_does_not_matter(before: list[float], signals: int) -> None:
    one = judge(points=50, signals=5, before=before, signals_before=signals)
    other = judge(points=50, signals=5, before=before[::-1], signals_before=signals)
    assert one.is_surging == other.is_surging
