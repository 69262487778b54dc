"""The Kaplan-Meier curve against textbooks, and what must hold for any waits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboard.domain.survival import Wait, curve, median

# Remission times in weeks, Freireich et al. 1963, as in Kalbfleisch and Prentice; a plus is censored.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def waits(text: str) -> list[Wait]:
    """`6 9+`: six ended, nine still waiting."""
    return [Wait(float(word.rstrip("+")), not word.endswith("+")) for word in text.split()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(MERCAPTOPURINE, 23, id="the textbook's treated group"),
        pytest.param(PLACEBO, 8, id="the textbook's control group, nobody censored"),
        pytest.param("", None, id="nobody waits"),
        pytest.param("5+", None, id="one, still waiting"),
        pytest.param("5", 5, id="one, ended"),
        pytest.param("1 9+", 1, id="exactly half ended: the median is there"),
        pytest.param("1 9+ 9+", None, id="more than half still wait"),
        pytest.param("4 2 8 6", 4, id="all ended, even: the lower of the two middle ones"),
        pytest.param("1+ 1 1", 1, id="censored at an end's own moment: still at risk there"),
        pytest.param("0.5+ 3 5", 3, id="censored early: it does not drag the median down"),
        pytest.param("2 2+ 2+ 7", 7, id="the last one at risk ends"),
        pytest.param("1 2 3 4 5 6 7 8 9 10 11+ 12+", 6, id="a half that binary fractions only nearly reach"),
    ],
)
def test_median(text: str, expected: float | None) -> None:
    assert median(waits(text)) == expected


def test_textbook_curve() -> None:
    steps = [(step.at, step.at_risk, round(step.still_waiting, 3)) for step in curve(waits(MERCAPTOPURINE))]
    assert steps == [
        (6, 21, 0.857),
        (7, 17, 0.807),
        (10, 15, 0.753),
        (13, 12, 0.690),
        (16, 11, 0.627),
        (22, 7, 0.538),
        (23, 6, 0.448),
    ]


WAITS = st.lists(st.builds(Wait, st.integers(0, 50).map(float), st.booleans()), max_size=40)


@given(WAITS)
def test_the_curve_only_falls_and_stays_a_share(some: list[Wait]) -> None:
    shares = [1.0, *(step.still_waiting for step in curve(some))]
    assert all(after < before for before, after in pairwise(shares))
    assert all(0 <= share <= 1 for share in shares)


@given(st.lists(st.integers(0, 50).map(float), min_size=1, max_size=40))
def test_without_censoring_it_is_the_lower_median(lengths: list[float]) -> None:
    assert (
        median([Wait(length, ended=True) for length in lengths]) == sorted(lengths)[(len(lengths) - 1) // 2]
    )


@given(WAITS, st.integers(0, 39))
def test_waiting_longer_never_shortens_the_median(some: list[Wait], place: int) -> None:
    """A wait that has not ended yet counts at least as long as if it had ended when we looked."""
    if place >= len(some):
        return
    other = [*some[:place], Wait(some[place].length, ended=False), *some[place + 1 :]]
    before, after = median(some), median(other)
    assert after is None or (before is not None and after >= before)
