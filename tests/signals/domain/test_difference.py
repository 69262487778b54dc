"""What changed between two versions, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from signals.domain.condition import parse
from signals.domain.condition.difference import changes
from tests.signals.domain.test_condition import NAMES
from tests.signals.domain.worlds import trees

VISITS = {"count": {"types": ["pricing"], "at_least": 3, "days": 14}}
FIT = {"fit": {"at_least": 50}}
QUIET = {"dormant": {"days": 90}}
TWO_TYPES = "“Pricing page” or “Website visit”"
ASKS_FIT = "the fit score is at least 50"
IN_VISITS = "In “There are at least 3 “Pricing page” signals within 14 days”: "


def visits(**fields: Any) -> dict[str, Any]:
    return {"count": {**VISITS["count"], **fields}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(VISITS, VISITS, [], id="nothing"),
        pytest.param(VISITS, visits(at_least=2), [f"{IN_VISITS}at least 2 instead of 3."], id="the number"),
        pytest.param(VISITS, visits(days=1), [f"{IN_VISITS}1 day instead of 14 days."], id="the window"),
        pytest.param(
            VISITS, visits(types=["pricing", "visit"]), [f"{IN_VISITS}“Website visit” too."], id="a type more"
        ),
        pytest.param(
            visits(types=["pricing", "visit"]), visits(types=["visit"]),
            [f"In “There are at least 3 {TWO_TYPES} signals within 14 days”: without “Pricing page”."],
            id="a type fewer",
        ),
        pytest.param(
            VISITS, {"count": {"at_least": 3, "days": 14, "qualifying": True}},
            [f"{IN_VISITS}all types instead of “Pricing page”; only qualifying signals."], id="another filter",
        ),
        pytest.param(VISITS, {"all": [VISITS, FIT]}, [f"It now also asks that {ASKS_FIT}."], id="and"),
        pytest.param({"all": [VISITS, FIT]}, VISITS, [f"It no longer asks that {ASKS_FIT}."], id="no and"),
        pytest.param(VISITS, {"any": [VISITS, FIT]}, ["Now also enough: the fit score is at least 50."], id="or"),
        pytest.param(
            {"any": [VISITS, FIT]}, {"all": [VISITS, FIT]},
            ["All of it must be true now; any one was enough before."], id="any becomes all",
        ),
        pytest.param(
            {"all": [VISITS, FIT]}, {"all": [FIT, VISITS]}, ["The order of the conditions is another."], id="swap"),
        pytest.param({"all": [VISITS]}, {"any": [VISITS]}, ["The same is grouped in another way."], id="grouping"),
        pytest.param(
            FIT, QUIET,
            [f"It no longer asks that {ASKS_FIT}, but that there has been no touch and no signal for 90 days."],
            id="something else",
        ),
        pytest.param(
            {"all": [FIT, {"any": [VISITS, QUIET]}]}, {"all": [FIT, {"any": [visits(days=30), QUIET]}]},
            [f"{IN_VISITS}30 days instead of 14 days."], id="deep inside",
        ),
    ],
)  # fmt: skip
def test_changes(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert list(changes(parse(before), parse(after), NAMES)) == said


@given(trees(), trees())
def test_silence_only_where_nothing_changed(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = parse(before), parse(after)
    assert bool(changes(old, new)) is (old != new)
    assert changes(new, new) == ()
