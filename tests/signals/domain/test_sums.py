"""Everybody's points by columns are each account's own, and trails as bytes remember what lists of marks would."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain import score
from signals.domain.catalogue import DAY, Catalogue
from signals.domain.packing import StateLayoutError
from signals.domain.state import RollingState
from signals.domain.sums import sums_of
from signals.domain.trail import NOBODY, Mark, Trail
from tests.signals.domain.brute import Raw
from tests.signals.domain.worlds import NOW, WEIGHTS, catalogue_for, facts, histories, sighting

CATALOGUE = catalogue_for(capacity=2)


def head(state: RollingState) -> bytes:
    dump = state.dump()
    return dump[: int.from_bytes(dump[4:8], "little")]


@given(st.lists(histories(), min_size=1, max_size=4), st.integers(0, 14))
def test_columns_agree_with_each_state(accounts: list[list[Raw]], days: int) -> None:
    states = [RollingState.replay(map(sighting, history), CATALOGUE) for history in accounts]
    sums = sums_of([head(state) for state in states], CATALOGUE)
    for at in (NOW, NOW + 3 * DAY, score.midnight_before(NOW, days)):
        raw = sums.raw(at)
        sure = set(range(len(states))) - set(sums.unsure(at).tolist())
        for place in sure:
            expected = score.raw(states[place], CATALOGUE, at)
            assert raw[place] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_type_that_is_gone_weighs_nothing_and_an_hour_of_half_life_is_not_taken_apart() -> None:
    history = [Raw(NOW - DAY * n, f"{n:032x}", 1, "pricing", None, "", 10.0) for n in range(1, 5)]
    state = RollingState.replay(map(sighting, history), CATALOGUE)
    gone = Catalogue([fact for fact in facts if fact.slug != "pricing"], source_weights=WEIGHTS)
    assert sums_of([head(state), head(RollingState())], gone).raw(NOW).tolist() == [0.0, 0.0]
    quick = Catalogue([replace(fact, half_life_days=1 / 24) for fact in facts], source_weights=WEIGHTS)
    state = RollingState.replay(map(sighting, history), quick)
    sums = sums_of([head(RollingState()), head(state)], quick)
    assert sums.unsure(score.midnight_before(NOW, 3)).tolist() == [1]
    assert sums.unsure(NOW).tolist() == []


marks = st.tuples(st.integers(1, 40).map(float), st.binary(min_size=16, max_size=16), st.integers(NOBODY, 5))


@given(st.lists(marks, max_size=40, unique=True), st.integers(1, 4), st.integers(0, 4))
def test_a_trail_keeps_the_newest_and_the_people_seen_last(
    seen: list[Mark], capacity: int, room: int
) -> None:
    trail = Trail()
    for mark in seen:
        trail.add(mark, capacity, room)
    ordered = sorted(seen)
    assert trail.recent == ordered[-capacity:]
    assert trail.has_forgotten == (len(seen) > capacity)
    known = sorted({mark[2]: mark for mark in ordered if mark[2] != NOBODY}.values())[-room:]
    if room:
        assert set(known) <= set(trail.people)
        assert len(trail.people) <= max(room, capacity) + 1
    if not seen:
        return
    for start, end in ((0.0, 41.0), (10.0, 41.0)):
        inside = [mark for mark in ordered if start <= mark[0] < end]
        assert trail.count(start, end) == min(len(inside), capacity)
        assert list(trail.occurrences(start, end)) == inside[::-1][:capacity]
        if room:
            people = {mark[2] for mark in inside}
            met = {mark[2] for mark in trail.meetings(start, end)}
            assert met <= people
            assert len(met - {NOBODY}) >= min(len(people - {NOBODY}), room)
            assert bool(met) == bool(people)


@given(st.lists(marks, min_size=1, max_size=30, unique=True), st.integers(1, 3), st.integers(0, 3))
def test_a_trail_made_smaller_is_one_that_was_never_larger(
    seen: list[Mark], capacity: int, room: int
) -> None:
    large, small = Trail(), Trail()
    for mark in seen:
        large.add(mark, capacity + 3, room + 2)
        small.add(mark, capacity, room)
    large.fit(capacity, room)
    assert large == small
    assert not large.is_too_small(capacity, room)
    assert large.is_too_small(capacity + 1, room) == large.has_forgotten


def test_a_contact_beyond_32_bits_and_a_dump_that_is_cut_off() -> None:
    trail = Trail()
    trail.add((1.0, bytes(16), 2**39 + 7), 1)
    assert trail.recent == [(1.0, bytes(16), 2**39 + 7)]
    history = [Raw(NOW - DAY, "0" * 31 + "1", 1, "pricing", None, "", 10.0)]
    dump = RollingState.replay(map(sighting, history), CATALOGUE).dump()
    for size in (1, 20, 40, len(dump) - 1):
        with pytest.raises(StateLayoutError):
            RollingState.load(dump[:size])
        assert RollingState.read(dump[:size]) == RollingState()
