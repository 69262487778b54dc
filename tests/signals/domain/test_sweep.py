"""The backtest of all accounts at once equals the engine's own life of each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.domain import condition
from signals.domain.backtest import Question, crossings, life
from signals.domain.backtest.history import (
    FOREVER,
    NEVER,
    History,
    Moments,
    Seen,
    Spans,
    microseconds,
    seconds,
)
from signals.domain.score import Scoring
from tests.signals.domain.brute import DAY, World
from tests.signals.domain.worlds import NOW, TYPE_IDS, ages, catalogue_for, clocked, counting, trees, worlds

TOPICS = {1: "crm", 2: "sales tech", 3: "abm"}
SINCE = microseconds(NOW - 100 * DAY)
UNTIL = microseconds(NOW + DAY)
TIERS = st.sampled_from(((), (1,), (1, 2), (3,)))


@st.composite
def places(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Some changes of an account's place on the list: tier, from, to; what is off the list leaves a gap."""
    starts = sorted({microseconds(NOW - age) for age in draw(st.lists(ages(), max_size=4))})
    tiers = [draw(st.sampled_from((1, 1, 2, 3, 0))) for _ in starts]
    ends = [*starts[1:], FOREVER]
    return [(tier, start, end) for tier, start, end in zip(tiers, starts, ends, strict=False) if tier]


def history(accounts: list[World], listed: list[list[tuple[int, int, int]]]) -> History:
    """The same accounts in columns."""
    rows = [
        (
            number,
            microseconds(raw.at),
            TYPE_IDS[raw.type],
            raw.source,
            raw.contact or 0,
            raw.topic,
            raw.points,
        )
        for number, world in enumerate(accounts)
        for raw in world.signals
    ]
    codes = {topic: code for code, topic in TOPICS.items()} | {"": 0}
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 7
    account, at, type_id, source_id, contact = (np.array(column, np.int64) for column in columns[:5])
    seen = Seen(
        account=account,
        at=at,
        type_id=type_id,
        source_id=source_id,
        contact=contact,
        topic=np.array([codes[topic] for topic in columns[5]], np.int64),
        points=np.array(columns[6], np.float64),
    )
    touches = sorted(
        (number, microseconds(at)) for number, world in enumerate(accounts) for at in world.touches
    )
    spans = [(number, *place) for number, own in enumerate(listed) for place in own]
    return History(
        ids=np.arange(len(accounts)) + 500,
        fits=np.array([world.fit for world in accounts]),
        known_since=np.array(
            [NEVER if world.known_since is None else microseconds(world.known_since) for world in accounts],
            np.int64,
        ),
        seen=seen.ordered(),
        touched=Moments(*(np.array([row[at] for row in touches], np.int64) for at in (0, 1))),
        places=Spans(*(np.array([row[at] for row in spans], np.int64) for at in (0, 2, 3, 1))),
        topics=TOPICS,
    )


def one_by_one(past: History, asked: Question, catalogue: Any) -> list[tuple[int, float]]:
    """Account by account, as the engine lives it."""
    return [
        (place, crossed.at)
        for place in range(len(past.ids))
        for crossed in life.crossings(
            past.past(place, asked.tiers),
            asked.condition,
            catalogue,
            since=seconds(asked.since),
            until=seconds(asked.until),
            rearm_days=asked.rearm_days,
            scoring=asked.scoring,
        )
    ]


SEVERAL = st.lists(st.tuples(worlds(), places()), min_size=1, max_size=4)


@pytest.mark.parametrize("kind", ["any", "counting", "clocked"])
@settings(max_examples=150)
@given(data=st.data())
def test_it_equals_a_life_lived_through(kind: str, data: st.DataObject) -> None:
    documents = {"any": trees(), "counting": trees(counting()), "clocked": trees(clocked())}[kind]
    accounts = data.draw(SEVERAL)
    read = condition.parse(data.draw(documents))
    asked = Question(
        read, data.draw(TIERS), data.draw(st.sampled_from((0, 1, 7, 30))), SINCE, UNTIL, Scoring()
    )
    past = history([world for world, _ in accounts], [listed for _, listed in accounts])
    catalogue = catalogue_for(read)
    found = crossings(past, asked, catalogue)
    fast = list(zip(found.account.tolist(), found.at.tolist(), strict=True))
    assert fast == one_by_one(past, asked, catalogue)
