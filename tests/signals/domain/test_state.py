"""The rolling state: order-free, exact, bounded, and the same after being stored."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain import condition, score
from signals.domain.catalogue import SELECTIONS_KEPT, Catalogue, Filter
from signals.domain.packing import StateLayoutError
from signals.domain.state import TOPICS_KEPT, RollingState, Sighting, pack_id, unpack_id
from signals.domain.trail import Trail
from tests.signals.domain.brute import DAY, Raw, World
from tests.signals.domain.worlds import (
    KINDS,
    NOW,
    TYPE_IDS,
    WEIGHTS,
    catalogue_for,
    facts,
    histories,
    sighting,
    state_of,
    worlds,
)

SMALL = catalogue_for(capacity=3)


def uuid(number: int) -> str:
    return str(UUID(int=number))


def seen(age_days: float, number: int = 1, *, slug: str = "pricing", contact: int | None = None) -> Sighting:
    return Sighting(NOW - age_days * DAY, uuid(number), 1, TYPE_IDS[slug], contact, "", 10.0)


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_any_order_and_any_batches_give_the_same_bytes(
    history: list[Raw], random: Random, capacity: int
) -> None:
    catalogue = catalogue_for(capacity=capacity)
    expected = RollingState.replay(map(sighting, history), catalogue).dump()
    shuffled = list(history)
    random.shuffle(shuffled)
    state = RollingState()
    for raw in shuffled:
        state.record(sighting(raw), catalogue)
        if random.random() < 0.3:
            state = RollingState.load(state.dump())
        if random.random() < 0.3:
            score.raw(state, catalogue, NOW)
    assert state.dump() == expected


@pytest.mark.parametrize("slug", ["pricing", "rumour", "surge"])
def test_every_order_of_two_years_of_signals_gives_the_same_bytes(slug: str) -> None:
    """The late ones reach behind the days kept apart, the early ones push days into the base."""
    ages = (0.1, 3, 14.4, 15.6, 40, 200.7, 730)
    sightings = [seen(age, number, slug=slug, contact=number % 3) for number, age in enumerate(ages, 1)]
    dumps = {RollingState.replay(order, SMALL).dump() for order in permutations(sightings)}
    assert len(dumps) == 1


def test_ties_are_broken_by_the_signal_id() -> None:
    sightings = [seen(1, number, contact=number) for number in range(1, 8)]
    dumps = {RollingState.replay(order, SMALL).dump() for order in permutations(sightings)}
    assert len(dumps) == 1
    trail = RollingState.replay(sightings, SMALL).trails[TYPE_IDS["pricing"]]
    assert [unpack_id(mark[1]) for mark in trail.recent] == [uuid(5), uuid(6), uuid(7)]


@given(worlds())
def test_a_stored_state_is_the_same_state(world: World) -> None:
    state = state_of(world, SMALL)
    again = RollingState.load(state.dump())
    assert again == state
    assert again.dump() == state.dump()
    assert RollingState.load(memoryview(state.dump())) == state
    assert again.last_signal_at == (max(raw.at for raw in world.signals) if world.signals else None)
    assert again.last_touch_at == max(world.touches, default=None)
    assert again.known_since == world.known_since


@given(st.lists(st.tuples(st.integers(1, 731 * DAY), st.floats(0, 100)), min_size=1, max_size=30))
def test_sums_are_the_same_to_the_last_bit_and_right_to_a_billionth(rows: list[tuple[int, float]]) -> None:
    sightings = [
        replace(seen(age / DAY, number), points=points) for number, (age, points) in enumerate(rows, 1)
    ]
    forward = RollingState.replay(sightings, SMALL)
    backward = RollingState.replay(reversed(sightings), SMALL)
    assert score.raw(forward, SMALL, NOW) == score.raw(backward, SMALL, NOW)
    expected = sum(0.9 * one.points * 0.5 ** ((NOW - one.at) / DAY / 14) for one in sightings)
    assert score.raw(forward, SMALL, NOW) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("slug", ["pricing", "rumour", "surge"])
def test_every_midnight_of_two_weeks_can_be_asked_for(slug: str) -> None:
    """A signal each morning and afternoon: each midnight counts the days before it and not one more."""
    half_life = {"pricing": 14.0, "rumour": 1.0, "surge": 10.5}[slug]
    confidence = {"pricing": 0.9, "rumour": 0.3, "surge": 0.6}[slug]
    ages = [number / 2 + 0.1 for number in range(80)]
    sightings = [seen(age, number + 1, slug=slug) for number, age in enumerate(ages)]
    expected = []
    for days in range(14, -1, -1):
        at = score.midnight_before(NOW, days)
        expected.append(
            sum(
                10 * confidence * 0.5 ** ((at - one.at) / DAY / half_life) for one in sightings if one.at < at
            )
        )
    for order in (sightings, sightings[::-1]):
        state = RollingState.replay(order, SMALL)
        single = [score.raw(state, SMALL, score.midnight_before(NOW, days)) for days in range(14, -1, -1)]
        at_once = score.raw_at_midnights(state, SMALL, score.midnight_before(NOW), 15)
        assert single == pytest.approx(expected, rel=1e-9)
        assert at_once == pytest.approx(expected, rel=1e-9)
    assert score.raw_at_midnights(RollingState(), SMALL, score.midnight_before(NOW), 3) == [0, 0, 0]


def test_a_contact_is_not_forgotten_for_a_busy_colleague() -> None:
    two = condition.parse({"distinct_contacts": {"at_least": 2, "days": 14}})
    catalogue = catalogue_for(two)
    sightings = [
        seen(3, 1, contact=1),
        *(seen(2 - number / 100, number, contact=2) for number in range(2, 50)),
    ]
    for order in (sightings, sightings[::-1]):
        state = RollingState.replay(order, catalogue)
        assert two.is_met(condition.View(state, catalogue), NOW)
        assert uuid(1) in two.evidence(condition.View(state, catalogue), NOW)


def test_the_size_stops_growing() -> None:
    """Ten years of a thousand signals a year, of one type, from many people on many topics."""
    sizes = []
    state = RollingState()
    for number in range(10_000):
        at = NOW - (10_000 - number) * 0.365 * DAY
        topic = f"topic {number % 500}"
        one = Sighting(at, uuid(number + 1), 1, TYPE_IDS["pricing"], number % 700, topic, 10.0)
        state.record(one, SMALL)
        sizes.append(len(state.dump()) if number % 1000 == 999 else 0)
    assert max(sizes) < 5_000
    assert sizes[9_999] - sizes[4_999] < 60
    assert len(state.topics[TYPE_IDS["pricing"]]) == TOPICS_KEPT


def test_a_flood_in_one_day_stays_storable_and_saturates() -> None:
    state = RollingState()
    for number in range(50):
        state.record(replace(seen(1, number + 1), points=1e9), SMALL)
    again = RollingState.load(state.dump())
    assert score.intent(score.raw(again, SMALL, NOW)) == 100.0


def test_very_old_history_of_a_short_lived_type_is_let_go() -> None:
    """2^-1024 of a point is nothing; keeping its bits would let the base grow for ever."""
    state = RollingState()
    for number in range(8_000):
        state.record(seen(8_000 - number, number + 1, slug="rumour"), SMALL)
    flow = state.flows[1][TYPE_IDS["rumour"]]
    assert len(flow.base) < 150
    expected = sum(10.0 * 0.3 * 0.5**age for age in range(1, 8_001))
    assert score.raw(state, SMALL, NOW) == pytest.approx(expected, rel=1e-9)


def test_an_empty_state_says_nothing() -> None:
    state = RollingState.load(b"")
    assert state == RollingState()
    assert score.raw(state, SMALL, NOW) == 0.0
    assert score.contributions(state, SMALL, NOW) == ()
    assert state.settled(NOW) == NOW


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xc1", id="no MessagePack"),
        pytest.param(b"\x90\x90", id="two documents"),
        pytest.param(b"\xa5hello", id="a text"),
        pytest.param(b"\x91\x63", id="layout 99"),
    ],
)
def test_foreign_bytes_are_no_state(data: bytes) -> None:
    with pytest.raises(StateLayoutError):
        RollingState.load(data)


def test_ids_come_back_as_they_went_in() -> None:
    text = "0198f3a2-7b6c-7d4e-8f10-aabbccddeeff"
    assert unpack_id(pack_id(text)) == text
    for wrong in ("", "s1", text[:-2], text + "00"):
        with pytest.raises(ValueError, match=r"hexadecimal|no UUID"):
            pack_id(wrong)


def test_a_refused_signal_leaves_the_state_as_it_was() -> None:
    state = RollingState.replay([seen(1)], SMALL)
    before = state.dump()
    with pytest.raises(KeyError):
        state.record(replace(seen(2, 2), type_id=999), SMALL)
    with pytest.raises(ValueError, match="hexadecimal"):
        state.record(replace(seen(2), signal_id="nonsense"), SMALL)
    assert state.dump() == before


def test_the_last_touch_and_the_first_day_count_in_any_order() -> None:
    for days in permutations((3.0, 1.0, 2.0)):
        state = RollingState()
        for day in days:
            state.touch(day)
            state.know_since(day)
        assert (state.last_touch_at, state.known_since) == (3.0, 1.0)


def test_the_moment_to_look_is_after_the_last_signal() -> None:
    """A web host whose clock is ahead of the database's must not hide its own signals."""
    state = RollingState.replay([seen(-0.5)], SMALL)
    demo = condition.parse({"count": {"at_least": 1, "days": 7}})
    view = condition.View(state, SMALL)
    assert not demo.is_met(view, NOW)
    assert demo.is_met(view, state.settled(NOW))
    assert demo.wake_at(view, NOW) == pytest.approx(NOW + DAY / 2)


