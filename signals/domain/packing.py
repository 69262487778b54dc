"""The bytes of an account's rolling state: what `signals.domain.sums` reads by columns and a worker in one go.

A dump is, in this order: 32 bytes of its own, 32 bytes a flow, eight bytes each of their days (so far all that
scores need), the flows' bases, and trails, topics and crowded as MessagePack.
"""

from __future__ import annotations

from math import isnan, nan
from struct import Struct, error
from typing import NamedTuple

import msgspec

from signals.domain.flow import Flow
from signals.domain.trail import Trail

LAYOUT = 2
"""Number of the dump's layout; another one means: rebuild from the raw signals."""


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


class Parts(NamedTuple):
    """What a rolling state consists of, in the order of its fields."""

    last_signal_at: float | None
    last_touch_at: float | None
    known_since: float | None
    flows: dict[int, dict[int, Flow]]
    trails: dict[int, Trail]
    topics: dict[int, dict[str, Trail]]
    crowded: list[int]


def pack(state: Parts) -> bytes:
    """The parts as bytes; floats come back bit for bit."""
    records, days, bases = [b""], [], []
    for source_id, by_type in state.flows.items():
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
        _told(state.last_signal_at),
        _told(state.last_touch_at),
        _told(state.known_since),
    )
    return b"".join([*records, *bases, _ENCODER.encode(_Tail(state.trails, state.topics, state.crowded))])


def unpack(data: bytes) -> Parts:
    """The parts of a dump; StateLayoutError for bytes that are none of this layout."""
    if data[0] != LAYOUT:
        raise StateLayoutError(f"The state has layout {data[0]}; this program reads layout {LAYOUT}.")
    try:
        return _unpacked(data)
    except (msgspec.MsgspecError, error, IndexError) as wrong:
        raise StateLayoutError(f"These bytes are no rolling state: {wrong}") from wrong


def _unpacked(data: bytes) -> Parts:
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
    return Parts(
        None if isnan(signal_at) else signal_at,
        None if isnan(touch_at) else touch_at,
        None if isnan(known_since) else known_since,
        flows,
        tail.trails,
        tail.topics,
        tail.crowded,
    )


def _told(at: float | None) -> float:
    return nan if at is None else at


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Tail)
