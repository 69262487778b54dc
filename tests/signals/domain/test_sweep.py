"""The backtest of all accounts at once equals the engine's own life of each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.domain import condition
from signals.domain.backtest import Question, crossings, life, sweep
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
from tests.signals.domain.brute import DAY, Raw, World
from tests.signals.domain.worlds import (
    KINDS,
    NOW,
    TYPE_IDS,
    WEIGHTS,
    ages,
    catalogue_for,
    clocked,
    counting,
    trees,
    worlds,
)

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


def test_a_score_at_its_very_limit_is_left_to_the_engine() -> None:
    """The order of additions must not decide whether an account crosses."""
    signals = [Raw(NOW - DAY, str(UUID(int=1)), 2, "trial", None, "", 33.3)]
    one = World(kinds={kind.slug: kind for kind in KINDS}, weights=WEIGHTS, signals=signals)
    limit = one.intent(NOW - DAY + 1e-6)
    for nudge, lived in ((0.0, 1), (1e-9, 1), (-1e-9, 1), (0.5, 0), (-0.5, 0)):
        read = condition.parse({"intent": {"at_least": limit + nudge}})
        past, catalogue = history([one, one], [[], []]), catalogue_for(read)
        asked = Question(read, (), 7, SINCE, UNTIL)
        found = crossings(past, asked, catalogue)
        assert found.lived == 2 * lived
        assert list(zip(found.account.tolist(), found.at.tolist(), strict=True)) == one_by_one(
            past, asked, catalogue
        )


def test_many_accounts_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    signals = [Raw(NOW - days * DAY, str(UUID(int=days)), 1, "trial", None, "", 5.0) for days in (3, 9, 50)]
    one = World(kinds={kind.slug: kind for kind in KINDS}, weights=WEIGHTS, signals=signals)
    read = condition.parse({"count": {"at_least": 1, "days": 2}})
    past, catalogue = history([one] * 7, [[]] * 7), catalogue_for(read)
    asked = Question(read, (), 7, SINCE, UNTIL)
    whole = crossings(past, asked, catalogue)
    monkeypatch.setattr(sweep, "ACCOUNTS_AT_ONCE", 3)
    parts = crossings(past, asked, catalogue)
    assert parts.account.tolist() == whole.account.tolist() == [n for n in range(7) for _ in range(2)]
    assert parts.at.tolist() == whole.at.tolist()


def test_nobody_and_nothing() -> None:
    read = condition.parse({"any": [{"dormant": {"days": 3}}, {"intent": {"at_least": 3}}]})
    empty = World(kinds={kind.slug: kind for kind in KINDS}, weights=WEIGHTS)
    for accounts in ([], [empty]):
        found = crossings(
            history(accounts, [[] for _ in accounts]),
            Question(read, (), 7, SINCE, UNTIL),
            catalogue_for(read),
        )
        assert (found.account.tolist(), found.at.tolist()) == ([], [])
