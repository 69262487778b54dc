"""Which raw events are which signal type."""

from __future__ import annotations

from itertools import permutations
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.errors import FieldErrors
from signals.domain import rules
from signals.domain.glob import Glob
from signals.domain.rules import Rulebook

TYPES: list[tuple[str, object]] = [
    ("visit", [{"event": "page"}]),
    ("pricing", [{"event": "page", "path": "/pricing*"}, {"event": "Pricing Page Viewed"}]),
    ("enterprise", [{"event": "page", "path": "/pricing/enterprise"}]),
    ("docs", [{"path": "/docs/*"}]),
    (
        "demo",
        [{"event": "Demo Requested"}, {"event": "Form Submitted", "property": {"form": ["demo", "trial"]}}],
    ),
    ("form", [{"event": "Form Submitted"}]),
    ("big-form", [{"event": "Form Submitted", "property": {"form": "demo", "company.size": [500, True]}}]),
    ("webinar", [{"event": "Registered for *"}]),
    ("flagged", [{"property": {"abm": True}}]),
]


def page(**properties: object) -> dict[str, Any]:
    return {"type": "page", "properties": properties}


def track(event: str, **properties: object) -> dict[str, Any]:
    return {"type": "track", "event": event, "properties": properties}


CASES = [
    pytest.param(page(path="/"), "visit", id="any page"),
    pytest.param(page(), "visit", id="a page that does not say which"),
    pytest.param(page(path="/pricing"), "pricing", id="the path before the general page"),
    pytest.param(page(path="/Pricing/"), "pricing", id="case and the last slash make no difference"),
    pytest.param(page(path="/pricing/teams"), "pricing", id="the star runs over slashes"),
    pytest.param(page(path="/pricing/enterprise"), "enterprise", id="the longer path before the shorter"),
    pytest.param(page(url="https://acme.com/pricing?plan=1#top"), "pricing", id="the path of the address"),
    pytest.param(page(url="https://[acme/pricing"), "visit", id="an address that is none"),
    pytest.param(page(path="/%70ricing"), "pricing", id="percent-encoded"),
    pytest.param(page(path="/de/pricing"), "visit", id="not at the beginning"),
    pytest.param(page(path="/docs"), "docs", id="a folder is in itself"),
    pytest.param(page(path="/docs/api/v1"), "docs", id="a path alone means pages"),
    pytest.param(page(path=5, url=None), "visit", id="paths that are none"),
    pytest.param(
        {"type": "page", "context": {"page": {"path": "/pricing"}}}, "pricing", id="the context's page"
    ),
    pytest.param({"type": "page", "context": {"page": "x"}, "properties": []}, "visit", id="odd shapes"),
    pytest.param(
        {"type": "track", "event": "Clicked", "context": {"page": {"path": "/docs/x"}}},
        None,
        id="a path alone does not take what happened on the page",
    ),
    pytest.param(track("Demo Requested"), "demo", id="by name"),
    pytest.param(track("demo_requested"), "demo", id="snake case"),
    pytest.param(track(" DEMO-requested "), "demo", id="other separators and case"),
    pytest.param(track("Demo Requested Twice"), None, id="not by the beginning of the name"),
    pytest.param(track("Pricing Page Viewed"), "pricing", id="a second rule"),
    pytest.param(track("Form Submitted"), "form", id="without the property"),
    pytest.param(track("Form Submitted", form="Demo "), "demo", id="a property before none"),
    pytest.param(track("Form Submitted", form="other"), "form", id="another value"),
    pytest.param(track("Form Submitted", form=["demo"]), "form", id="a list equals nothing"),
    pytest.param(
        track("Form Submitted", form="demo", company={"size": 500.0}), "big-form", id="two properties"
    ),
    pytest.param(track("Form Submitted", form="demo", company={"size": True}), "big-form", id="true is true"),
    pytest.param(track("Form Submitted", form="demo", company={"size": 1}), "demo", id="true is not 1"),
    pytest.param(
        track("Form Submitted", form="demo", **{"company.size": 500}),
        "big-form",
        id="a dotted name as it stands",
    ),
    pytest.param(track("Registered for Summit 2026"), "webinar", id="a name with a star"),
    pytest.param(track("Whatever", abm=True), "flagged", id="a property alone"),
    pytest.param(track("Whatever", abm=1), None, id="1 is not true"),
    pytest.param({"type": "screen", "name": "Home"}, None, id="a screen is no page"),
    pytest.param({"type": "page", "name": "Demo Requested"}, "demo", id="a page by its own name"),
    pytest.param({"type": "track"}, None, id="no name"),
    pytest.param({}, None, id="nothing"),
]


