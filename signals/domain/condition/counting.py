"""Conditions that count signals in a window: occurrences, types, contacts, and independent signals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar

from signals.domain.catalogue import DAY, Catalogue, Filter, Need
from signals.domain.condition import words
from signals.domain.condition.node import FACT_LIMIT, Condition, Names, Progress
from signals.domain.condition.view import View
from signals.domain.state import TICK
from signals.domain.trail import NOBODY, Mark, Trail


@dataclass(frozen=True, slots=True)
class Counting(Condition):
    """At least so many of something among the filter's signals within the days before now.

    The window is [now - days, now), and no longer than each type's own recency window: an older signal
    fires nothing.
    """

    at_least: int
    days: int
    wanted: Filter = field(default_factory=Filter)

    key: ClassVar[str]

    @abstractmethod
    def counted(self, view: View, now: float, limit: float = inf) -> int:
        """How many there are; may stop at `limit`.

        Exact as far as `at_least`: the state remembers what it `needs`.
        """

    def is_met(self, view: View, now: float) -> bool:
        return self.counted(view, now, self.at_least) >= self.at_least

    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        have = self.counted(view, now)
        return (Progress(self.sentence(names), have, self.at_least, have >= self.at_least),)

    def steps_away(self, view: View, now: float) -> int:
        return 0 if self.is_met(view, now) else 1

    def wake_at(self, view: View, now: float) -> float | None:
        """None, unless a signal is dated at or after `now`: it begins to count a tick after its own moment."""
        last = view.state.last_signal_at
        if last is None or last < now or self.is_met(view, now):
            return None
        windows = self.windows(view, now)
        ahead = [mark[0] for _, _, trail in windows for mark in trail.occurrences(now, inf)]
        return min(ahead) + TICK if ahead else None

    def needs(self, catalogue: Catalogue) -> Mapping[int, Need]:
        return dict.fromkeys(self.types_heard(catalogue), self.needed())

    @abstractmethod
    def needed(self) -> Need:
        """How many occurrences and contacts of each of its types it may have to look at."""

    def topics_named(self) -> frozenset[str]:
        return frozenset(self.wanted.topics)

    def types_named(self) -> frozenset[str]:
        return frozenset(self.wanted.types)

    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        return frozenset(type_id for type_id, _ in catalogue.selection(self.wanted))

    def to_json(self) -> dict[str, object]:
        body: dict[str, object] = {}
        for name in ("types", "kinds", "topics"):
            if values := getattr(self.wanted, name):
                body[name] = list(values)
        if self.wanted.qualifying:
            body["qualifying"] = True
        return {self.key: {**body, "at_least": self.at_least, "days": self.days}}

    def windows(self, view: View, now: float) -> Iterator[tuple[int, float, Trail]]:
        """The matching trails that reach into the window: type, the window's start, the trail."""
        return view.windows(self.wanted, self.days * DAY, now)

    def enough(self, found: Iterable[Mark]) -> list[Mark]:
        """The newest of the signals that count, enough to prove it; none where there are too few."""
        newest = sorted(found, reverse=True)
        return newest[: max(self.at_least, FACT_LIMIT)] if len(newest) >= self.at_least else []


@dataclass(frozen=True, slots=True)
class Count(Counting):
    """At least so many signals."""

    key: ClassVar[str] = "count"

    def counted(self, view: View, now: float, limit: float = inf) -> int:
        found = 0
        for _, start, trail in self.windows(view, now):
            found += trail.count(start, now)
            if found >= limit:
                break
        return found

    def marks(self, view: View, now: float) -> list[Mark]:
        found = [
            mark for _, start, trail in self.windows(view, now) for mark in trail.occurrences(start, now)
        ]
        return self.enough(found)

    def needed(self) -> Need:
        return self.at_least, 0

    def clause(self, names: Names | None = None) -> str:
        what = words.signals(self.wanted, self.at_least, names)
        verb = "is" if self.at_least == 1 else "are"
        return f"there {verb} at least {what} within {words.days(self.days)}"


