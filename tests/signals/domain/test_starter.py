"""The starter catalogue and thresholds are documents that the engine itself accepts, and they mean what they say."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from signals.domain import condition, rules
from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.starter import SOURCES, THRESHOLDS, TYPES
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY
from tests.signals.domain.worlds import NOW

Document = dict[str, Any]

TYPE_LIST: list[Document] = [dict(one) for one in TYPES]
THRESHOLD_LIST: list[Document] = [dict(one) for one in THRESHOLDS]
IDS = {one["slug"]: number for number, one in enumerate(TYPE_LIST, 1)}
KINDS = {"third_party", "first_party", "product", "community", "crm", "manual"}


def slugs(documents: list[Document]) -> list[str]:
    return [one["slug"] for one in documents]


def test_slugs_are_unique_and_kinds_known() -> None:
    for documents in (TYPE_LIST, THRESHOLD_LIST, [dict(one) for one in SOURCES]):
        assert len(set(slugs(documents))) == len(documents)
    assert {one["kind"] for one in TYPE_LIST} <= KINDS
    assert {one["kind"] for one in SOURCES} == KINDS


@pytest.mark.parametrize("document", TYPE_LIST, ids=slugs(TYPE_LIST))
def test_types_are_within_their_bounds(document: Document) -> None:
    rules.check(document["rules"])
    assert 0 < document["confidence"] <= 1
    assert 1 <= document["half_life_days"] <= document["recency_days"] * 1.5
    assert 0 < document["points"] <= 50
    assert document["qualifying"] or not document["hand_raise"]


@pytest.mark.parametrize("document", THRESHOLD_LIST, ids=slugs(THRESHOLD_LIST))
def test_thresholds_parse_and_have_a_reason(document: Document) -> None:
    read = condition.parse(document["condition"], types=IDS)
    assert read.to_json() == document["condition"]
    assert len(document["rationale"]) > 100
    assert document["urgency"] in condition.ANSWER_WITHIN
    assert set(document["tiers"]) <= {1, 2, 3}
    assert document["rearm_days"] >= 1


EVENTS = [
    ({"type": "track", "event": "Demo Requested"}, "demo-request"),
    ({"type": "track", "event": "Form Submitted", "properties": {"form": "Contact Sales"}}, "contact-sales"),
    ({"type": "page", "properties": {"path": "/pricing"}}, "pricing-page"),
    ({"type": "page", "properties": {"path": "/de/pricing/"}}, "pricing-page"),
    ({"type": "track", "event": "Pricing Page Viewed"}, "pricing-page"),
    ({"type": "page", "properties": {"path": "/request-demo"}}, "demo-page"),
    ({"type": "page", "properties": {"path": "/vs/initech"}}, "comparison-page"),
    ({"type": "page", "properties": {"path": "/blog/hello"}}, "website-visit"),
    ({"type": "track", "event": "webinar_registered"}, "webinar-registration"),
    ({"type": "track", "event": "Email Link Clicked"}, "email-click"),
    ({"type": "track", "event": "Trial Started"}, "trial-started"),
    ({"type": "track", "event": "Something Else"}, None),
]


@pytest.mark.parametrize(("event", "slug"), EVENTS)
def test_common_events_are_recognised(event: Document, slug: str | None) -> None:
    match = rules.Rulebook([(one["slug"], one["rules"]) for one in TYPE_LIST]).match(event)
    assert (match.slug if match else None) == slug


LIVES: list[tuple[str, list[tuple[float, str, int | None]], set[str]]] = [
    ("one look at the prices", [(0.1, "pricing-page", 1)], set()),
    ("a hand", [(0.1, "demo-request", 1)], {"hand-raise", "score-surge"}),
    (
        "a committee at its homework",
        [(9, "pricing-page", 1), (3, "comparison-page", 1), (0.1, "pricing-page", 2)],
        {"high-intent-pages", "two-distinct-signals"},
    ),
    ("one person, three visits", [(age, "pricing-page", 1) for age in (9, 8.5, 8.2)], {"high-intent-pages"}),
    ("a surge", [(5, "topic-surge", None)], {"intent-surge"}),
    (
        "two colleagues at a webinar",
        [(20, "webinar-registration", 1), (12, "webinar-registration", 2)],
        {"two-distinct-signals", "two-registrations"},
    ),
    ("one colleague twice", [(20, "webinar-registration", 1), (12, "webinar-registration", 1)], set()),
    ("many plain visits", [(day + 8, "website-visit", 1) for day in range(5)], set()),
    ("nothing for a quarter", [(95, "pricing-page", 1)], {"reactivation"}),
]


@pytest.mark.parametrize(("seen", "met"), [life[1:] for life in LIVES], ids=[life[0] for life in LIVES])
def test_thresholds_speak_when_they_should(seen: list[tuple[float, str, int | None]], met: set[str]) -> None:
    facts = [
        TypeFacts(
            id=IDS[one["slug"]],
            slug=one["slug"],
            name=one["name"],
            kind=one["kind"],
            confidence=one["confidence"],
            recency_days=one["recency_days"],
            half_life_days=one["half_life_days"],
            points=one["points"],
            qualifying=one["qualifying"],
        )
        for one in TYPE_LIST
    ]
    read = {one["slug"]: condition.parse(one["condition"]) for one in THRESHOLD_LIST}
    catalogue = Catalogue(facts, conditions=read.values())
    points = {one["slug"]: one["points"] for one in TYPE_LIST}
    sightings = [
        Sighting(NOW - age * DAY, str(UUID(int=number)), 1, IDS[slug], contact, "", points[slug])
        for number, (age, slug, contact) in enumerate(seen, 1)
    ]
    state = RollingState.replay(sightings, catalogue)
    state.know_since(NOW - 400 * DAY)
    view = condition.View(state, catalogue, fit=60)
    assert {slug for slug, one in read.items() if one.is_met(view, NOW)} == met
