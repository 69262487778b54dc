"""Which raw events are which signal type (skeleton)."""
from __future__ import annotations
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """slug of the type, index of the rule among the type's, and a sentence why."""
    slug: str
    rule: int
    why: str


class Rulebook:
    """Rulebook([(slug, rules json), ...]).match(event) -> Match | None. Event: one Segment message (dict)."""
    def __init__(self, types: Iterable[tuple[str, object]]) -> None: ...
    def match(self, event: Mapping[str, object]) -> Match | None: ...


def check(rules: object, *, pointer: str = "/rules") -> None:
    """Raises abmops.lib.errors.FieldErrors with every fault of a type's rules document."""
