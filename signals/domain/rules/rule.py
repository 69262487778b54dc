"""One rule of one type: whether it holds for an event, and which of several is the most specific."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signals.domain.glob import Glob
from signals.domain.rules.event import has, names_of, path_of

VIEWS = ("page", "screen")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one type. `why` says in a sentence what it found in an event that it matches."""

    slug: str
    index: int
    event: Glob | None
    path: Glob | None
    properties: tuple[tuple[str, frozenset[object]], ...]
    why: str

    @property
    def rank(self) -> tuple[object, ...]:
        """Sorts the specific before the general:

        More properties, longer paths, exact names; ties by slug and place.
        """
        return (
            -len(self.properties),
            -(self.path.literals if self.path else 0),
            not (self.path and self.path.is_exact),
            not (self.event and self.event.is_exact),
            -(self.event.literals if self.event else 0),
            self.slug,
            self.index,
        )

    def leads_to(self, path: str) -> bool:
        """Whether the path part, which there is, holds for a page."""
        assert self.path is not None
        return self.path.matches(path) or self.path.matches(f"{path}/")

    def takes(self, names: tuple[str, ...]) -> bool:
        """Whether the event part holds for an event of these names."""
        if self.event is None:
            return self.path is None or names[0] in VIEWS
        return any(self.event.matches(name) for name in names)

    def holds_for(self, event: Mapping[str, object]) -> bool:
        """Whether the whole rule holds for a Segment message."""
        return self.takes(names_of(event)) and _holds(self, event)


def holds_of(properties: object, rule: Rule) -> bool:
    return all(has(properties, name, wanted) for name, wanted in rule.properties)


def _holds(rule: Rule, event: Mapping[str, object]) -> bool:
    """Whether path and properties hold."""
    if rule.path is not None:
        path = path_of(event)
        if not path or not rule.leads_to(path):
            return False
    return holds_of(event.get("properties"), rule)
