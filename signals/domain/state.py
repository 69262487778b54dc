"""One account's rolling state: all that thresholds and scores need of its history, in a constant size.

Order-free: the same set of signals gives the same bytes of `dump()`, in whatever order and batches they
came and however late, as long as the catalogue is the same. Each signal must be recorded once; dropping
repeats is ingest's promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self, TypeVar

import msgspec

from signals.domain.catalogue import Catalogue, topic_key
from signals.domain.flow import Flow
from signals.domain.flows import Flows
from signals.domain.packing import StateLayoutError, pack, unpack
from signals.domain.trail import NOBODY, Trail

TOPICS_KEPT = 16
"""Topics remembered a type, beside those that a threshold names."""

TICK = 1e-6
"""The smallest step of the clock that a stored time can show, in seconds."""

K = TypeVar("K", int, str)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the state needs to know of one signal.

    `at` is `Signal.occurred_at.timestamp()`, `signal_id` a UUID as text, `points` are scaled by the
    source's own strength but not weighted by confidence or source weight.
    """

    at: float
    signal_id: str
    source_id: int
    type_id: int
    contact_id: int | None
    topic: str
    points: float


class RollingState(msgspec.Struct, gc=False):
    """The state of one account. Made by `RollingState()`, `load` or `replay`; times are epoch seconds, UTC.

    `sums` are the decayed points per source and type, `trails` the latest occurrences per type, `topics`
    the same per type and topic. Keys are kept sorted, so equal states have equal bytes.
    """

    last_signal_at: float | None = None
    last_touch_at: float | None = None
    known_since: float | None = None
    sums: Flows = msgspec.field(default_factory=Flows.none)
    trails: dict[int, Trail] = msgspec.field(default_factory=dict)
    topics: dict[int, dict[str, Trail]] = msgspec.field(default_factory=dict)
    crowded: list[int] = msgspec.field(default_factory=list)

    @property
    def flows(self) -> dict[int, dict[int, Flow]]:
        """The flows by source and type, to be looked at."""
        found: dict[int, dict[int, Flow]] = {}
        for source_id, type_id, flow in self.sums:
            found.setdefault(source_id, {})[type_id] = flow
        return found

    def record(self, sighting: Sighting, catalogue: Catalogue) -> None:
        """Take in one signal, in constant time.

        KeyError where the catalogue does not hold its type, ValueError where its id is no UUID; nothing
        changes then.
        """
        at, type_id = float(sighting.at), sighting.type_id
        half_life = catalogue.half_life_days(type_id)
        mark = (at, pack_id(sighting.signal_id), sighting.contact_id or NOBODY)
        if self.last_signal_at is None or at > self.last_signal_at:
            self.last_signal_at = at
        self.sums.add(sighting.source_id, type_id, half_life, at, sighting.points)
        trail = self.trails.get(type_id)
        if trail is None:
            trail = _put(self.trails, type_id, Trail())
        marks, room = catalogue.need(type_id)
        trail.add(mark, marks, room)
        if sighting.topic and (topic := topic_key(sighting.topic)):
            self._topic_trail(type_id, topic).add(mark, marks, room)
            self._drop_topics(type_id, catalogue)

    def record_all(self, sightings: Iterable[Sighting], catalogue: Catalogue) -> None:
        """Take in many signals, in any order."""
        for sighting in sightings:
            self.record(sighting, catalogue)

    def touch(self, at: float) -> None:
        """A touch happened; the latest counts."""
        if self.last_touch_at is None or at > self.last_touch_at:
            self.last_touch_at = float(at)

    def know_since(self, at: float) -> None:
        """The account is known since then; the earliest counts."""
        if self.known_since is None or at < self.known_since:
            self.known_since = float(at)

    def settled(self, now: float) -> float:
        """The moment to evaluate at: `now`, but after the last signal even where its clock is ahead of ours.

        Windows end before `now`, so a signal at `now` itself would not count, and nobody would look again.
        """
        return now if self.last_signal_at is None else max(now, self.last_signal_at + TICK)

    def is_stale(self, catalogue: Catalogue) -> bool:
        """Whether the catalogue has changed so that this state must be rebuilt from raw signals to be exact.

        True when a half-life is another than the one summed with, when a threshold wants more occurrences
        than were kept, or when it names a topic that may have been dropped. Weights and confidences never
        make a state stale.
        """
        half_lives, trails, topics = catalogue.half_lives, self.trails, self.topics
        for _, type_id, half_life, _, _, _, _ in self.sums.rows:
            if half_lives.get(type_id, half_life) != half_life:
                return True
        for type_id, (marks, room) in catalogue.needs.items():
            trail = trails.get(type_id)
            if trail is not None and trail.is_too_small(marks, room):
                return True
            if type_id in topics:
                for trail in topics[type_id].values():
                    if trail.is_too_small(marks, room):
                        return True
        return any(catalogue.topics - topics.get(type_id, {}).keys() for type_id in self.crowded)

    def fit(self, catalogue: Catalogue) -> None:
        """Forget what no threshold asks for any more, so that it equals a state made under this catalogue."""
        for type_id, trail in self._every_trail():
            trail.fit(*catalogue.need(type_id))

    def dump(self) -> bytes:
        """The state as bytes (`signals.domain.packing`); floats come back bit for bit."""
        return pack(msgspec.structs.astuple(self))

    @classmethod
    def load(cls, data: bytes | memoryview) -> RollingState:
        """The state of a dump; of no bytes, an empty one. StateLayoutError for anything else."""
        return cls(*unpack(bytes(data))) if data else cls()

    @classmethod
    def read(cls, data: bytes | memoryview | None) -> RollingState:
        """The same for one who only looks: bytes of another layout say nothing, until the state is made anew."""
        try:
            return cls.load(data or b"")
        except StateLayoutError:
            return cls()

    @classmethod
    def replay(cls, sightings: Iterable[Sighting], catalogue: Catalogue) -> Self:
        """The state of an account from its raw signals; touches and the known-since date are to be added."""
        state = cls()
        state.record_all(sightings, catalogue)
        return state

    def _every_trail(self) -> Iterator[tuple[int, Trail]]:
        yield from self.trails.items()
        for type_id, by_topic in self.topics.items():
            for trail in by_topic.values():
                yield type_id, trail

    def _topic_trail(self, type_id: int, topic: str) -> Trail:
        by_topic = self.topics.get(type_id)
        if by_topic is None:
            by_topic = _put(self.topics, type_id, {})
        trail = by_topic.get(topic)
        return trail if trail is not None else _put(by_topic, topic, Trail())

    def _drop_topics(self, type_id: int, catalogue: Catalogue) -> None:
        """Keep the topics a threshold names, and of the others the first by the alphabet, whatever came first."""
        by_topic = self.topics[type_id]
        if len(by_topic) <= TOPICS_KEPT:
            return
        loose = [topic for topic in by_topic if topic not in catalogue.topics]
        for topic in loose[TOPICS_KEPT:]:
            del by_topic[topic]
        if len(loose) > TOPICS_KEPT and type_id not in self.crowded:
            self.crowded = sorted([*self.crowded, type_id])


def pack_id(signal_id: str) -> bytes:
    """The 16 bytes of a UUID as text; ValueError for any other text."""
    packed = bytes.fromhex(signal_id.replace("-", ""))
    if len(packed) != 16:
        raise ValueError(f"“{signal_id}” is no UUID.")
    return packed


def unpack_id(packed: bytes) -> str:
    """The UUID as text, lower case with hyphens."""
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _put(mapping: dict[K, V], key: K, value: V) -> V:
    """Insert a new key in its sorted place."""
    in_order = not mapping or key > next(reversed(mapping))
    mapping[key] = value
    if not in_order:
        items = sorted(mapping.items(), key=lambda item: item[0])
        mapping.clear()
        mapping.update(items)
    return value
