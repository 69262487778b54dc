"""All flows of an account as the bytes they are stored in: one is unpacked when a signal is added to it.

With a signal one flow of twenty changes, and the others are only passed on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter
from struct import Struct

import msgspec

from signals.domain.flow import Flow

Row = tuple[int, int, float, float, int, int, int]
"""A flow without its days and base: source, type, half-life, total, latest day, days kept apart, bytes of the base."""

Opened = tuple[Flow, int, int, int, int, int, int]
"""A flow and where it is to be written to: from and to, in the rows, in the days, in the bases."""

_ROW = Struct("<IIddiBxH")
_ROW_SIZE = _ROW.size
_KEPT_AT = 28
"""Where in a row's bytes the one is that counts the days kept apart."""
_LONG = itemgetter(6)
_DAY_SIZE = 8
_POWER = Struct("<i")


class Flows(msgspec.Struct, gc=False, eq=False):
    """The flows in the order of source and type.

    `heads` are their rows as bytes, `days` the days they keep apart, `bases` those of the bases that are not zero, each
    after its power. `known` are the rows, `longs` how long their bases are. What is in `opened` was added to since the
    last look and is written back before the next one.
    """

    heads: bytes
    days: bytes
    bases: bytes
    known: list[Row]
    longs: list[int]
    opened: dict[tuple[int, int], Opened]

    @classmethod
    def none(cls) -> Flows:
        """No flows yet."""
        return cls(b"", b"", b"", [], [], {})

    @classmethod
    def read(cls, data: bytes, start: int, count: int, base_at: int) -> tuple[Flows, int]:
        """So many flows whose rows begin at `start` and whose bases at `base_at`, and where they end."""
        day_at = start + count * _ROW_SIZE
        heads = data[start:day_at]
        rows = list(_ROW.iter_unpack(heads))
        longs = list(map(_LONG, rows))
        end = base_at + _base_bytes(longs)
        return cls(heads, data[day_at:base_at], data[base_at:end], rows, longs, {}), end

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flows):
            return NotImplemented
        return self.rows == other.rows and self.days == other.days and self.bases == other.bases

    @property
    def rows(self) -> list[Row]:
        """Each flow without its days and base."""
        if self.opened:
            # From the last to the first: what is written moves only what lies behind it.
            for key, opened in sorted(self.opened.items(), reverse=True):
                self._write(key, opened)
            self.opened = {}
        return self.known

    def add(self, source_id: int, type_id: int, half_life: float, at: float, points: float) -> None:
        """Add one signal's points to a flow; a new one is summed with that half-life."""
        key = source_id, type_id
        opened = self.opened.get(key)
        if opened is None:
            known = self.known
            place = bisect_left(known, key)
            if place < len(known) and known[place][:2] == key:
                opened = self._open(place)
            else:
                day_at, base_at = self._starts(place)
                opened = Flow(half_life), place, place, day_at, day_at, base_at, base_at
            self.opened[key] = opened
        opened[0].add(at, points)

    def points_at(self, place: int, at: float) -> float:
        """`Flow.points_at` of the flow at that place of `rows`."""
        return self._open(place)[0].points_at(at)

    def __iter__(self) -> Iterator[tuple[int, int, Flow]]:
        """Each flow with its source and type, unpacked: what is done to it does not change these flows."""
        for place, row in enumerate(self.rows):
            yield row[0], row[1], self._open(place)[0]

    def _open(self, place: int) -> Opened:
        _, _, half_life, total, latest, kept, long = self.known[place]
        day_at, base_at = self._starts(place)
        day_end, base_end, base, power = day_at + kept * _DAY_SIZE, base_at, b"", 0
        if long:
            (power,) = _POWER.unpack_from(self.bases, base_at)
            base_end += _POWER.size + long
            base = self.bases[base_at + _POWER.size : base_end]
        flow = Flow(half_life, base, power, latest, self.days[day_at:day_end], total)
        return flow, place, place + 1, day_at, day_end, base_at, base_end

    def _write(self, key: tuple[int, int], opened: Opened) -> None:
        flow, place, after, day_at, day_end, base_at, base_end = opened
        packed, base = flow.packed, flow.base
        row = (*key, flow.half_life, flow.settle(), flow.latest, len(packed) // _DAY_SIZE, len(base))
        self.known[place:after] = [row]
        self.longs[place:after] = [len(base)]
        self.heads = self.heads[: place * _ROW_SIZE] + _ROW.pack(*row) + self.heads[after * _ROW_SIZE :]
        self.days = self.days[:day_at] + packed + self.days[day_end:]
        if base:
            base = _POWER.pack(flow.power) + base
        self.bases = self.bases[:base_at] + base + self.bases[base_end:]

    def _starts(self, place: int) -> tuple[int, int]:
        """Where the days and the base of the flow at a place begin."""
        kept = self.heads[_KEPT_AT : place * _ROW_SIZE : _ROW_SIZE]
        return sum(kept) * _DAY_SIZE, _base_bytes(self.longs[:place])


def _base_bytes(longs: list[int]) -> int:
    """The bytes of bases that are so long, with their powers; an empty one has none."""
    return sum(longs) + _POWER.size * (len(longs) - longs.count(0))