@pytest.mark.parametrize(("event", "slug"), CASES)
def test_events_become_signals(event: dict[str, Any], slug: str | None) -> None:
    match = Rulebook(TYPES).match(event)
    assert (match.slug if match else None) == slug


def test_the_order_of_the_types_makes_no_difference() -> None:
    events = [case.values[0] for case in CASES]
    few = TYPES[:3] + TYPES[4:7]
    outcomes = {
        tuple(str(Rulebook(order).match(event)) for event in events)  # type: ignore[arg-type]
        for order in permutations(few)
    }
    assert len(outcomes) == 1


def test_equal_rules_go_to_the_first_slug_in_the_alphabet() -> None:
    twins: list[tuple[str, object]] = [("b", [{"event": "X"}]), ("a", [{"event": "X"}])]
    for order in (twins, twins[::-1]):
        match = Rulebook(order).match(track("x"))
        assert match is not None
        assert match.slug == "a"


def test_a_match_says_why() -> None:
    match = Rulebook(TYPES).match(track("Form Submitted", form="demo", company={"size": 500}))
    assert match == rules.Match(
        "big-form",
        0,
        "Rule 1 of “big-form” matches: the event is “Form Submitted” and “form” is “demo” "
        "and “company.size” is “500” or “True”.",
    )


def test_stored_rules_that_are_none_are_left_out() -> None:
    book = Rulebook([("a", None), ("b", "x"), ("c", [{"evnt": "X"}, 5, {"event": "X"}]), ("d", [{}])])
    match = book.match(track("X"))
    assert match is not None
    assert (match.slug, match.rule) == ("c", 2)


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        pytest.param([], {}, id="no rules are right too"),
        pytest.param(
            [{"event": "X", "path": "*", "property": {"a": 1, "b": [True, "x"]}}], {}, id="all there is"
        ),
        pytest.param({}, {"": "must be a list"}, id="no list"),
        pytest.param([{"event": "X"}] * 51, {"": "at most 50"}, id="too many"),
        pytest.param(["X", {}], {"/0": "is an object", "/1": "at least one"}, id="no objects"),
        pytest.param([{"evnt": "X"}], {"/0/evnt": "not known in a rule"}, id="an unknown key"),
        pytest.param(
            [{"event": 5}, {"event": " "}, {"event": "**"}, {"event": "x" * 201}],
            {
                "/0/event": "must be a text",
                "/1/event": "must be a text",
                "/2/event": "more than",
                "/3/event": "must be a text",
            },
            id="names",
        ),
        pytest.param(
            [{"path": "pricing"}], {"/0/path": "must begin with “/”"}, id="a path without its slash"
        ),
        pytest.param(
            [{"property": "x"}, {"property": {}}, {"property": {"a": []}}, {"property": {"a": {"b": 1}}}],
            {
                "/0/property": "must be an object",
                "/1/property": "must be an object",
                "/2/property/a": "or a list",
                "/3/property/a": "or a list",
            },
            id="properties",
        ),
    ],
)
def test_faults_of_rules_name_the_field(document: object, faults: dict[str, str]) -> None:
    found: dict[str, str] = {}
    try:
        rules.check(document)
    except FieldErrors as error:
        found = {one.pointer.removeprefix("/rules"): one.detail for one in error.errors}
    assert found.keys() == faults.keys()
    assert all(words in found[pointer] for pointer, words in faults.items())


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*bb*b", "abb", False),
        ("*", "", True),
        ("**", "x", True),
        ("A*Z", "a to z", True),
    ],
)
def test_the_pieces_of_a_pattern_never_overlap(pattern: str, text: str, matches: bool) -> None:
    assert Glob.of(pattern).matches(text) is matches


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_star_stands_for_anything(pattern: str, text: str) -> None:
    def matches(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(matches(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
        return bool(text) and text[0] == pattern[0] and matches(pattern[1:], text[1:])

    assert Glob.of(pattern).matches(text) is matches(pattern, text)


def test_no_pattern_can_make_us_slow() -> None:
    """What takes a regular expression for ever takes this no time: `(a+)+$` is the type of thing."""
    started = perf_counter()
    assert not Glob.of("*a" * 100 + "*b").matches("a" * 100_000)
    assert perf_counter() - started < 0.5


def test_names_without_end_do_not_fill_the_memory() -> None:
    book = Rulebook(TYPES)
    for number in range(rules.book.REMEMBERED_NAMES * 2):
        book.match(track(f"Event {number}"))
    assert len(book._by_names) <= rules.book.REMEMBERED_NAMES
