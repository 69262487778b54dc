"""What a quarter's feedback proposes: the factor, its bounds, monotone; quarters; what becomes of crossings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.precision import Tally
from signals.domain.retune import (
    BOUNDS,
    Moment,
    bounds_of,
    effect,
    factor,
    looks_at_weights,
    quarter_before,
    quarter_of,
    reason,
    retuned,
)

T0 = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
counts = st.integers(0, 400)
tallies = st.builds(Tally, good=counts, noise=counts, neutral=counts)
kinds: st.SearchStrategy[Literal["source", "type"]] = st.sampled_from(["source", "type"])


@pytest.mark.parametrize(
    ("good", "noise", "times"),
    [
        pytest.param(0, 0, 1.0, id="nothing said"),
        pytest.param(50, 50, 1.0, id="alike"),
        pytest.param(1, 0, 1.1, id="one good word moves it by a tenth"),
        pytest.param(0, 1, 10 / 11, id="one noise word by less"),
        pytest.param(5, 0, 1.5, id="five good"),
        pytest.param(10, 0, 2.0, id="ten good and no noise double it"),
        pytest.param(400, 0, 2.0, id="more do not more"),
        pytest.param(0, 10, 0.5, id="ten noise halve it"),
        pytest.param(300, 200, 310 / 210, id="many count in full"),
    ],
)
def test_the_factor(good: int, noise: int, times: float) -> None:
    assert factor(Tally(good, noise, 7)) == pytest.approx(times)


@given(tallies)
def test_the_factor_is_bounded_shrunk_and_on_the_side_of_the_formula(tally: Tally) -> None:
    plain = min(max((tally.good + 1) / (tally.noise + 1), 0.5), 2.0)
    found = factor(tally)
    assert 0.5 <= found <= 2.0
    assert abs(found - 1.0) <= abs(plain - 1.0) + 1e-12
    assert (found - 1.0) * (plain - 1.0) >= 0.0


@given(tallies, st.floats(0.0, 10.0), kinds)
def test_more_good_never_lowers_and_more_noise_never_raises(
    tally: Tally, weight: float, kind: Literal["source", "type"]
) -> None:
    weight = min(weight, BOUNDS[kind][1])
    found = retuned(weight, tally, kind)
    assert retuned(weight, tally.plus("noise"), kind) <= found <= retuned(weight, tally.plus("good"), kind)
    assert retuned(weight, tally.plus("neutral"), kind) == found


@given(tallies, st.floats(0.0, 10.0), kinds)
def test_none_dies_and_none_grows_without_end(
    tally: Tally, weight: float, kind: Literal["source", "type"]
) -> None:
    least, most = BOUNDS[kind]
    weight = min(weight, most)
    found = retuned(weight, tally, kind)
    assert min(weight, least) <= found <= most


def test_twenty_quarters_of_noise_leave_a_source_audible() -> None:
    weight, confidence = 1.0, 0.6
    for _ in range(20):
        weight = retuned(weight, Tally(0, 100), "source")
        confidence = retuned(confidence, Tally(0, 100), "type")
    assert (weight, confidence) == (0.1, 0.05)


def test_a_source_that_somebody_has_silenced_stays_silent() -> None:
    assert retuned(0.0, Tally(0, 50), "source") == 0.0
    assert retuned(0.0, Tally(50, 0), "source") == 0.0
    assert retuned(0.02, Tally(0, 50), "source") == 0.02


def test_why_in_words() -> None:
    assert reason(Tally(5, 0), 1.0, 1.5, "source") == (
        "5 good and 0 noise: more often good than noise, so 1.50 times the weight."
    )
    assert "held at 0.1 so that it is heard at all" in reason(Tally(0, 30, 2), 0.15, 0.1, "source")
    assert "and 1 is the most" in reason(Tally(30, 0), 0.9, 1.0, "type")


@pytest.mark.parametrize(
    ("moment", "quarter"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 4, 1, tzinfo=UTC), date(2026, 4, 1)),
        (datetime(2028, 2, 29, tzinfo=UTC), date(2028, 1, 1)),
        (datetime(2026, 12, 31, tzinfo=UTC), date(2026, 10, 1)),
    ],
)
def test_quarters(moment: datetime, quarter: date) -> None:
    start, end = bounds_of(quarter_of(moment))
    assert quarter_of(moment) == quarter
    assert start <= moment < end
    assert bounds_of(quarter_before(quarter))[1] == start


@pytest.mark.parametrize(
    ("condition", "looks"),
    [
        ({"count": {"at_least": 3, "days": 14}}, False),
        ({"fit": {"at_least": 80}}, False),
        ({"score": {"at_least": 60}}, True),
        ({"all": [{"count": {"at_least": 1}}, {"any": [{"score_rise": {"at_least": 10}}]}]}, True),
        ({"any": [{"intent": {"at_least": 50}}]}, True),
        ({"count": {"types": ["score"], "at_least": 1, "days": 7}}, False),
    ],
)
def test_which_conditions_look_at_weights(condition: Any, looks: bool) -> None:
    assert looks_at_weights(condition) is looks


@pytest.mark.parametrize(
    ("before", "after", "kept", "gained", "lost"),
    [
        pytest.param([], [], 0, 0, 0, id="nothing"),
        pytest.param([(1, 3)], [(1, 3)], 1, 0, 0, id="the same moment"),
        pytest.param([(1, 3)], [(1, 10)], 1, 0, 0, id="a week later is the same"),
        pytest.param([(1, 3)], [(1, 11)], 0, 1, 1, id="more than a week is another"),
        pytest.param([(1, 3)], [(2, 3)], 0, 1, 1, id="another account is another"),
        pytest.param([(1, 3), (1, 40)], [(1, 41)], 1, 0, 1, id="each is one of the other's"),
        pytest.param([(1, 3)], [(1, 1), (1, 5), (2, 9)], 1, 2, 0, id="one is kept once"),
    ],
)
def test_what_becomes_of_crossings(
    before: list[tuple[int, int]], after: list[tuple[int, int]], kept: int, gained: int, lost: int
) -> None:
    found = effect((Moment(a, T0 + d * DAY) for a, d in before), (Moment(a, T0 + d * DAY) for a, d in after))
    assert (len(found.kept), len(found.gained), len(found.lost)) == (kept, gained, lost)


moments = st.lists(
    st.builds(lambda a, d: Moment(a, T0 + d * DAY), st.integers(1, 4), st.integers(0, 90)), max_size=25
)


@given(moments, moments)
def test_every_crossing_is_told_once(before: list[Moment], after: list[Moment]) -> None:
    found = effect(before, after)
    assert len(found.kept) + len(found.lost) == len(before)
    assert len(found.kept) + len(found.gained) == len(after)
    assert set(found.lost) <= set(before)
    assert set(found.gained) <= set(after)
    assert len(effect(before, before).kept) == len(before)