class TestStale:
    """What a change of the catalogue does to states that were made before it."""

    def rebuilt_for(self, catalogue: Catalogue, count: int = 5) -> bool:
        state = RollingState.replay([seen(number, number + 1) for number in range(count)], SMALL)
        return state.is_stale(catalogue)

    def test_the_same_catalogue(self) -> None:
        assert not self.rebuilt_for(catalogue_for(capacity=3))

    def test_new_weights_and_confidences_are_read_not_stored(self) -> None:
        other = [replace(fact, confidence=0.1, recency_days=1) for fact in facts]
        assert not self.rebuilt_for(Catalogue(other, source_weights={1: 9.0}, capacity=3))

    def test_another_half_life(self) -> None:
        other = [replace(fact, half_life_days=99) for fact in facts]
        assert self.rebuilt_for(Catalogue(other, capacity=3))

    def test_a_threshold_that_wants_more_than_was_kept(self) -> None:
        four = condition.parse({"count": {"at_least": 4, "days": 7}})
        assert self.rebuilt_for(catalogue_for(four))
        assert not self.rebuilt_for(catalogue_for(four), count=3)

    def test_a_topic_that_may_have_been_dropped(self) -> None:
        state = RollingState()
        for number in range(100):
            state.record(replace(seen(1, number + 1), topic=f"Topic {number}"), SMALL)
        kept = next(iter(state.topics[TYPE_IDS["pricing"]]))
        dropped = next(topic for topic in (f"topic {n}" for n in range(100)) if topic not in state.topics[11])
        for topic, is_stale in ((kept, False), (dropped, True)):
            wanted = condition.parse({"count": {"topics": [topic], "at_least": 1, "days": 7}})
            assert state.is_stale(catalogue_for(wanted, capacity=3)) is is_stale


