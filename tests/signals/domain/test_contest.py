"""Which rules never win or never match: nothing is said without proof, and the proof is checked against the engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.domain import contest
from signals.domain.glob import Glob
from signals.domain.rules import Rulebook, read
from signals.domain.starter import TYPES

Rules = list[dict[str, Any]]


@pytest.mark.parametrize(
    ("types", "lost"),
    [
        pytest.param({"a": [{"event": "X"}], "b": [{"event": "x"}]}, [("b", 0, "a", 0)], id="the same event twice"),
        pytest.param({"a": [{"event": "Form *"}], "b": [{"event": "Form Sent"}]}, [], id="the narrower goes first"),
        pytest.param(
            {"a": [{"path": "/pricing*"}], "b": [{"event": "page", "path": "/pricing*"}]},
            [],
            id="the wider keeps the screens",
        ),
        pytest.param(
            {"b": [{"event": "page", "path": "/p*"}], "a": [{"event": "page", "path": "/p*"}, {"event": "Y"}]},
            [("b", 0, "a", 0)],
            id="one of several rules",
        ),
        pytest.param(
            {
                "a": [{"event": "X", "property": {"plan": ["pro", "max"]}}],
                "b": [{"event": "X", "property": {"plan": "pro"}}],
            },
            [("b", 0, "a", 0)],
            id="a value that a list holds",
        ),
        pytest.param(
            {"a": [{"event": "X", "property": {"plan": "pro"}}], "b": [{"event": "X", "property": {"plan": "max"}}]},
            [],
            id="other values",
        ),
        pytest.param({"a": [{"path": "/a*"}], "b": [{"path": "*b"}]}, [], id="neither holds the other"),
        pytest.param({"a": [{"event": "X"}, {"event": "X"}]}, [("a", 1, "a", 0)], id="twice in one type"),
    ],
)  # fmt: skip
def test_rules_that_never_win(types: dict[str, Rules], lost: list[tuple[str, int, str, int]]) -> None:
    found = contest.losses(types.items())
    assert [(one.slug, one.rule, one.by, one.by_rule) for one in found] == lost
    for one in found:
        match = Rulebook(types.items()).match(one.witness)
        assert match is not None
        assert (match.slug, match.rule) == (one.by, one.by_rule)


def test_the_starter_catalogue_has_no_rule_that_never_wins_or_matches() -> None:
    types = [(str(one["slug"]), one["rules"]) for one in TYPES]
    assert contest.losses(types) == []
    assert [found for slug, rules in types for found in contest.impossible(slug, rules)] == []


_PIECES = st.lists(st.sampled_from(["", "a", "b", "ab", "/"]), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(_PIECES, _PIECES, st.lists(st.text("ab/", max_size=4), min_size=3, max_size=3))
def test_a_glob_said_to_lie_within_another_never_escapes_it(
    wide: list[str], narrow: list[str], fill: list[str]
) -> None:
    outer, inner = Glob(tuple(wide)), Glob(tuple(narrow))
    if contest._glob_within(outer, inner):
        text = narrow[0] + "".join(f"{fill[i]}{piece}" for i, piece in enumerate(narrow[1:]))
        assert outer.matches(text)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"event": "identify"}, "an identify call says who somebody is and is never a signal"),
        ({"event": "group"}, "a group call says which account"),
        ({"event": "Track"}, "write that name instead"),
        ({"path": "/pricing?plan=*"}, "left out of a path"),
        ({"path": "/docs#top"}, "left out of a path"),
        ({"path": "*://site.example/pricing"}, "after the site's name"),
        ({"path": "/my%20plan"}, "the letter itself"),
        ({"path": "/pricing*"}, ""),
        ({"event": "Demo Requested", "path": "/demo", "property": {"a.b": [1, "x"]}}, ""),
        ({"event": "screen"}, ""),
    ],
)
def test_rules_that_can_never_match(rule: dict[str, Any], words: str) -> None:
    found = contest.impossible("a", [rule])
    assert bool(found) is bool(words)
    if words:
        assert words in found[0].why


@pytest.mark.parametrize(
    ("winner", "loser", "words"),
    [
        ({"event": "X", "property": {"a": 1}}, {"event": "X"}, "asks for a property"),
        ({"path": "/pricing*"}, {"event": "page"}, "names the page's path"),
        ({"path": "/pricing/big*"}, {"path": "/pricing*"}, "names more of the page's path"),
        ({"path": "/p"}, {"path": "/p*"}, "without a star"),
        ({"event": "page", "path": "/p"}, {"path": "/p"}, "names the event"),
        ({"event": "Form *"}, {"event": "F*"}, "names more of the event"),
        ({"event": "Form S*"}, {"event": "Form *"}, "names more of the event"),
        ({"event": "X"}, {"event": "X"}, "comes before “b” by the alphabet"),
    ],
)
def test_why_a_rule_lost(winner: dict[str, Any], loser: dict[str, Any], words: str) -> None:
    (first,), (second,) = read([winner], "a"), read([loser], "b")
    assert first.rank < second.rank
    assert words in contest.why_it_lost(second, first)


def test_candidates_come_winner_first() -> None:
    types: list[tuple[str, object]] = [("visit", [{"event": "page"}]), ("pricing", [{"path": "/pricing*"}])]
    event = {"type": "page", "context": {"page": {"path": "/pricing/x"}}}
    assert [one.slug for one in contest.candidates(types, event)] == ["pricing", "visit"]
    assert contest.candidates(types, {"type": "track", "event": "Other"}) == []
