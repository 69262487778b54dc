"""A threshold over the past: the same crossings as if it had been there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from signals.domain import condition
from signals.domain.backtest.life import Crossed, Past, crossings
from signals.domain.state import Sighting
from tests.signals.domain import brute
from tests.signals.domain.brute import DAY, World
from tests.signals.domain.worlds import (
    MICROSECOND,
    NOW,
    TYPE_IDS,
    catalogue_for,
    counting,
    sighting,
    trees,
    worlds,
)


def crossed(
    document: dict[str, Any], past: Past, *, since: float, until: float = NOW, rearm_days: float = 7
) -> list[Crossed]:
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    return list(crossings(past, read, catalogue, since=since, until=until, rearm_days=rearm_days))


@given(worlds(), trees(counting()), st.sampled_from((0, 3, 30)))
def test_it_agrees_with_looking_at_all_raw_signals(
    world: World, document: dict[str, Any], rearm_days: int
) -> None:
    """Every signal is looked at, also those that the engine need not look at."""
    since = NOW - 100 * DAY
    ordered = sorted(world.signals, key=lambda raw: raw.at)
    assume(len({raw.at for raw in ordered}) == len(ordered))
    truths = [
        (
            since,
            False,
            replace(world, signals=[raw for raw in ordered if raw.at < since]).is_met(document, since),
        )
    ]
    expected_first = truths[0][2]
    for index, raw in enumerate(ordered):
        if raw.at >= since:
            at = raw.at + MICROSECOND
            before = replace(world, signals=ordered[:index]).is_met(document, at)
            after = replace(world, signals=ordered[: index + 1]).is_met(document, at)
            truths.append((at, before, after))
    expected = brute.crossings(truths, rearm_days)
    if expected_first:
        # What was true at the start has crossed before it, and its cool-down is not held against the threshold.
        expected = brute.crossings([(-1e12, False, True), *truths[1:]], rearm_days)[1:]
    found = crossed(
        document,
        Past([sighting(raw) for raw in world.signals]),
        since=since,
        until=NOW + 1,
        rearm_days=rearm_days,
    )
    assert [one.at for one in found] == pytest.approx(expected, abs=1e-6)
    assert all(one.evidence for one in found)


def seen(*ages: float, slug: str = "pricing") -> list[Sighting]:
    return [
        Sighting(NOW - age * DAY, str(UUID(int=number)), 1, TYPE_IDS[slug], None, "", 30.0)
        for number, age in enumerate(ages, 1)
    ]


THREE = {"count": {"at_least": 3, "days": 14}}
QUIET = {"dormant": {"days": 30}}


@pytest.mark.parametrize(
    ("document", "past", "ages"),
    [
        pytest.param(THREE, Past(seen(50, 49, 48, 47, 5, 4, 3)), [48, 3], id="it re-arms"),
        pytest.param(THREE, Past(seen(103, 102, 99)), [99], id="what came before the start counts"),
        pytest.param(THREE, Past(seen(103, 102, 101, 99)), [], id="what was true at the start has crossed"),
        pytest.param(THREE, Past(seen(3, 2, -1)), [], id="nothing after the end"),
        pytest.param(
            QUIET, Past(seen(80), known_since=NOW - 400 * DAY), [50], id="silence crosses by the clock"
        ),
        pytest.param(
            QUIET,
            Past(seen(80), touches=[NOW - 60 * DAY], known_since=NOW - 400 * DAY),
            [30],
            id="a touch puts it off",
        ),
        pytest.param(
            QUIET,
            Past(seen(95, 50, slug="visit"), known_since=NOW - 400 * DAY),
            [65, 20],
            id="silence, a visit, and silence again",
        ),
        pytest.param(
            {"all": [QUIET, {"fit": {"at_least": 50}}]},
            Past(seen(80), known_since=NOW - 400 * DAY, fit=80),
            [50],
            id="silence of the fitting",
        ),
        pytest.param({"intent": {"at_least": 30}}, Past(seen(60, 20, slug="trial")), [60, 20], id="a level"),
    ],
)
def test_a_past_lived_through_once_more(document: dict[str, Any], past: Past, ages: list[float]) -> None:
    found = crossed(document, past, since=NOW - 100 * DAY)
    assert [(NOW - one.at) / DAY for one in found] == pytest.approx(ages, abs=1e-6)


def test_a_crossing_comes_with_its_evidence() -> None:
    [one] = crossed(THREE, Past(seen(50, 49, 48, 2)), since=NOW - 100 * DAY)
    assert one.evidence == tuple(str(UUID(int=number)) for number in (3, 2, 1))
