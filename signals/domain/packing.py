"""The bytes of an account's rolling state: what `signals.domain.sums` reads by columns and a worker in one go.

A dump is, in this order: 32 bytes of its own, 32 bytes a flow, eight bytes each of their days (so far all that
scores need), the flows' bases, and trails, topics and crowded as MessagePack.
"""

from __future__ import annotations

from math import isnan, nan
from struct import Struct, error

import msgspec

from signals.domain.flows import Flows
from signals.domain.trail import Trail

LAYOUT = 2
"""Number of the dump's layout; another one means: rebuild from the raw signals."""


class StateLayoutError(ValueError):
    """A dump of another layout, or none of ours: rebuild the account from its raw signals."""


_HEAD = Struct("<BxHIddd")
"""The first 32 bytes of a dump: layout, flows, bytes up to the bases, last signal, last touch, known since."""
HEAD = _HEAD.size
"""The fewest bytes of a dump."""


class _Tail(msgspec.Struct, array_like=True, gc=False):
    trails: dict[int, Trail]
    topics: dict[int, dict[str, Trail]]
    crowded: list[int]


Parts = tuple[
    float | None,
    float | None,
    float | None,
    Flows,
    dict[int, Trail],
    dict[int, dict[str, Trail]],
    list[int],
]
"""What a rolling state consists of: last signal, last touch, known since, flows, trails, topics, crowded."""


def pack(parts: Parts) -> bytes:
    """The parts as bytes; floats come back bit for bit."""
    signal_at, touch_at, known_since, sums, trails, topics, crowded = parts
    count = len(sums.rows)
    head = _HEAD.pack(
        LAYOUT,
        count,
        _HEAD.size + len(sums.heads) + len(sums.days),
        nan if signal_at is None else signal_at,
        nan if touch_at is None else touch_at,
        nan if known_since is None else known_since,
    )
    return b"".join(
        [head, sums.heads, sums.days, sums.bases, _ENCODER.encode(_Tail(trails, topics, crowded))]
    )


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
    sums, end = Flows.read(data, _HEAD.size, count, base_at)
    tail = _DECODER.decode(memoryview(data)[end:])
    return (
        None if isnan(signal_at) else signal_at,
        None if isnan(touch_at) else touch_at,
        None if isnan(known_since) else known_since,
        sums,
        tail.trails,
        tail.topics,
        tail.crowded,
    )


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Tail)
