"""One account's rolling state: all that thresholds and scores need of its history, in a constant size.

Order-free: the same set of signals gives the same bytes of `dump()`, in whatever order and batches they
came and however late, as long as the catalogue is the same. Each signal must be recorded once; dropping
repeats is ingest's promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isnan, nan
from struct import Struct, error
from typing import Self, TypeVar

import msgspec

from signals.domain.catalogue import Catalogue, topic_key
from signals.domain.flow import Flow
from signals.domain.trail import NOBODY, Trail

LAYOUT = 2
"""Number of the dump's layout; another one means: rebuild from the raw signals."""

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


class StateLayoutError(ValueError):
    """A dump of another layout, or none of ours: rebuild the account from its raw signals."""


_HEAD = Struct("<BxHIddd")
"""The first 32 bytes of a dump: layout, flows, bytes up to the bases, last signal, last touch, known since."""
HEAD = _HEAD.size
"""The fewest bytes of a dump."""
_FLOW = Struct("<IIddiBxH")
"""A flow's 32 bytes: source, type, half-life, total, latest day, days kept apart, bytes of the base."""
_POWER = Struct("<i")
_DAY_SIZE = 8


class _Tail(msgspec.Struct, array_like=True, gc=False):
    trails: dict[int, Trail]
    topics: dict[int, dict[str, Trail]]
    crowded: list[int]


class RollingState(msgspec.Struct, gc=False):
    """The state of one account. Made by `RollingState()`, `load` or `replay`; times are epoch seconds, UTC.

    `flows` are the decayed points per source and type, `trails` the latest occurrences per type, `topics`
    the same per type and topic. Keys are kept sorted, so equal states have equal bytes.

    A dump is, in this order: 32 bytes of its own, 32 bytes a flow, eight bytes each of their days (so far all that
    scores need, `signals.domain.sums`), the flows' bases, and trails, topics and crowded as MessagePack.
    """

    last_signal_at: float | None = None
    last_touch_at: float | None = None
    known_since: float | None = None
    flows: dict[int, dict[int, Flow]] = msgspec.field(default_factory=dict)
    trails: dict[int, Trail] = msgspec.field(default_factory=dict)
    topics: dict[int, dict[str, Trail]] = msgspec.field(default_factory=dict)
    crowded: list[int] = msgspec.field(default_factory=list)

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
        by_type = self.flows.get(sighting.source_id)
        if by_type is None:
            by_type = _put(self.flows, sighting.source_id, {})
        flow = by_type.get(type_id)
        if flow is None:
            flow = _put(by_type, type_id, Flow(half_life))
        flow.add(at, sighting.points)
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
        half_lives = catalogue.half_lives
        for by_type in self.flows.values():
            for type_id, flow in by_type.items():
                if half_lives.get(type_id, flow.half_life) != flow.half_life:
                    return True
        for type_id, trail in self._every_trail() if self.topics else self.trails.items():
            if trail.has_forgotten and trail.is_too_small(*catalogue.need(type_id)):
                return True
        return any(catalogue.topics - self.topics.get(type_id, {}).keys() for type_id in self.crowded)

    def fit(self, catalogue: Catalogue) -> None:
        """Forget what no threshold asks for any more, so that it equals a state made under this catalogue."""
        for type_id, trail in self._every_trail():
            trail.fit(*catalogue.need(type_id))

    def dump(self) -> bytes:
        """The state as bytes; floats come back bit for bit."""
        records, days, bases = [b""], [], []
        for source_id, by_type in self.flows.items():
            for type_id, flow in by_type.items():
                base, packed = flow.base, flow.packed
                total = flow.total if flow.total >= 0 else flow.settle()
                records.append(
                    _FLOW.pack(
                        source_id,
                        type_id,
                        flow.half_life,
                        total,
                        flow.latest,
                        len(packed) // _DAY_SIZE,
                        len(base),
                    )
                )
                days.append(packed)
                if base:
                    bases.append(_POWER.pack(flow.power) + base)
        count = len(records) - 1
        records += days
        size = _HEAD.size + sum(map(len, records))
        records[0] = _HEAD.pack(
            LAYOUT,
            count,
            size,
            _told(self.last_signal_at),
            _told(self.last_touch_at),
            _told(self.known_since),
        )
        return b"".join([*records, *bases, _ENCODER.encode(_Tail(self.trails, self.topics, self.crowded))])

    @classmethod
    def load(cls, data: bytes | memoryview) -> RollingState:
        """The state of a dump; of no bytes, an empty one. StateLayoutError for anything else."""
        if not data:
            return cls()
        whole = bytes(data)
        if whole[0] != LAYOUT:
            raise StateLayoutError(f"The state has layout {whole[0]}; this program reads layout {LAYOUT}.")
        try:
            return cls._loaded(whole)
        except (msgspec.MsgspecError, error, IndexError) as wrong:
            raise StateLayoutError(f"These bytes are no rolling state: {wrong}") from wrong

    @classmethod
    def read(cls, data: bytes | memoryview | None) -> RollingState:
        """The same for one who only looks: bytes of another layout say nothing, until the state is made anew."""
        try:
            return cls.load(data or b"")
        except StateLayoutError:
            return cls()

    @classmethod
    def _loaded(cls, data: bytes) -> RollingState:
        _, count, base_at, signal_at, touch_at, known_since = _HEAD.unpack_from(data)
        day_at = _HEAD.size + count * _FLOW.size
        flows: dict[int, dict[int, Flow]] = {}
        for source_id, type_id, half_life, total, latest, kept, long in _FLOW.iter_unpack(
            data[_HEAD.size : day_at]
        ):
            next_day = day_at + kept * _DAY_SIZE
            base, power = b"", 0
            if long:
                (power,) = _POWER.unpack_from(data, base_at)
                base = data[base_at + _POWER.size : base_at + _POWER.size + long]
                base_at += _POWER.size + long
            flow = Flow(half_life, base, power, latest, data[day_at:next_day], total)
            day_at = next_day
            by_type = flows.get(source_id)
            if by_type is None:
                flows[source_id] = {type_id: flow}
            else:
                by_type[type_id] = flow
        tail = _DECODER.decode(memoryview(data)[base_at:])
        return cls(
            None if isnan(signal_at) else signal_at,
            None if isnan(touch_at) else touch_at,
            None if isnan(known_since) else known_since,
            flows,
            tail.trails,
            tail.topics,
            tail.crowded,
        )

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


def _told(at: float | None) -> float:
    return nan if at is None else at


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


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Tail)
