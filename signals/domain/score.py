"""Scores (skeleton)."""
from __future__ import annotations
from dataclasses import dataclass
from signals.domain.catalogue import Catalogue
from signals.domain.state import RollingState


@dataclass(frozen=True, slots=True)
class Scoring:
    """The settings of the score: k, w_fit, w_intent."""
    k: float = 40.0
    w_fit: float = 0.4
    w_intent: float = 0.6


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source and type give: raw points, share of raw (0..1), and their part of intent (0..100)."""
    source_id: int
    type_id: int
    raw: float
    share: float
    intent: float


def raw(state: RollingState, catalogue: Catalogue, at: float) -> float: ...
def intent(raw: float, k: float = 40.0) -> float: ...
def score(fit: float, intent: float, w_fit: float = 0.4, w_intent: float = 0.6) -> float: ...
def contributions(state: RollingState, catalogue: Catalogue, at: float, k: float = 40.0) -> tuple[Contribution, ...]: ...
def fit_name(fit: float) -> str: ...
def midnight_before(moment: float, days: int = 0) -> float: ...
