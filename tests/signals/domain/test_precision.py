"""Precision by feedback: what a thing counts as, shrinkage, intervals; the beta distribution against brute force."""

from __future__ import annotations

from math import comb, fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.beta import point_of, share_below
from signals.domain.precision import Tally, majority, overall_share, precision

counts = st.integers(0, 300)
tallies = st.builds(Tally, good=counts, noise=counts, neutral=counts)


@pytest.mark.parametrize(
    ("said", "counts_as"),
    [
        (["good"], "good"),
        (["noise"], "noise"),
        (["neutral"], "neutral"),
        (["good", "noise"], "neutral"),
        (["good", "good", "noise"], "good"),
        (["neutral", "neutral", "noise"], "noise"),
        (["noise", "noise", "good", "good", "neutral"], "neutral"),
        ([], "neutral"),
    ],
)
def test_a_thing_counts_once_as_most_say(said: list[str], counts_as: str) -> None:
    assert majority(said) == counts_as


@pytest.mark.parametrize(
    ("tally", "overall", "shrunk"),
    [
        pytest.param(Tally(0, 0, 5), Tally(9, 9), None, id="neutral is no data"),
        pytest.param(Tally(), Tally(9, 9), None, id="nothing is no data"),
        pytest.param(Tally(1, 0), Tally(49, 49), (1 + 5) / 11, id="one good tag among an even program"),
        pytest.param(Tally(0, 1), Tally(49, 49), 5 / 11, id="one noise tag"),
        pytest.param(
            Tally(90, 10), Tally(90, 10), (90 + 10 * 91 / 102) / 110, id="many tags speak for themselves"
        ),
    ],
)
def test_it_is_shrunk_towards_the_program(tally: Tally, overall: Tally, shrunk: float | None) -> None:
    found = precision(tally, overall)
    assert found.shrunk == pytest.approx(shrunk)
    assert (found.plain is None) == (shrunk is None)


@given(tallies, tallies)
def test_it_lies_between_the_tags_and_the_program_and_inside_its_interval(
    tally: Tally, overall: Tally
) -> None:
    found = precision(tally, overall)
    if found.shrunk is None or found.plain is None or found.low is None or found.high is None:
        assert tally.counted == 0
        return
    share = overall_share(overall)
    assert min(found.plain, share) - 1e-12 <= found.shrunk <= max(found.plain, share) + 1e-12
    assert 0.0 <= found.low < found.high <= 1.0
    assert found.low <= found.shrunk + 0.05
    assert found.high >= found.shrunk - 0.05


@given(tallies, tallies)
def test_one_more_good_never_lowers_it_one_more_noise_never_raises_it(tally: Tally, overall: Tally) -> None:
    found = precision(tally, overall)
    if found.shrunk is None:
        return
    better = precision(tally.plus("good"), overall).shrunk
    worse = precision(tally.plus("noise"), overall).shrunk
    assert better is not None
    assert worse is not None
    assert worse <= found.shrunk + 1e-12 <= better + 2e-12


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_beta_share_is_a_binomial_tail(a: int, b: int, x: float) -> None:
    n = a + b - 1
    tail = fsum(comb(n, k) * x**k * (1.0 - x) ** (n - k) for k in range(a, n + 1))
    assert share_below(x, a, b) == pytest.approx(tail, rel=1e-9, abs=1e-12)


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0.01, 0.99))
def test_a_point_has_its_share_below(a: float, b: float, share: float) -> None:
    assert share_below(point_of(share, a, b), a, b) == pytest.approx(share, abs=1e-9)


def test_its_ends_and_what_is_no_distribution() -> None:
    assert share_below(0.0, 2, 3) == 0.0
    assert share_below(1.0, 2, 3) == 1.0
    with pytest.raises(ValueError, match="above 0"):
        share_below(0.5, 0, 1)
