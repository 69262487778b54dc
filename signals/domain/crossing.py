"""Crossings (skeleton)."""
from __future__ import annotations
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Armed:
    """Per threshold and account. dump() -> list for jsonb, load(list | None). Times are epoch seconds."""
    is_met: bool = False
    last_crossed_at: float | None = None
    has_been_false_since: float | None = None
    def dump(self) -> list[object]: ...
    @classmethod
    def load(cls, data: object) -> Self: ...


def step(armed: Armed, *, met_before: bool, met_after: bool, now: float, rearm_days: float) -> tuple[Armed, bool]:
    """(new armed state, crossed)."""
