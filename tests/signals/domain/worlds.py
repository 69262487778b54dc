"""Accounts, signals and conditions for hypothesis, and the same account for the engine and for the brute force."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.condition import Condition, View
from signals.domain.score import Scoring
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY, Kind, Raw, World

NOW = 1_795_323_600.0  # 2026-11-22 05:00:00 UTC
MICROSECOND = 1e-6

KINDS = (
    Kind("pricing", "first_party", True, 0.9, 30, 14),
    Kind("visit", "first_party", False, 0.5, 14, 7),
    Kind("surge", "third_party", True, 0.6, 21, 10.5),
    Kind("trial", "product", True, 1.0, 90, 30),
    Kind("rumour", "community", False, 0.3, 5, 1),
)
TYPE_IDS = {kind.slug: number for number, kind in enumerate(KINDS, 11)}
WEIGHTS = {1: 1.0, 2: 0.7, 3: 1.6}
TOPICS = ("", "crm", "sales tech", "abm")
DAYS = (1, 2, 5, 7, 14, 21, 30, 60)

facts = [
    TypeFacts(
        id=TYPE_IDS[kind.slug],
        slug=kind.slug,
        name=kind.slug.title(),
        kind=kind.kind,
        confidence=kind.confidence,
        recency_days=kind.recency_days,
        half_life_days=kind.half_life_days,
        points=10,
        qualifying=kind.qualifying,
    )
    for kind in KINDS
]


def ages() -> st.SearchStrategy[float]:
    """How long before now, in seconds: over two years, dense lately, and on both sides of every window's edge."""
    edges = st.builds(
        lambda days, step: days * DAY + step,
        st.sampled_from((*DAYS, 90, 365)),
        st.sampled_from((-1.0, -MICROSECOND, 0.0, MICROSECOND, 1.0)),
    )
    whole = st.integers(1, 70 * DAY).map(float)
    return st.one_of(edges, whole, st.integers(1, 700 * DAY).map(float))


@st.composite
def histories(draw: st.DrawFn, most: int = 40) -> list[Raw]:
    """Raw signals of one account, each with an id of its own; several may share a moment.

    Some accounts have few types and a crowded week, so that much has to be forgotten; others a long life.
    """
    busy = draw(st.booleans())
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(1, 6 * DAY).map(float) if busy else ages(),
                st.sampled_from((1, 2) if busy else sorted(WEIGHTS)),
                st.sampled_from([kind.slug for kind in KINDS[: 2 if busy else len(KINDS)]]),
                st.sampled_from((None, 1, 1, 1, 2, 3) if busy else (None, 1, 2, 3, 4)),
                st.sampled_from(TOPICS[:2] if busy else TOPICS),
                st.sampled_from((0.0, 0.25, 5.0, 10.0, 33.3)),
            ),
            min_size=draw(st.sampled_from((0, 10))),
            max_size=most,
        )
    )
    order = draw(st.permutations(range(len(rows))))
    return [
        Raw(NOW - age, str(UUID(int=number + 1)), source, slug, contact, topic, points)
        for number, (age, source, slug, contact, topic, points) in zip(order, rows, strict=True)
    ]


@st.composite
def worlds(draw: st.DrawFn, most: int = 40) -> World:
    """An account with a history, touches, a date since when it is known, and a fit."""
    return World(
        kinds={kind.slug: kind for kind in KINDS},
        weights=WEIGHTS,
        signals=draw(histories(most)),
        touches=[NOW - age for age in draw(st.lists(ages(), max_size=3))],
        known_since=draw(st.one_of(st.none(), ages().map(lambda age: NOW - age))),
        fit=draw(st.sampled_from((0.0, 50.0, 81.0, 100.0))),
    )


def _counting(key: str) -> st.SearchStrategy[dict[str, Any]]:
    slugs = st.lists(st.sampled_from([kind.slug for kind in KINDS]), min_size=1, max_size=3, unique=True)
    kinds = st.lists(
        st.sampled_from(sorted({kind.kind for kind in KINDS})), min_size=1, max_size=2, unique=True
    )
    topics = st.lists(st.sampled_from(TOPICS[1:]), min_size=1, max_size=2, unique=True)
    body = st.fixed_dictionaries(
        {"at_least": st.integers(1, 4), "days": st.sampled_from(DAYS)},
        optional={"types": slugs, "kinds": kinds, "topics": topics, "qualifying": st.just(True)},
    ).map(_possible if key == "distinct_types" else dict)
    return body.map(lambda filled: {key: filled})


def _possible(body: dict[str, Any]) -> dict[str, Any]:
    """As many types at most as are named; more would be refused."""
    return {**body, "at_least": min(body["at_least"], len(body.get("types", KINDS)))}


COUNTING = ("count", "distinct_types", "distinct_contacts", "distinct_signals")


def counting() -> st.SearchStrategy[dict[str, Any]]:
    """One condition that counts signals."""
    return st.one_of(*[_counting(key) for key in COUNTING])


def clocked() -> st.SearchStrategy[dict[str, Any]]:
    """One fact that time alone can turn true."""
    rises = st.builds(
        lambda x, days: {"score_rise": {"at_least": x, "days": days}},
        st.sampled_from((0.5, 3, 10, 20)),
        st.integers(1, 14),
    )
    return st.one_of(rises, st.sampled_from((*DAYS, 90)).map(lambda days: {"dormant": {"days": days}}))


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    """One fact of any sort."""
    level = st.sampled_from((1, 5, 12.5, 30, 50, 61.7, 80))
    levels = st.builds(
        lambda key, x: {key: {"at_least": x}}, st.sampled_from(("intent", "fit", "score")), level
    )
    return st.one_of(counting(), levels, clocked())


def trees(of: st.SearchStrategy[dict[str, Any]] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Facts, and all/any of them, at most four deep."""
    base = of if of is not None else leaves()

    def joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(parts, min_size=1, max_size=3)
        return st.builds(lambda key, chosen: {key: chosen}, st.sampled_from(("all", "any")), several)

    inner = st.one_of(base, joined(base))
    return st.one_of(base, joined(base), joined(inner))


def catalogue_for(*conditions: Condition, capacity: int = 1) -> Catalogue:
    """A catalogue that remembers no more than the conditions need, so that forgetting is tested too."""
    return Catalogue(facts, source_weights=WEIGHTS, conditions=conditions, capacity=capacity)


def sighting(raw: Raw) -> Sighting:
    """A raw signal as the engine is told of it."""
    return Sighting(raw.at, raw.id, raw.source, TYPE_IDS[raw.type], raw.contact, raw.topic, raw.points)


def state_of(world: World, catalogue: Catalogue) -> RollingState:
    """The engine's state of the same account."""
    state = RollingState.replay(map(sighting, world.signals), catalogue)
    for at in world.touches:
        state.touch(at)
    if world.known_since is not None:
        state.know_since(world.known_since)
    return state


def view_of(world: World, catalogue: Catalogue) -> View:
    """The engine's view of the same account."""
    scoring = Scoring(world.k, world.w_fit, world.w_intent)
    return View(state_of(world, catalogue), catalogue, fit=world.fit, scoring=scoring)
