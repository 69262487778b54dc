"""Conditions being written: every deed leaves a draft that can still be written on, and faults stand at their part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.condition import draft, parse
from signals.domain.condition.parsing import KEYS, MAX_DEPTH, MAX_NODES
from tests.signals.domain.worlds import trees

FIT = {"fit": {"at_least": 50}}
SCORE = {"score": {"at_least": 60}}
QUIET = {"dormant": {"days": 90}}


def all_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)}


def any_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"any": list(parts)}


@pytest.mark.parametrize(
    ("before", "path", "deed", "after"),
    [
        pytest.param(all_of(FIT, SCORE), (0,), "remove", all_of(SCORE), id="remove"),
        pytest.param(all_of(FIT), (), "remove", all_of(), id="remove all"),
        pytest.param(FIT, (), "remove", FIT, id="the only fact stays"),
        pytest.param(all_of(FIT, SCORE), (1,), "up", all_of(SCORE, FIT), id="up"),
        pytest.param(all_of(FIT, SCORE), (0,), "up", all_of(FIT, SCORE), id="up where it is the first"),
        pytest.param(all_of(FIT, SCORE), (0,), "down", all_of(SCORE, FIT), id="down"),
        pytest.param(all_of(FIT, SCORE), (1,), "down", all_of(FIT, SCORE), id="down where it is the last"),
        pytest.param(
            all_of(any_of(FIT), SCORE), (1,), "into", all_of(any_of(FIT, SCORE)), id="into the group before"
        ),
        pytest.param(all_of(FIT, SCORE), (1,), "into", all_of(FIT, SCORE), id="a fact is no group"),
        pytest.param(
            all_of(any_of(FIT, SCORE), QUIET),
            (0, 0),
            "out",
            all_of(any_of(SCORE), FIT, QUIET),
            id="out, behind it",
        ),
        pytest.param(all_of(FIT, SCORE), (0,), "out", all_of(FIT, SCORE), id="out of the outermost"),
        pytest.param(all_of(FIT, SCORE), (0,), "nest", all_of(any_of(FIT), SCORE), id="nest inside all"),
        pytest.param(any_of(FIT, SCORE), (0,), "nest", any_of(all_of(FIT), SCORE), id="nest inside any"),
        pytest.param(all_of(FIT), (), "nest", any_of(all_of(FIT)), id="nest the whole"),
        pytest.param(FIT, (), "nest", all_of(FIT), id="nest the only fact"),
        pytest.param(
            all_of(any_of(FIT, SCORE), QUIET), (0,), "dissolve", all_of(FIT, SCORE, QUIET), id="dissolve"
        ),
        pytest.param(all_of(FIT), (), "dissolve", FIT, id="dissolve the whole"),
        pytest.param(all_of(FIT, SCORE), (), "dissolve", all_of(FIT, SCORE), id="two cannot stand alone"),
        pytest.param(all_of(FIT), (7,), "remove", all_of(FIT), id="no such part"),
        pytest.param(all_of(FIT), (0,), "burn", all_of(FIT), id="no such deed"),
    ],
)
def test_deeds(before: draft.Draft, path: draft.Path, deed: str, after: draft.Draft) -> None:
    assert draft.done(before, path, deed) == after


@pytest.mark.parametrize(
    ("before", "path", "key", "after"),
    [
        pytest.param(all_of(FIT), (), "score", all_of(FIT, SCORE), id="into the group"),
        pytest.param(FIT, (), "score", all_of(FIT, SCORE), id="beside the only fact"),
        pytest.param(
            all_of(any_of(FIT)), (0,), "any", all_of(any_of(FIT, any_of())), id="a group in a group"
        ),
        pytest.param(all_of(FIT), (0,), "score", all_of(FIT), id="a fact holds nothing"),
        pytest.param(all_of(FIT), (), "luck", all_of(FIT), id="no such condition"),
    ],
)
def test_adding(before: draft.Draft, path: draft.Path, key: str, after: draft.Draft) -> None:
    assert draft.added(before, path, key) == after


@given(trees(), st.data())
def test_whatever_is_done_the_draft_stays_within_the_bounds(
    document: dict[str, Any], data: st.DataObject
) -> None:
    was = repr(document)
    changed: draft.Draft = document
    for _ in range(data.draw(st.integers(1, 12))):
        paths = [path for path, _ in draft.walk(changed)]
        path = data.draw(st.sampled_from(paths))
        if data.draw(st.booleans()):
            changed = draft.added(changed, path, data.draw(st.sampled_from(KEYS)))
        else:
            changed = draft.done(changed, path, data.draw(st.sampled_from(draft.DEEDS)))
        assert draft.depth(changed) <= MAX_DEPTH
        assert draft.size(changed) <= MAX_NODES
        # The only thing that can be amiss is a group that still waits for its first condition.
        assert all("group is empty" in fault.detail for fault in draft.faults(changed))
    assert repr(document) == was


@given(trees(), st.data())
def test_moving_loses_nothing(document: dict[str, Any], data: st.DataObject) -> None:
    def facts(one: draft.Draft) -> list[str]:
        return sorted(repr(part) for _, part in draft.walk(one) if draft.key_of(part) not in ("all", "any"))

    path = data.draw(st.sampled_from([path for path, _ in draft.walk(document)]))
    deed = data.draw(st.sampled_from([deed for deed in draft.DEEDS if deed != "remove"]))
    assert facts(draft.done(document, path, deed)) == facts(document)


@pytest.mark.parametrize("key", KEYS)
def test_a_fresh_fact_is_without_fault(key: str) -> None:
    fresh = draft.new(key)
    assert [fault.detail[:19] for fault in draft.faults(fresh)] == (
        ["This group is empty"] if key in ("all", "any") else []
    )
    draft.added({"all": [FIT]}, (), key)["all"][1][key] = "changed"
    assert draft.new(key) == fresh


@pytest.mark.parametrize(
    ("document", "path", "field", "words"),
    [
        pytest.param(
            all_of(any_of({"count": {"at_least": "x", "days": 14}})),
            (0, 0),
            "at_least",
            "whole number",
            id="deep",
        ),
        pytest.param({"dormant": {"days": 0}}, (), "days", "from 1 to 730", id="at the whole"),
        pytest.param(all_of(FIT, any_of()), (1,), "", "This group is empty", id="an empty group"),
        pytest.param(
            {"count": {"types": ["pricing", "gone"], "at_least": 1, "days": 2}},
            (),
            "types",
            "“gone”",
            id="a type",
        ),
    ],
)
def test_a_fault_stands_at_its_part(document: draft.Draft, path: draft.Path, field: str, words: str) -> None:
    [fault] = draft.faults(document, types=frozenset({"pricing"}))
    assert (fault.path, fault.field) == (path, field)
    assert words in fault.detail


@given(trees())
def test_a_condition_is_a_draft_without_faults(document: dict[str, Any]) -> None:
    assert draft.faults(parse(document).to_json()) == []
