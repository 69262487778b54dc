"""Where engines go wrong: more than is kept, clocks that change, leap days, ties, and signals from the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.domain import condition
from signals.domain.backtest import Question, crossings, life
from signals.domain.backtest.history import microseconds, seconds
from signals.domain.catalogue import Catalogue
from signals.domain.condition import View
from signals.domain.state import RollingState
from tests.signals.domain.brute import DAY, Raw, World
from tests.signals.domain.test_sweep import history, one_by_one
from tests.signals.domain.worlds import KINDS, NOW, WEIGHTS, catalogue_for, facts, sighting, view_of

BUSY = ("pricing", "trial")
MANY = 6
KEYS = ("count", "distinct_contacts", "distinct_signals")


def world(rows: list[tuple[float, str, int | None]]) -> World:
    """An account with these signals: how long ago in seconds, the type, the contact."""
    signals = [
        Raw(NOW - age, str(UUID(int=number + 1)), 1, slug, contact, "", 5.0)
        for number, (age, slug, contact) in enumerate(rows)
    ]
    return World(kinds={kind.slug: kind for kind in KINDS}, weights=WEIGHTS, signals=signals)


@st.composite
def crowds(draw: st.DrawFn) -> World:
    """Many signals of few types by many people in a few days, often at one moment."""
    rows = st.tuples(
        st.integers(1, 40).map(lambda step: step * 0.25 * DAY),
        st.sampled_from(BUSY),
        st.one_of(st.none(), st.integers(1, 3 * MANY)),
    )
    return world(draw(st.lists(rows, min_size=MANY, max_size=60)))


WANTED = st.builds(
    lambda key, at_least, days: {key: {"at_least": at_least, "days": days}},
    st.sampled_from(KEYS),
    st.integers(MANY - 1, 4 * MANY),
    st.sampled_from((1, 3, 7, 14)),
)


@settings(max_examples=200)
@given(crowds(), WANTED, st.sampled_from((0.0, 0.3, 2.0, 6.5)))
def test_thresholds_that_want_more_than_is_kept_by_default(
    crowd: World, document: dict[str, Any], later: float
) -> None:
    read = condition.parse(document)
    catalogue = Catalogue(facts, source_weights=WEIGHTS, conditions=[read])
    view = view_of(crowd, catalogue)
    at = view.state.settled(NOW + later * DAY)
    assert read.is_met(view, at) is crowd.is_met(document, at)
    assert not view.state.is_stale(catalogue)


@settings(max_examples=100)
@given(st.lists(crowds(), min_size=1, max_size=3), WANTED, st.sampled_from((0, 1, 14)))
def test_crowds_cross_in_a_backtest_as_the_engine_lives_them(
    crowds: list[World], document: dict[str, Any], rearm_days: int
) -> None:
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    past = history(crowds, [[] for _ in crowds])
    asked = Question(read, (), rearm_days, microseconds(NOW - 9 * DAY), microseconds(NOW + DAY))
    found = crossings(past, asked, catalogue)
    assert list(zip(found.account.tolist(), found.at.tolist(), strict=True)) == one_by_one(
        past, asked, catalogue
    )


@settings(max_examples=100)
@given(
    crowds(),
    st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(BUSY), st.integers(1, 3)), min_size=1, max_size=5
    ),
    WANTED,
)
def test_signals_from_the_future_count_once_their_moment_is_over(
    crowd: World, ahead: list[tuple[int, str, int]], document: dict[str, Any]
) -> None:
    """A sender's clock may be five minutes ahead of ours."""
    later = world([(-float(age), slug, contact) for age, slug, contact in ahead])
    renamed = [replace(raw, id=str(UUID(int=1_000 + number))) for number, raw in enumerate(later.signals)]
    both = replace(crowd, signals=[*crowd.signals, *renamed])
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    view = view_of(both, catalogue)
    settled = view.state.settled(NOW)
    assert settled > max(raw.at for raw in both.signals)
    assert read.is_met(view, settled) is both.is_met(document, settled)


BERLIN = ZoneInfo("Europe/Berlin")
EDGE = timedelta(microseconds=1)


@pytest.mark.parametrize("zone", [UTC, BERLIN, ZoneInfo("America/New_York")], ids=str)
@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2027, 3, 28, 12, tzinfo=UTC), id="the night that lacks an hour"),
        pytest.param(datetime(2026, 10, 25, 12, tzinfo=UTC), id="the night that has one twice"),
        pytest.param(datetime(2028, 3, 1, 12, tzinfo=UTC), id="after a leap day"),
        pytest.param(datetime(2028, 2, 29, tzinfo=UTC), id="on a leap day's midnight"),
        pytest.param(datetime(2027, 1, 1, tzinfo=UTC), id="new year"),
    ],
)
@pytest.mark.parametrize("days", [1, 2, 14, 30])
def test_a_day_has_24_hours_wherever_and_whenever(zone: Any, now: datetime, days: int) -> None:
    document = {"count": {"types": ["trial"], "at_least": 1, "days": days}}
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    for step, met in ((-EDGE, False), (timedelta(), True), (EDGE, True)):
        at = ((now - timedelta(days=days)) + step).astimezone(zone)
        raw = Raw(at.timestamp(), str(UUID(int=1)), 1, "trial", None, "", 5.0)
        lived = replace(world([]), signals=[raw])
        state = RollingState.replay([sighting(raw)], catalogue)
        moment = now.astimezone(zone).timestamp()
        assert read.is_met(View(state, catalogue), moment) is lived.is_met(document, moment) is met


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_signals_of_one_moment_cross_once(order: tuple[int, ...]) -> None:
    three = world([(DAY, "pricing", 1), (DAY, "pricing", 2), (DAY, "trial", 3)])
    three = replace(three, signals=[three.signals[place] for place in order])
    document = {"distinct_signals": {"at_least": 3, "days": 7}}
    read = condition.parse(document)
    catalogue = catalogue_for(read)
    past = history([three], [[]])
    asked = Question(read, (), 0, microseconds(NOW - 9 * DAY), microseconds(NOW))
    found = crossings(past, asked, catalogue)
    lived = life.crossings(
        past.past(0, ()),
        read,
        catalogue,
        since=seconds(asked.since),
        until=seconds(asked.until),
        rearm_days=0,
    )
    assert found.at.tolist() == [one.at for one in lived] == pytest.approx([NOW - DAY], abs=1e-5)
