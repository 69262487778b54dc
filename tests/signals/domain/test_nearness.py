"""Near misses: what one more fact would cross, what it lacks in words, and who is near to nothing."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given

from signals.domain.condition import parse
from signals.domain.condition.nearness import HALFWAY, lacks
from signals.domain.condition.reach import reach
from signals.domain.condition.tree import Branch
from signals.domain.score import Scoring
from tests.signals.domain.brute import World
from tests.signals.domain.test_condition import NAMES, Seen, view
from tests.signals.domain.worlds import NOW, catalogue_for, trees, view_of, worlds

TWO: list[Seen] = [(1, "pricing", 1), (2, "pricing", 1)]
THREE_IN_14 = {"count": {"types": ["pricing"], "at_least": 3, "days": 14}}
FIT = {"fit": {"at_least": 60}}


@pytest.mark.parametrize(
    ("seen", "fit", "document", "said"),
    [
        pytest.param(TWO, 0, THREE_IN_14, ["1 more “Pricing page” signal within 14 days (2 of 3)"], id="count"),
        pytest.param(TWO[:1], 0, THREE_IN_14, [], id="less than half of it"),
        pytest.param([*TWO, (3, "pricing", 1)], 0, THREE_IN_14, [], id="met"),
        pytest.param(
            TWO[:1], 80, {"all": [FIT, THREE_IN_14]},
            ["2 more “Pricing page” signals within 14 days (1 of 3)"], id="little of it, but all else holds",
        ),
        pytest.param([], 80, {"all": [FIT, THREE_IN_14, {"intent": {"at_least": 50}}]}, [], id="two facts away"),
        pytest.param(
            TWO, 0, {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}},
            ["1 more independent qualifying signal within 30 days (1 of 2)"], id="independent signals",
        ),
        pytest.param(
            TWO, 0, {"distinct_contacts": {"types": ["pricing"], "at_least": 2, "days": 30}},
            ["“Pricing page” signals from 1 more contact within 30 days (1 of 2)"], id="contacts",
        ),
        pytest.param(
            TWO, 0, {"distinct_types": {"at_least": 2, "days": 30}},
            ["signals of 1 more type within 30 days (1 of 2)"], id="types",
        ),
        pytest.param([], 48.27, FIT, ["11.8 more points: the fit score is 48.2 of 60"], id="a level"),
        pytest.param([], 59.99, FIT, ["0.1 more points: the fit score is 59.9 of 60"], id="a hair's breadth"),
        pytest.param([], 59, FIT, ["1 more point: the fit score is 59 of 60"], id="one point"),
        pytest.param(
            [(83, "visit", None)], 0, {"dormant": {"days": 90}}, ["7 more days of silence (83 of 90)"], id="quiet"),
        pytest.param(
            TWO, 50, {"any": [FIT, THREE_IN_14]},
            ["10 more points: the fit score is 50 of 60", "1 more “Pricing page” signal within 14 days (2 of 3)"],
            id="two ways, the nearer first",
        ),
    ],
)  # fmt: skip
def test_what_is_lacking(seen: list[Seen], fit: float, document: dict[str, Any], said: list[str]) -> None:
    found = lacks(parse(document), view(*seen, fit=fit), NOW)
    assert [lack.words(NAMES) for lack in found] == said


@given(worlds(), trees())
def test_near_is_exactly_one_fact_away_and_that_fact_begun(world: World, document: dict[str, Any]) -> None:
    read = parse(document)
    seen = view_of(world, catalogue_for(read))
    now = seen.state.settled(NOW)
    found = lacks(read, seen, now)
    if found:
        assert read.steps_away(seen, now) == 1
    for lack in found:
        assert not isinstance(lack.fact, Branch)
        assert not lack.fact.is_met(seen, now)
        assert lack.share < 1
        assert lack.share >= HALFWAY or isinstance(read, Branch)
        assert lack.words()
    assert [lack.share for lack in found] == sorted((lack.share for lack in found), reverse=True)


COUNT_1 = {"count": {"at_least": 1, "days": 7}}
COUNT_3 = {"count": {"at_least": 3, "days": 14}}
INTENT_60 = {"intent": {"at_least": 60}}


@pytest.mark.parametrize(
    ("document", "days", "intent"),
    [
        pytest.param(COUNT_3, 14, 0, id="half of three needs one in the window"),
        pytest.param(COUNT_1, -inf, inf, id="nobody is half way to one"),
        pytest.param(INTENT_60, inf, 30, id="half of a level"),
        pytest.param({"all": [COUNT_3, INTENT_60]}, inf, 0, id="one of two may be missing altogether"),
        pytest.param({"all": [COUNT_3, INTENT_60, COUNT_1]}, 14, 0, id="two of three hold, whichever"),
        pytest.param({"all": [COUNT_3]}, 14, 0, id="all of one is that one"),
        pytest.param({"any": [COUNT_3, INTENT_60]}, inf, 0, id="either"),
        pytest.param({"any": [COUNT_1, INTENT_60]}, inf, 30, id="either, and nobody is near to one of them"),
        pytest.param({"all": [INTENT_60, {"any": [COUNT_3, COUNT_1]}]}, inf, 0, id="nested"),
        pytest.param(FIT, inf, 0, id="fit asks for no signal"),
        pytest.param({"dormant": {"days": 90}}, inf, 0, id="silence neither"),
        pytest.param({"score": {"at_least": 90}}, inf, 0, id="a score that fit alone may bring half way"),
        pytest.param(
            {"score_rise": {"at_least": 20, "days": 7}}, 8, 20, id="a rise comes of signals since then"
        ),
    ],
)
def test_whom_the_stored_figures_rule_out(document: dict[str, Any], days: float, intent: float) -> None:
    least = reach(parse(document), Scoring(k=40, w_fit=0.5, w_intent=0.5))
    assert least.days == days
    assert least.intent == pytest.approx(intent)
