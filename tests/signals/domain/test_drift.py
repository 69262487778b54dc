"""The exact test of a firing rate: against brute force and scipy, its level, its power, and what it is asked about."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb, exp

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]

from signals.domain.drift import LEVEL, Span, compare, holm, p_of, windows

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 19))
@example(0, 0, 5)
def test_p_is_the_sum_of_all_outcomes_no_likelier(hits: int, rest: int, of_20: int) -> None:
    tries, share = hits + rest, Fraction(of_20, 20)
    chances = [comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(tries + 1)]
    exact = float(sum(one for one in chances if one <= chances[hits]))
    assert p_of(hits, tries, float(share)) == pytest.approx(exact, rel=1e-9, abs=1e-15)


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.floats(0.05, 0.95))
def test_p_agrees_with_scipy(hits: int, rest: int, share: float) -> None:
    if hits + rest == 0:
        assert p_of(0, 0, share) == 1.0
        return
    wanted = binomtest(hits, hits + rest, share).pvalue
    assert p_of(hits, hits + rest, share) == pytest.approx(wanted, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("tries", [1, 5, 20, 80, 300])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_it_keeps_its_level_exactly_whatever_the_number_of_crossings(tries: int, share: float) -> None:
    """Not simulated: the chance of every outcome at which it would speak, added up."""
    wrong = sum(
        comb(tries, k) * share**k * (1 - share) ** (tries - k)
        for k in range(tries + 1)
        if p_of(k, tries, share) < LEVEL
    )
    assert wrong <= LEVEL


def poisson(mean: float, dice: random.Random) -> int:
    """A Poisson number, by multiplying chances."""
    limit, product, count = exp(-mean), dice.random(), 0
    while product > limit:
        product, count = product * dice.random(), count + 1
    return count


def spoken(weekly: float, times: float, *, seed: int, tries: int = 1_500) -> float:
    """How often drift is seen on 300 accounts that cross `weekly` times a week, then `times` as often for 4 weeks."""
    dice, seen = random.Random(seed), 0
    for _ in range(tries):
        recent = Span(poisson(4 * weekly * times, dice), 4 * 300.0)
        change = compare(recent, Span(poisson(12 * weekly, dice), 12 * 300.0))
        seen += change.is_large and change.p is not None and change.p < LEVEL
    return seen / tries


@pytest.mark.parametrize("weekly", [0.5, 2.0, 8.0])
def test_a_steady_threshold_is_left_alone(weekly: float) -> None:
    assert spoken(weekly, 1.0, seed=3) <= 0.012


@pytest.mark.parametrize(
    ("weekly", "times", "at_least"),
    [(4.0, 2.0, 0.57), (4.0, 3.0, 0.98), (8.0, 2.0, 0.9), (8.0, 0.25, 0.96), (2.0, 3.0, 0.8)],
)
def test_a_real_change_is_seen(weekly: float, times: float, at_least: float) -> None:
    assert spoken(weekly, times, seed=5) >= at_least


@pytest.mark.parametrize(
    ("recent", "baseline", "ratio", "large", "direction"),
    [
        pytest.param((6, 400), (12, 1200), 1.5, False, "more", id="half more is not more than half more"),
        pytest.param((7, 400), (12, 1200), 1.75, True, "more", id="more than half more"),
        pytest.param((2, 400), (12, 1200), 0.5, False, "fewer", id="half"),
        pytest.param((1, 400), (12, 1200), 0.25, True, "fewer", id="less than half"),
        pytest.param((0, 400), (12, 1200), 0.0, True, "fewer", id="silent"),
        pytest.param((3, 400), (0, 1200), None, True, "more", id="from nothing"),
        pytest.param((0, 400), (0, 1200), None, False, "more", id="never fired"),
        pytest.param((3, 0), (9, 1200), None, False, "more", id="nobody on the list now"),
        pytest.param((3, 400), (9, 0), None, False, "more", id="nobody on the list before"),
        pytest.param((8, 800), (12, 1200), 1.0, False, "more", id="twice the list is no change of the rate"),
    ],
)
def test_what_is_a_large_change(
    recent: tuple[int, float], baseline: tuple[int, float], ratio: float | None, large: bool, direction: str
) -> None:
    change = compare(Span(*recent), Span(*baseline))
    assert change.ratio == pytest.approx(ratio)
    assert (change.is_large, change.direction) == (large, direction)
    assert (change.p is None) == (0 in (recent[1], baseline[1]))


@pytest.mark.parametrize(
    ("age", "baseline"),
    [
        pytest.param(365, 84, id="old: twelve weeks"),
        pytest.param(119, 84, id="just twelve weeks after its first"),
        pytest.param(100, 65, id="its own, a week after it began"),
        pytest.param(63, 28, id="just four weeks"),
        pytest.param(62, None, id="too new"),
        pytest.param(0, None, id="new"),
    ],
)
def test_a_version_has_a_baseline_of_its_own(age: int, baseline: int | None) -> None:
    found = windows(NOW - age * DAY, now=NOW)
    if found is None:
        assert baseline is None
        return
    assert ((found.split - found.since).days, (found.until - found.split).days) == (baseline, 28)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_raises_every_p_and_keeps_their_order(ps: list[float]) -> None:
    raised = holm(ps)
    assert all(p <= one <= 1.0 for p, one in zip(ps, raised, strict=True))
    assert all(one <= min(1.0, p * len(ps)) + 1e-12 for p, one in zip(ps, raised, strict=True))
    pairs = sorted(zip(ps, raised, strict=True))
    assert [one for _, one in pairs] == sorted(one for _, one in pairs)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
