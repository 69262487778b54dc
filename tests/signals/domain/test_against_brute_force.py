"""The engine against an independent evaluator that goes through all raw signals."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signals.domain import condition, score
from signals.domain.condition.nearness import lacks
from signals.domain.condition.reach import reach
from signals.domain.crossing import Armed, step
from tests.signals.domain import brute
from tests.signals.domain.brute import DAY, World
from tests.signals.domain.worlds import (
    MICROSECOND,
    NOW,
    catalogue_for,
    clocked,
    counting,
    leaves,
    sighting,
    state_of,
    trees,
    view_of,
    worlds,
)

LATER = st.sampled_from((0.0, MICROSECOND, 1.0, 3600.0, 19 * 3600.0, DAY, 3.5 * DAY, 20 * DAY, 100 * DAY))
CLEAR = 1e-7


@given(worlds(), trees(), LATER)
def test_conditions_are_true_when_the_raw_signals_say_so(
    world: World, document: dict[str, Any], later: float
) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW + later)
    expected = world.is_met(document, now)
    assume(world.closest > CLEAR)
    assert read.is_met(view, now) is expected


@given(worlds(), counting(), LATER)
def test_progress_counts_what_there_is_as_far_as_it_matters(
    world: World, document: dict[str, Any], later: float
) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW + later)
    [(key, body)] = document.items()
    [progress] = read.progress(view, now)
    assert min(progress.have, progress.need) == min(world.amount(key, body, now), body["at_least"])
    assert progress.need == body["at_least"]
    assert progress.is_met is world.is_met(document, now)


@given(worlds(), counting())
def test_more_activity_never_unmeets_a_counting_condition(world: World, document: dict[str, Any]) -> None:
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    state = state_of(replace(world, signals=[]), catalogue)
    now, was_met = NOW + DAY, False
    for raw in world.signals:
        state.record(sighting(raw), catalogue)
        is_met = read.is_met(condition.View(state, catalogue), now)
        assert is_met or not was_met
        was_met = is_met


@given(worlds(), trees(counting()))
def test_evidence_proves_the_condition_without_the_rest(world: World, document: dict[str, Any]) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW)
    evidence = read.evidence(view, now)
    kept = [raw for raw in world.signals if raw.id in evidence]
    assert len(kept) == len(evidence)
    assert [raw.id for raw in sorted(kept, key=lambda raw: (raw.at, raw.id), reverse=True)] == list(evidence)
    assert replace(world, signals=kept).is_met(document, now) is world.is_met(document, now)
    assert bool(evidence) is world.is_met(document, now)


@given(worlds(), leaves())
def test_evidence_of_any_fact_is_made_of_its_own_signals(world: World, document: dict[str, Any]) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW)
    evidence = read.evidence(view, now)
    assert set(evidence) <= {raw.id for raw in world.signals}
    assert len(set(evidence)) == len(evidence) <= condition.EVIDENCE_LIMIT
    assert not evidence or read.is_met(view, now)


@given(worlds(), trees())
def test_near_misses_are_counted_by_the_facts_that_are_missing(
    world: World, document: dict[str, Any]
) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW)

    def away(part: dict[str, Any]) -> int:
        [(key, body)] = part.items()
        if key in ("all", "any"):
            return (sum if key == "all" else min)(away(inner) for inner in body)
        return 0 if world.is_met(part, now) else 1

    expected = away(document)
    assume(world.closest > CLEAR)
    assert read.steps_away(view, now) == expected
    assert (read.steps_away(view, now) == 0) is read.is_met(view, now)


@given(worlds(), trees(), LATER)
def test_who_is_near_is_never_ruled_out_by_the_stored_figures(
    world: World, document: dict[str, Any], later: float
) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW + later)
    least = reach(read, view.scoring)
    last = view.state.last_signal_at
    is_within = view.intent(now) >= least.intent - CLEAR and (
        least.days == inf or (last is not None and last >= now - least.days * DAY)
    )
    assert is_within or not lacks(read, view, now)


@given(worlds(most=60), st.integers(0, 14), LATER)
def test_raw_intent_agrees_now_and_at_every_midnight_of_two_weeks(
    world: World, days: int, later: float
) -> None:
    catalogue = catalogue_for()
    state = state_of(world, catalogue)
    now = state.settled(NOW + later)
    midnight = score.midnight_before(now, days)
    assert midnight % DAY == 0
    assert 0 <= now - days * DAY - midnight < DAY
    for at in (now, midnight):
        parts = score.contributions(state, catalogue, at)
        assert score.raw(state, catalogue, at) == pytest.approx(world.raw(at), rel=1e-9, abs=1e-9)
        assert sum(part.raw for part in parts) == pytest.approx(world.raw(at), rel=1e-9, abs=1e-9)
        assert sum(part.intent for part in parts) == pytest.approx(world.intent(at), rel=1e-9, abs=1e-9)
        assert [part.raw for part in parts] == sorted((part.raw for part in parts), reverse=True)
        assert not parts or sum(part.share for part in parts) == pytest.approx(1)


@given(worlds(), trees(), st.sampled_from((0, 1, 7, 14, 30)))
def test_crossings_over_a_life_agree_with_the_rule(
    world: World, document: dict[str, Any], rearm_days: int
) -> None:
    """Signals come in as they happen, and now and then somebody looks without news."""
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    state = state_of(replace(world, signals=[], touches=[]), catalogue)
    armed, crossed = Armed(), []
    truths: list[tuple[float, bool, bool]] = []
    lived = replace(world, signals=[], touches=[])
    looks = [(raw.at, raw) for raw in world.signals] + [
        (NOW - days * DAY, None) for days in (40, 25, 10, 3, 0)
    ]
    for at, raw in sorted(looks, key=lambda look: look[0]):
        now = at + 1
        view = condition.View(state, catalogue, fit=world.fit)
        met_before, expected_before = read.is_met(view, now), lived.is_met(document, now)
        if raw is not None:
            state.record(sighting(raw), catalogue)
            lived.signals.append(raw)
        view = condition.View(state, catalogue, fit=world.fit)
        met_after, expected_after = read.is_met(view, now), lived.is_met(document, now)
        truths.append((now, expected_before, expected_after))
        armed, has_crossed = step(
            Armed.load(armed.dump()),
            met_before=met_before,
            met_after=met_after,
            now=now,
            rearm_days=rearm_days,
        )
        crossed += [now] if has_crossed else []
    assume(lived.closest > CLEAR)
    assert crossed == brute.crossings(truths, rearm_days)


@given(worlds(), trees())
def test_the_clock_alone_turns_nothing_true_before_its_wake(world: World, document: dict[str, Any]) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW)
    wake = read.wake_at(view, now)
    assume(not world.is_met(document, now))
    horizon = min(wake, now + 200 * DAY) if wake is not None else now + 200 * DAY
    midnights = [score.midnight_before(now) + days * DAY for days in range(1, 60)]
    for at in [*midnights, *(now + (horizon - now) * part / 20 for part in range(1, 20)), horizon - 1]:
        if now < at < horizon - 2 * MICROSECOND:
            world.closest = inf
            assert not world.is_met(document, at) or world.closest < CLEAR


@given(worlds(), clocked())
def test_a_single_fact_is_true_when_it_wakes(world: World, document: dict[str, Any]) -> None:
    read = condition.parse(document)
    view = view_of(world, catalogue_for(read))
    now = view.state.settled(NOW)
    wake = read.wake_at(view, now)
    if wake is None:
        return
    assert wake > now
    assert read.is_met(view, wake)
    expected = world.is_met(document, wake)
    assume(world.closest > CLEAR)
    assert expected
