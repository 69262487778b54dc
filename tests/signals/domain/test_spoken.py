"""A signal type reads as one English sentence, made from its definition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signals.domain.spoken import Definition, rule_words, rules_words, sentence
from signals.domain.starter import TYPES

PRICING = Definition(
    name="Pricing page", kind="first_party", points=15, confidence=1.0, half_life_days=14, recency_days=30,
    qualifying=True, rules=[{"event": "page", "path": "/pricing*"}],
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        pytest.param(
            {},
            "“Pricing page” is worth 15 points, half after 14 days, counts within 30 days and qualifies for sales; "
            "it is a view of the page /pricing*.",
            id="plain",
        ),
        pytest.param(
            {"points": 1, "confidence": 0.45, "half_life_days": 0.5, "recency_days": 1, "qualifying": False},
            "“Pricing page” is worth 1 point at 45% confidence, half after 12 hours and counts within 1 day; "
            "it is a view of the page /pricing*.",
            id="ones and hours",
        ),
        pytest.param(
            {"hand_raise": True, "digital_response": True, "page_intent": "pricing"},
            "“Pricing page” is worth 15 points, half after 14 days, counts within 30 days, means that the account asks "
            "for us, qualifies for sales, is an answer to marketing and shows interest in pricing; "
            "it is a view of the page /pricing*.",
            id="everything it counts towards",
        ),
        pytest.param(
            {"rules": [], "kind": "third_party"},
            "“Pricing page” is worth 15 points, half after 14 days, counts within 30 days and qualifies for sales; "
            "no raw event becomes one: it comes as a finished record from a third party.",
            id="no rules",
        ),
        pytest.param(
            {"is_active": False},
            "“Pricing page” is worth 15 points, half after 14 days, counts within 30 days and qualifies for sales; "
            "retired, so nothing becomes one any more; it was a view of the page /pricing*.",
            id="retired",
        ),
    ],
)
def test_a_type_is_one_sentence(change: dict[str, object], wanted: str) -> None:
    assert sentence(replace(PRICING, **change)) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ([], ""),
        ([{"event": "page", "path": "/a"}, {"path": "/b*"}], "a view of the page /a or /b*"),
        ([{"event": "Demo Requested"}], "the event “Demo Requested”"),
        ([{"event": "A"}, {"event": "B"}, {"event": "A"}], "an event called “A” or “B”"),
        ([{"path": "/a"}, {"event": "A"}], "a view of the page /a, or the event “A”"),
        (["no rule", {"event": "A"}], "the event “A”"),
        ([{"event": "page"}], "any page view"),
    ],
)
def test_rules_are_alternatives(rules: list[object], wanted: str) -> None:
    assert rules_words(rules) == wanted


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({"event": "screen"}, "any screen of an app"),
        ({"event": "page", "property": {"title": "Plans"}}, "any page view whose “title” is “Plans”"),
        ({"event": "Form Sent", "path": "/demo"}, "the event “Form Sent” on the page /demo"),
        (
            {"event": "Form Sent", "property": {"form": ["demo", "quote"], "first": True, "seats": 5.0}},
            "the event “Form Sent” whose “form” is “demo” or “quote”, “first” is “yes” and “seats” is “5”",
        ),
        ({"property": {"plan": "pro"}}, "any event whose “plan” is “pro”"),
    ],
)
def test_one_rule_in_words(rule: dict[str, object], wanted: str) -> None:
    assert rule_words(rule) == wanted


def test_every_starter_type_reads_as_a_sentence() -> None:
    for document in TYPES:
        names = set(Definition.__dataclass_fields__)
        text = sentence(Definition(**{key: value for key, value in document.items() if key in names}))  # type: ignore[arg-type]
        assert text.startswith(f"“{document['name']}” is worth ")
        assert text.endswith(".")
