"""Conditions (skeleton; becomes a package of the same name: import from here)."""
from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass
from signals.domain.catalogue import Catalogue
from signals.domain.score import Scoring
from signals.domain.state import RollingState


class View:
    """One account at hand: View(state, catalogue, fit=0.0, scoring=Scoring())."""
    def __init__(self, state: RollingState, catalogue: Catalogue, *, fit: float = 0.0, scoring: Scoring = Scoring()) -> None: ...
    def intent(self, at: float) -> float: ...
    def score(self, at: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """One leaf: its sentence, how much there is, how much is needed, met or not."""
    sentence: str
    have: float
    need: float
    is_met: bool


class Condition:
    def is_met(self, view: View, now: float) -> bool: ...
    def evidence(self, view: View, now: float) -> tuple[str, ...]: ...
    def progress(self, view: View, now: float) -> tuple[Progress, ...]: ...
    def steps_away(self, view: View, now: float) -> int:
        """0 when met; 1: one leaf short (near miss)."""
    def wake_at(self, view: View, now: float) -> float | None: ...
    def capacity_needed(self) -> int: ...
    def sentence(self, names: Mapping[str, str] | None = None) -> str: ...
    def to_json(self) -> dict[str, object]: ...


def parse(document: object, *, types: frozenset[str] | None = None, pointer: str = "/condition") -> Condition:
    """Raises abmops.lib.errors.FieldErrors with every fault."""


def threshold_sentence(condition: Condition, *, tiers: tuple[int, ...], urgency: str, rearm_days: int, names: Mapping[str, str] | None = None) -> str: ...