@dataclass(frozen=True, slots=True)
class DistinctTypes(Counting):
    """Signals of at least so many different types."""

    key: ClassVar[str] = "distinct_types"

    def counted(self, view: View, now: float, limit: float = inf) -> int:
        return len(self._latest(view, now))

    def marks(self, view: View, now: float) -> list[Mark]:
        return self.enough(self._latest(view, now).values())

    def clause(self, names: Names | None = None) -> str:
        kinds = words.plural(self.at_least, "type", "different types")
        what = words.signals(self.wanted, None, names)
        return f"there are {what} of at least {kinds} within {words.days(self.days)}"

    def _latest(self, view: View, now: float) -> dict[int, Mark]:
        latest: dict[int, Mark] = {}
        for type_id, start, trail in self.windows(view, now):
            mark = trail.latest(start, now)
            if mark is not None and mark > latest.get(type_id, (0.0, b"", 0)):
                latest[type_id] = mark
        return latest

    def needed(self) -> Need:
        return 1, 0


@dataclass(frozen=True, slots=True)
class DistinctContacts(Counting):
    """Signals from at least so many different known contacts.

    A signal from nobody known proves nobody new.
    """

    key: ClassVar[str] = "distinct_contacts"

    def counted(self, view: View, now: float, limit: float = inf) -> int:
        people: set[int] = set()
        for _, start, trail in self.windows(view, now):
            people |= trail.contacts(start, now)
            if len(people) > limit:
                break
        return len(people - {NOBODY})

    def marks(self, view: View, now: float) -> list[Mark]:
        return self.enough(self._latest(view, now).values())

    def needed(self) -> Need:
        return 1, self.at_least

    def clause(self, names: Names | None = None) -> str:
        people = words.plural(self.at_least, "known contact", "different contacts")
        what = words.signals(self.wanted, None, names)
        return f"there are {what} from at least {people} within {words.days(self.days)}"

    def _latest(self, view: View, now: float) -> dict[int, Mark]:
        latest: dict[int, Mark] = {}
        for _, start, trail in self.windows(view, now):
            for mark in trail.meetings(start, now):
                if mark[2] != NOBODY and mark > latest.get(mark[2], (0.0, b"", 0)):
                    latest[mark[2]] = mark
        return latest


@dataclass(frozen=True, slots=True)
class DistinctSignals(Counting):
    """At least so many independent signals: each of another type or from another contact than the others [J].

    Two page views by one person are one. Unknown visitors of a type are one together, and none beside a
    known contact of the same type, for nothing says that they are somebody else.
    """

    key: ClassVar[str] = "distinct_signals"

    def counted(self, view: View, now: float, limit: float = inf) -> int:
        people: dict[int, set[int]] = {}
        total = 0
        for type_id, start, trail in self.windows(view, now):
            known = people.setdefault(type_id, set())
            before = _independent_of(known)
            known |= trail.contacts(start, now)
            total += _independent_of(known) - before
            if total >= limit:
                break
        return total

    def marks(self, view: View, now: float) -> list[Mark]:
        return self.enough(self._independent(view, now))

    def needed(self) -> Need:
        return 1, self.at_least

    def clause(self, names: Names | None = None) -> str:
        what = words.signals(self.wanted, self.at_least, names, "independent ")
        verb = "is" if self.at_least == 1 else "are"
        rule = "" if self.at_least == 1 else " (each of another type or from another contact)"
        return f"there {verb} at least {what}{rule} within {words.days(self.days)}"

    def _independent(self, view: View, now: float) -> list[Mark]:
        by_type: dict[int, dict[int, Mark]] = {}
        for type_id, start, trail in self.windows(view, now):
            latest = by_type.setdefault(type_id, {})
            for mark in trail.meetings(start, now):
                if mark > latest.get(mark[2], (0.0, b"", 0)):
                    latest[mark[2]] = mark
        independent: list[Mark] = []
        for latest in by_type.values():
            if len(latest) > 1:
                latest.pop(NOBODY, None)
            independent.extend(latest.values())
        return independent


def _independent_of(people: set[int]) -> int:
    """How many signals of one type by these people are independent."""
    return max(1, len(people) - (NOBODY in people)) if people else 0
