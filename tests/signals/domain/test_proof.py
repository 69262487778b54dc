"""What a crossing needed of its evidence: enough to be true, and no signal too many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given

from signals.domain.condition import View, parse
from signals.domain.proof import proof
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY, World
from tests.signals.domain.test_condition import NAMES
from tests.signals.domain.worlds import (
    NOW,
    TYPE_IDS,
    catalogue_for,
    counting,
    facts,
    sighting,
    trees,
    view_of,
    worlds,
)

Seen = tuple[float, str, int | None]


def sightings(*seen: Seen) -> list[Sighting]:
    return [
        Sighting(NOW - age * DAY, str(UUID(int=number)), 1, TYPE_IDS[slug], contact, "", 10.0)
        for number, (age, slug, contact) in enumerate(seen, 1)
    ]


VISITS = {"count": {"types": ["pricing"], "at_least": 2, "days": 14}}
TWO = {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}}
RULE = "each of another type or from another contact"
FIT = {"fit": {"at_least": 50}}


@pytest.mark.parametrize(
    ("document", "seen", "needed", "independent", "facts_told", "unseen"),
    [
        pytest.param(
            VISITS, [(1, "pricing", 1), (2, "pricing", 1), (3, "pricing", 1)], {1, 2}, set(),
            ["There are at least 2 “Pricing page” signals within 14 days."], [], id="the newest two of three",
        ),
        pytest.param(
            TWO, [(1, "pricing", 1), (2, "pricing", 1), (3, "trial", 1)], {1, 3}, {1, 3},
            [f"There are at least 2 independent qualifying signals ({RULE}) within 30 days."], [], id="one of each",
        ),
        pytest.param(
            {"any": [TWO, VISITS]}, [(1, "pricing", 1), (2, "pricing", 1)], {1, 2}, set(),
            ["There are at least 2 “Pricing page” signals within 14 days."], [], id="of any, what was proven",
        ),
        pytest.param(
            {"all": [VISITS, FIT]}, [(1, "pricing", 1), (2, "pricing", 1)], {1, 2}, set(),
            ["There are at least 2 “Pricing page” signals within 14 days."], ["The fit score is at least 50."],
            id="a level needs no signal",
        ),
        pytest.param(FIT, [], set(), set(), [], ["The fit score is at least 50."], id="no signal at all"),
        pytest.param(VISITS, [(1, "pricing", 1)], set(), set(), [], [], id="what is gone proves nothing"),
    ],
)  # fmt: skip
def test_what_it_took(
    document: dict[str, Any],
    seen: list[Seen],
    needed: set[int],
    independent: set[int],
    facts_told: list[str],
    unseen: list[str],
) -> None:
    found = proof(parse(document), sightings(*seen), facts, NOW, NAMES)
    assert {UUID(pk).int for pk in found.needed} == needed
    assert {UUID(pk).int for pk in found.independent} == independent
    assert list(found.facts) == facts_told
    assert list(found.unseen) == unseen


@given(worlds(), trees(counting()))
def test_what_was_needed_proves_it_and_nothing_less_does(world: World, document: dict[str, Any]) -> None:
    read = parse(document)
    seen = view_of(world, catalogue_for(read))
    now = seen.state.settled(NOW)
    ids = set(read.evidence(seen, now))
    assume(ids)
    evidence = [sighting(raw) for raw in world.signals if raw.id in ids]
    found = proof(read, evidence, facts, now)
    assert found.needed <= ids
    assert found.independent <= found.needed
    kept = [one for one in evidence if one.signal_id in found.needed]
    catalogue = catalogue_for(read)
    assert read.is_met(View(RollingState.replay(kept, catalogue), catalogue), now)


@given(worlds(), counting())
def test_of_one_fact_no_signal_too_many_is_needed(world: World, document: dict[str, Any]) -> None:
    read = parse(document)
    seen = view_of(world, catalogue_for(read))
    now = seen.state.settled(NOW)
    ids = set(read.evidence(seen, now))
    evidence = [sighting(raw) for raw in world.signals if raw.id in ids]
    [body] = document.values()
    assert len(proof(read, evidence, facts, now).needed) == (body["at_least"] if ids else 0)
