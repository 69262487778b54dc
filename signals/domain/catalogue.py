"""The signal types in force (skeleton: names are settled, bodies follow)."""
from __future__ import annotations
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One row of SignalType, as the engine needs it (without rules: those go to rules.Rulebook)."""
    id: int
    slug: str
    name: str
    kind: str
    confidence: float
    recency_days: float
    half_life_days: float
    points: float
    qualifying: bool
    hand_raise: bool = False
    digital_response: bool = False


class Catalogue:
    """Build once per process and change: Catalogue(types, source_weights={source_id: weight}, conditions=[...live conditions])."""
    def __init__(self, types: Iterable[TypeFacts], *, source_weights: dict[int, float] | None = None, conditions: Iterable[object] = (), capacity: int = 24) -> None: ...
    def by_slug(self, slug: str) -> TypeFacts | None: ...
    def by_id(self, type_id: int) -> TypeFacts | None: ...