def test_a_topic_that_a_threshold_names_is_never_dropped() -> None:
    named = condition.parse({"count": {"topics": ["Sales  Tech"], "at_least": 3, "days": 30}})
    catalogue = catalogue_for(named)
    sightings = [replace(seen(number / 10, number + 1), topic=f"topic {number}") for number in range(100)]
    sightings += [replace(seen(number, 200 + number), topic="sales tech") for number in (1, 9, 20)]
    state = RollingState.replay(sightings, catalogue)
    assert RollingState.replay(reversed(sightings), catalogue).dump() == state.dump()
    assert named.is_met(condition.View(state, catalogue), NOW)


def test_a_source_weight_and_a_confidence_act_at_once() -> None:
    state = RollingState.replay([seen(0.5)], SMALL)
    heavier = Catalogue(facts, source_weights={1: WEIGHTS[1] * 3})
    assert score.raw(state, heavier, NOW) == pytest.approx(3 * score.raw(state, SMALL, NOW))
    gone = Catalogue([fact for fact in facts if fact.slug != "pricing"])
    assert score.raw(state, gone, NOW) == 0.0


@given(histories(), st.lists(st.integers(0, 100 * DAY), min_size=3, max_size=3))
def test_windows_neither_overlap_nor_gap(history: list[Raw], cuts: list[int]) -> None:
    trail = Trail()
    for raw in history:
        trail.add((raw.at, pack_id(raw.id), 0), 100)
    a, b, c = sorted(NOW - cut for cut in cuts)
    if history:
        assert trail.count(a, b) + trail.count(b, c) == trail.count(a, c)
        assert trail.count(a, c) == len(list(trail.occurrences(a, c)))
        assert trail.count(a, a) == 0


def test_the_catalogue_knows_its_types() -> None:
    assert [fact.slug for fact in SMALL] == [kind.slug for kind in KINDS]
    assert SMALL.by_id(TYPE_IDS["pricing"]) == next(fact for fact in SMALL if fact.slug == "pricing")
    assert SMALL.by_id(-1) is None


def test_filters_that_come_and_go_are_not_kept_for_ever() -> None:
    """A catalogue lives as long as its process; each draft that is looked at brings filters of its own."""
    catalogue = catalogue_for()
    wanted = Filter(types=("pricing",))
    expected = catalogue.selection(wanted)
    for _ in range(2 * SELECTIONS_KEPT):
        assert catalogue.selection(Filter(types=("pricing",))) == expected
    assert len(catalogue._selections) <= SELECTIONS_KEPT
    assert catalogue.selection(wanted) == expected
