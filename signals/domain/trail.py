"""The latest occurrences of one signal type on one account:

Enough to count, to tell people apart, and to show evidence.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from struct import Struct

import msgspec

Mark = tuple[float, bytes, int]
"""One occurrence:

Epoch seconds, the signal's 16 id bytes, the contact (0: nobody known). Ordered, so ties break by id.
"""

NOBODY = 0

_MARK = Struct("<d16sIB")
"""A mark as bytes: the contact's lower 32 bits and the 8 above them."""
_AT = Struct("<d")
SIZE = _MARK.size


class Trail(msgspec.Struct, array_like=True, gc=False):
    """The last `capacity` occurrences, and the latest of each of the contacts seen last, as bytes.

    A state is read and written with every signal, and most of its trails are only passed on: so they stay bytes, 29 an
    occurrence, and a condition reads those it looks at. `marks` are the occurrences, oldest first. `others` are the
    latest of known contacts who are not among them, all older than they are, so that with them `room` known contacts
    are remembered, those seen last. Who is not known needs no place there: he counts only where no known contact is in
    the window, and then his latest is the newest of all. Both are the top of a set by `Mark` order, hence the same in
    whatever order the signals came. `has_forgotten` says that an occurrence has left, so that only the raw signals
    could fill a larger trail.
    """

    capacity: int = 1
    room: int = 0
    has_forgotten: bool = False
    marks: bytes = b""
    others: bytes = b""

    @property
    def recent(self) -> list[Mark]:
        """The last occurrences, oldest first."""
        return _unpacked(self.marks)

    @property
    def people(self) -> list[Mark]:
        """The latest occurrence of each contact that is remembered, oldest first."""
        return _latest_by_contact([*_unpacked(self.others), *_unpacked(self.marks)])

    @property
    def last_at(self) -> float:
        """When the newest occurrence was."""
        at: float = _AT.unpack_from(self.marks, len(self.marks) - SIZE)[0]
        return at

    def add(self, mark: Mark, capacity: int, room: int = 0) -> None:
        """Take in one occurrence, for conditions that ask for so many occurrences and contacts; the oldest leaves where
        the trail is full. More than before is remembered only as long as nothing has been forgotten.
        """
        if (capacity, room) != (self.capacity, self.room):
            self.fit(capacity, room)
        marks = self.marks
        is_full = len(marks) >= capacity * SIZE
        if (not marks or mark[0] > self.last_at) and not (is_full and room):
            self.marks = (marks[SIZE:] if is_full else marks) + _packed((mark,))
            self.has_forgotten |= is_full
            return
        recent = _unpacked(marks)
        insort(recent, mark)
        self._keep(recent)

    def fit(self, capacity: int, room: int) -> None:
        """Remember as much as is asked for, as far as it is known still."""
        if self.has_forgotten:
            capacity, room = min(capacity, self.capacity), min(room, self.room)
        if (capacity, room) != (self.capacity, self.room):
            self.capacity, self.room = capacity, room
            self._keep(_unpacked(self.marks))

    def is_too_small(self, capacity: int, room: int) -> bool:
        """Whether more is asked for than is known, so that it must be filled from the raw signals."""
        return self.has_forgotten and (self.capacity < capacity or self.room < room)

    def count(self, start: float, end: float) -> int:
        """Occurrences in [start, end), at most the capacity."""
        marks, found = self.marks, 0
        for offset in range(len(marks) - SIZE, -1, -SIZE):
            at = _AT.unpack_from(marks, offset)[0]
            if at < start:
                break
            if at < end:
                found += 1
        return found

    def occurrences(self, start: float, end: float) -> Iterator[Mark]:
        """Remembered occurrences in [start, end), newest first."""
        return _between(self.marks, start, end)

    def latest(self, start: float, end: float) -> Mark | None:
        """The newest occurrence in [start, end)."""
        return next(_between(self.marks, start, end), None)

    def meetings(self, start: float, end: float) -> Iterator[Mark]:
        """Occurrences in [start, end), newest first, with the latest of each contact seen in it among them.

        Exact for every window that ends at or after the last occurrence: there a contact's latest tells
        whether the contact is in the window at all.
        """
        yield from _between(self.marks, start, end)
        if self.others:
            yield from _between(self.others, start, end)

    def contacts(self, start: float, end: float) -> set[int]:
        """Whom the `meetings` are with."""
        found = set()
        for marks in (self.marks, self.others):
            for offset in range(len(marks) - SIZE, -1, -SIZE):
                at, _, low, high = _MARK.unpack_from(marks, offset)
                if at < start:
                    break
                if at < end:
                    found.add(low | high << 32)
        return found

    def _keep(self, recent: list[Mark]) -> None:
        """Let the oldest leave; who is seen in them and not since goes to the others."""
        if len(recent) > self.capacity:
            gone = recent[: -self.capacity]
            del recent[: -self.capacity]
            self.has_forgotten = True
            self._meet(gone, recent)
        elif self.others:
            self._meet((), recent)
        self.marks = _packed(recent)

    def _meet(self, gone: Iterable[Mark], recent: list[Mark]) -> None:
        if not self.room:
            self.others = b""
            return
        seen = {NOBODY, *[mark[2] for mark in recent]}
        left = [mark for mark in (*_unpacked(self.others), *gone) if mark[2] not in seen]
        if len(left) > 1:
            left = _latest_by_contact(left)
        places = self.room + 1 - len(seen)
        self.others = _packed(left[-places:]) if left and places > 0 else b""


def _packed(marks: Iterable[Mark]) -> bytes:
    return b"".join(
        [_MARK.pack(at, packed, contact & 0xFFFFFFFF, contact >> 32) for at, packed, contact in marks]
    )


def _unpacked(marks: bytes) -> list[Mark]:
    return [(at, packed, low | high << 32) for at, packed, low, high in _MARK.iter_unpack(marks)]


def _between(marks: bytes, start: float, end: float) -> Iterator[Mark]:
    for offset in range(len(marks) - SIZE, -1, -SIZE):
        at, packed, low, high = _MARK.unpack_from(marks, offset)
        if at < start:
            return
        if at < end:
            yield at, packed, low | high << 32


def _latest_by_contact(marks: Iterable[Mark]) -> list[Mark]:
    latest: dict[int, Mark] = {}
    for mark in sorted(marks):
        latest[mark[2]] = mark
    return sorted(latest.values())
