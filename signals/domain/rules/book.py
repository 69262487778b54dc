"""The rules of all live types together: which type an event is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from signals.domain.rules.event import names_of, path_of
from signals.domain.rules.reading import read
from signals.domain.rules.rule import Rule, holds_of

REMEMBERED_NAMES = 4096
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Match:
    """What an event was recognised as: the type's slug, which of its rules, and why in a sentence."""

    slug: str
    rule: int
    why: str


class Rulebook:
    """The rules of all live types.

    `types` are (slug, the type's rules as stored); a rule that is no rule is left out.
    """

    def __init__(self, types: Iterable[tuple[str, object]]) -> None:
        found = [rule for slug, document in types for rule in read(document, slug)]
        self._rules = sorted(found, key=lambda rule: rule.rank)
        self._by_names: dict[tuple[str, ...], Candidates] = {}
        self._by_path: dict[tuple[tuple[str, ...], str], Candidates] = {}

    def match(self, event: Mapping[str, object]) -> Match | None:
        """The type of a Segment message by its most specific rule, or None.

        The order of the types does not matter.
        """
        for rule, match in self._candidates(event).rules:
            if not rule.properties or holds_of(event.get("properties"), rule):
                return match
        return None

    def _candidates(self, event: Mapping[str, object]) -> Candidates:
        """The rules whose name and path hold for the event, remembered: events of one name on one page are many."""
        names = names_of(event)
        by_name = self._by_names.get(names)
        if by_name is None:
            by_name = Candidates.of(rule for rule in self._rules if rule.takes(names))
            _remember(self._by_names, names, by_name)
        if not by_name.look_at_path:
            return by_name
        path = path_of(event)
        found = self._by_path.get((names, path))
        if found is None:
            found = Candidates.of(
                rule for rule, _ in by_name.rules if rule.path is None or (path and rule.leads_to(path))
            )
            _remember(self._by_path, (names, path), found)
        return found


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rules that may hold, the most specific first, each with what it would say."""

    rules: tuple[tuple[Rule, Match], ...]
    look_at_path: bool

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        """The rules made ready to be tried on events, and whether any of them asks for a path."""
        found = tuple(rules)
        return cls(
            tuple((rule, Match(rule.slug, rule.index, rule.why)) for rule in found),
            any(rule.path is not None for rule in found),
        )


def _remember(known: dict[K, Candidates], key: K, found: Candidates) -> None:
    if len(known) >= REMEMBERED_NAMES:
        known.clear()
    known[key] = found
