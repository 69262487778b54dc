"""Conditions made of conditions: all of them, or any of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from signals.domain.catalogue import Catalogue, Need
from signals.domain.condition import words
from signals.domain.condition.node import Condition, Names, Progress
from signals.domain.condition.view import View
from signals.domain.trail import Mark


@dataclass(frozen=True, slots=True)
class Branch(Condition):
    """A condition made of other conditions."""

    parts: tuple[Condition, ...]

    key: ClassVar[str]
    word: ClassVar[str]

    def marks(self, view: View, now: float) -> list[Mark]:
        if not self.is_met(view, now):
            return []
        return [mark for part in self.parts for mark in part.marks(view, now)]

    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        return tuple(step for part in self.parts for step in part.progress(view, now, names))

    def needs(self, catalogue: Catalogue) -> Mapping[int, Need]:
        most: dict[int, Need] = {}
        for part in self.parts:
            for type_id, (marks, room) in part.needs(catalogue).items():
                known = most.get(type_id, (0, 0))
                most[type_id] = (max(marks, known[0]), max(room, known[1]))
        return most

    def topics_named(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.topics_named() for part in self.parts))

    def types_named(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.types_named() for part in self.parts))

    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        return frozenset[int]().union(*(part.types_heard(catalogue) for part in self.parts))

    def to_json(self) -> dict[str, object]:
        return {self.key: [part.to_json() for part in self.parts]}

    def clause(self, names: Names | None = None) -> str:
        if len(self.parts) == 1:
            return self.parts[0].clause(names)
        return self._joined([self._inner(part, names) for part in self.parts])

    @abstractmethod
    def _joined(self, clauses: list[str]) -> str:
        """The clauses as one."""

    def _inner(self, part: Condition, names: Names | None) -> str:
        clause = part.clause(names)
        mixed = isinstance(part, Branch) and part.key != self.key and len(part.parts) > 1
        return f"({clause})" if mixed else clause


@dataclass(frozen=True, slots=True)
class AllOf(Branch):
    """Every part is true."""

    key: ClassVar[str] = "all"

    def is_met(self, view: View, now: float) -> bool:
        return all(part.is_met(view, now) for part in self.parts)

    def steps_away(self, view: View, now: float) -> int:
        return sum(part.steps_away(view, now) for part in self.parts)

    def wake_at(self, view: View, now: float) -> float | None:
        """When the last of the parts that are false may turn; none where one of them cannot."""
        waking = [part.wake_at(view, now) for part in self.parts if not part.is_met(view, now)]
        moments = [moment for moment in waking if moment is not None]
        return max(moments) if moments and len(moments) == len(waking) else None

    def _joined(self, clauses: list[str]) -> str:
        return words.listed(clauses, "and")


@dataclass(frozen=True, slots=True)
class AnyOf(Branch):
    """At least one part is true. Its evidence is that of the parts that are."""

    key: ClassVar[str] = "any"

    def is_met(self, view: View, now: float) -> bool:
        return any(part.is_met(view, now) for part in self.parts)

    def steps_away(self, view: View, now: float) -> int:
        return min(part.steps_away(view, now) for part in self.parts)

    def wake_at(self, view: View, now: float) -> float | None:
        """When the first of the parts may turn."""
        if self.is_met(view, now):
            return None
        waking = [part.wake_at(view, now) for part in self.parts]
        return min((moment for moment in waking if moment is not None), default=None)

    def _joined(self, clauses: list[str]) -> str:
        return f"either {words.listed(clauses, 'or')}"
