"""Two distinct signals: the rule of independence against every subset tried, and its cases in words."""

from __future__ import annotations

from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.condition import View, parse
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.worlds import NOW, TYPE_IDS, catalogue_for

One = tuple[str, int | None]
MANY = parse({"distinct_signals": {"at_least": 9, "days": 30}})


def independent(one: One, other: One) -> bool:
    """Different types, or different contacts; somebody unknown may be anybody, so that they prove nobody else."""
    return one[0] != other[0] or (None not in (one[1], other[1]) and one[1] != other[1])


def largest(signals: list[One]) -> int:
    """By trying every subset: the most signals of which each two are independent."""
    for size in range(len(signals), 0, -1):
        if any(
            all(independent(a, b) for a, b in combinations(some, 2)) for some in combinations(signals, size)
        ):
            return size
    return 0


def seen(signals: list[One], capacity: int = 9) -> View:
    catalogue = catalogue_for(MANY, capacity=capacity)
    sightings = [
        Sighting(NOW - 60.0 * (n + 1), str(UUID(int=n + 1)), 1, TYPE_IDS[slug], contact, "", 5.0)
        for n, (slug, contact) in enumerate(signals)
    ]
    return View(RollingState.replay(sightings, catalogue), catalogue)


SIGNALS = st.lists(
    st.tuples(st.sampled_from(("pricing", "visit", "trial")), st.sampled_from((None, 1, 2, 3))), max_size=8
)


@given(SIGNALS)
def test_as_many_count_as_the_largest_set_of_which_each_two_are_independent(signals: list[One]) -> None:
    [progress] = MANY.progress(seen(signals), NOW)
    assert progress.have == largest(signals)


@given(SIGNALS, st.integers(1, 6))
def test_the_evidence_is_such_a_set(signals: list[One], at_least: int) -> None:
    rule = parse({"distinct_signals": {"at_least": at_least, "days": 30}})
    proofs = [signals[UUID(pk).int - 1] for pk in rule.evidence(seen(signals), NOW)]
    assert bool(proofs) is (largest(signals) >= at_least)
    assert all(independent(one, other) for one, other in combinations(proofs, 2))
    assert not proofs or len(proofs) >= at_least


@pytest.mark.parametrize(
    ("signals", "count"),
    [
        pytest.param([("pricing", 1), ("pricing", 1)], 1, id="two page views by one person are one"),
        pytest.param([("trial", 1), ("trial", 2)], 2, id="two registrations by two people are two"),
        pytest.param([("pricing", 1), ("trial", 1)], 2, id="two kinds by one person are two"),
        pytest.param([("pricing", None), ("pricing", None)], 1, id="two unknown visitors may be one"),
        pytest.param([("pricing", None), ("pricing", 1)], 1, id="the unknown one may be the known one"),
        pytest.param([("pricing", None), ("trial", None)], 2, id="two kinds, whoever it was"),
        pytest.param([("pricing", None), ("pricing", 1), ("pricing", 2)], 2, id="an unknown one adds nobody"),
        pytest.param([("pricing", None), ("trial", 1)], 2, id="of another kind even by somebody unknown"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_cases(signals: list[One], count: int) -> None:
    [progress] = MANY.progress(seen(signals), NOW)
    assert progress.have == count
    assert largest(signals) == count
