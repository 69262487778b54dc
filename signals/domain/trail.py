"""The latest occurrences of one signal type on one account:

Enough to count, to tell people apart, and to show evidence.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

import msgspec

Mark = tuple[float, bytes, int]
"""One occurrence:

Epoch seconds, the signal's 16 id bytes, the contact (0: nobody known). Ordered, so ties break by id.
"""

NOBODY = 0


class Trail(msgspec.Struct, array_like=True, gc=False):
    """The last `capacity` occurrences, oldest first, and the latest of each of the contacts seen last.

    Both are the top of a set by `Mark` order, hence the same in whatever order the signals came. `people`
    stays empty as long as nothing has been forgotten: until then `recent` holds the contacts too. It keeps
    one contact more than `capacity`, because nobody-known takes a place.
    """

    recent: list[Mark] = msgspec.field(default_factory=list)
    people: list[Mark] = msgspec.field(default_factory=list)

    def add(self, mark: Mark, capacity: int) -> None:
        """Take in one occurrence; the oldest leaves where the trail is full."""
        recent = self.recent
        if self.people:
            _meet(self.people, mark, capacity + 1)
        elif len(recent) >= capacity:
            self.people = _latest_by_contact([*recent, mark], capacity + 1)
        if not recent or mark > recent[-1]:
            recent.append(mark)
        else:
            insort(recent, mark)
        if len(recent) > capacity:
            del recent[0]

    def has_forgotten(self) -> bool:
        """Whether an occurrence has left, so that only the raw signals could fill a larger capacity."""
        return bool(self.people)

    def count(self, start: float, end: float) -> int:
        """Occurrences in [start, end), at most the capacity."""
        recent = self.recent
        if recent[0][0] >= start and recent[-1][0] < end:
            return len(recent)
        upto = len(recent) if recent[-1][0] < end else bisect_left(recent, (end,))
        return max(0, upto - bisect_left(recent, (start,), 0, upto))

    def occurrences(self, start: float, end: float) -> Iterator[Mark]:
        """Remembered occurrences in [start, end), newest first."""
        return _between(self.recent, start, end)

    def latest(self, start: float, end: float) -> Mark | None:
        """The newest occurrence in [start, end)."""
        return next(_between(self.recent, start, end), None)

    def meetings(self, start: float, end: float) -> Iterator[Mark]:
        """Occurrences in [start, end), newest first, with the latest of each contact seen in it among them.

        Exact for every window that ends at or after the last occurrence: there a contact's latest tells
        whether the contact is in the window at all.
        """
        return _between(self.people or self.recent, start, end)


def _between(marks: list[Mark], start: float, end: float) -> Iterator[Mark]:
    for mark in reversed(marks):
        if mark[0] < start:
            return
        if mark[0] < end:
            yield mark


def _meet(people: list[Mark], mark: Mark, capacity: int) -> None:
    """Move one contact to its later mark, or bring it in where it is later than the earliest contact kept."""
    for index, known in enumerate(people):
        if known[2] == mark[2]:
            if known >= mark:
                return
            del people[index]
            break
    insort(people, mark)
    if len(people) > capacity:
        del people[0]


def _latest_by_contact(marks: list[Mark], capacity: int) -> list[Mark]:
    latest: dict[int, Mark] = {}
    for mark in sorted(marks):
        latest[mark[2]] = mark
    return sorted(latest.values())[-capacity:]
