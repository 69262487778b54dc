"""The signal types in force, as the engine needs them:

What a type is worth, how long it counts, which filters it passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

DAY = 86_400.0
"""Seconds in a day. Every day here is a UTC day, so none is longer or shorter."""

CAPACITY = 1
"""How many occurrences of a type are remembered at least, whatever the thresholds ask for.

Each costs 29 bytes of every state that is written. A threshold that asks for more has the states made anew from their
signals, once, as it comes into force.
"""

Need = tuple[int, int]
"""How many occurrences of a type a condition may have to count, and how many of its contacts to tell apart."""

Selection = tuple[tuple[int, float], ...]
"""Some types, each with its recency window in seconds."""

SELECTIONS_KEPT = 1_000
"""Filters whose types a catalogue remembers: it lives as long as its process where nobody changes it."""


def topic_key(topic: str) -> str:
    """How a topic is compared: `Sales  Engagement ` and `sales engagement` are one."""
    return " ".join(topic.casefold().split())


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One row of the catalogue. Days are days, points are before any weight, confidence is 0 to 1."""

    id: int
    slug: str
    name: str
    kind: str
    confidence: float
    recency_days: float
    half_life_days: float
    points: float
    qualifying: bool
    hand_raise: bool = False
    digital_response: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which signals a condition looks at. An empty field lets everything through; fields combine with *and*.

    `types` are slugs, `kinds` the kinds of the types, `topics` are compared by `topic_key`.
    """

    types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    qualifying: bool = False

    def lets_through(self, facts: TypeFacts) -> bool:
        """Whether signals of this type may pass; topics are looked at signal by signal."""
        return (
            (not self.types or facts.slug in self.types)
            and (not self.kinds or facts.kind in self.kinds)
            and (facts.qualifying or not self.qualifying)
        )


class Weighing(dict[int, dict[int, float]]):
    """Confidence times source weight by source and type, worked out once a source; an unknown source weighs 1."""

    def __init__(self, types: Iterable[TypeFacts], source_weights: Mapping[int, float]) -> None:
        super().__init__()
        self._types = tuple(types)
        self._source_weights = source_weights

    def __missing__(self, source_id: int) -> dict[int, float]:
        trust = self._source_weights.get(source_id, 1.0)
        found = self[source_id] = {facts.id: facts.confidence * trust for facts in self._types}
        return found


class Needs(Protocol):
    """What a catalogue asks of a live condition, so that the states remember enough for it."""

    def needs(self, catalogue: Catalogue) -> Mapping[int, Need]:
        """What must be remembered of each type for it, by the type's id."""

    def topics_named(self) -> frozenset[str]:
        """The topics it asks for, by `topic_key`."""


class Catalogue:
    """All signal types and source weights in force at one moment; build a new one when a row changes.

    `conditions` are the live thresholds' conditions: the states keep at least as many occurrences and contacts of
    a type as the largest `at_least` that counts it, and never drop a topic that one of them names. `needs` are those
    of the types of which more than the least is asked.
    """

    __slots__ = (
        "_by_id",
        "_recency",
        "_selections",
        "capacity",
        "half_lives",
        "needs",
        "source_weights",
        "topics",
        "weighing",
    )

    def __init__(
        self,
        types: Iterable[TypeFacts],
        *,
        source_weights: Mapping[int, float] | None = None,
        conditions: Iterable[Needs] = (),
        capacity: int = CAPACITY,
    ) -> None:
        live = tuple(conditions)
        self._by_id = {facts.id: facts for facts in sorted(types, key=lambda facts: facts.id)}
        self.half_lives = {facts.id: float(facts.half_life_days) for facts in self._by_id.values()}
        self._recency = {facts.id: facts.recency_days * DAY for facts in self._by_id.values()}
        self._selections: dict[int, tuple[Filter, Selection]] = {}
        self.source_weights = dict(source_weights or {})
        self.weighing = Weighing(self._by_id.values(), self.source_weights)
        self.capacity = capacity
        self.needs: dict[int, Need] = {}
        if capacity > CAPACITY:
            self.needs = dict.fromkeys(self._by_id, (capacity, 0))
        for condition in live:
            for type_id, (marks, room) in condition.needs(self).items():
                most_marks, most_room = self.need(type_id)
                self.needs[type_id] = (max(marks, most_marks), max(room, most_room))
        self.topics = frozenset[str]().union(*(condition.topics_named() for condition in live))

    def __iter__(self) -> Iterator[TypeFacts]:
        return iter(self._by_id.values())

    def by_id(self, type_id: int) -> TypeFacts | None:
        """The type of this id, or None."""
        return self._by_id.get(type_id)

    def half_life_days(self, type_id: int) -> float:
        """The type's half-life in days; KeyError for a type that this catalogue does not hold."""
        return self.half_lives[type_id]

    def need(self, type_id: int) -> Need:
        """How many occurrences and contacts of a type the states remember."""
        return self.needs.get(type_id) or (self.capacity, 0)

    @property
    def longest_half_life_days(self) -> float:
        """The longest half-life of all types: nothing decays more slowly."""
        return max(self.half_lives.values(), default=1.0)

    def weights(self, source_id: int) -> Mapping[int, float]:
        """Confidence times source weight of every type from this source; an unknown source weighs 1."""
        return self.weighing[source_id]

    def selection(self, wanted: Filter) -> Selection:
        """The types that the filter lets through, each with its recency window in seconds.

        Worked out once a filter, which is kept: by what it is, for its hash costs as much as a window looked at.
        """
        _, found = self._selections.get(id(wanted), (None, None))
        if found is None:
            found = tuple(
                (facts.id, self._recency[facts.id])
                for facts in self._by_id.values()
                if wanted.lets_through(facts)
            )
            if len(self._selections) >= SELECTIONS_KEPT:  # drafts and backtests bring filters of their own
                self._selections.clear()
            self._selections[id(wanted)] = wanted, found
        return found
