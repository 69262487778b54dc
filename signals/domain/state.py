"""One account's rolling state (skeleton: names are settled, bodies follow)."""
from __future__ import annotations
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from signals.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the state needs to know of one signal. `at` is `Signal.occurred_at.timestamp()`; `signal_id` a UUID as text."""
    at: float
    signal_id: str
    source_id: int
    type_id: int
    contact_id: int | None
    topic: str
    points: float


class RollingState:
    """Made by `RollingState()` or `RollingState.load(bytes)`; b"" loads an empty one."""
    last_signal_at: float | None
    last_touch_at: float | None
    known_since: float | None
    def record(self, sighting: Sighting, catalogue: Catalogue) -> None: ...
    def record_all(self, sightings: Iterable[Sighting], catalogue: Catalogue) -> None: ...
    def touch(self, at: float) -> None:
        """A touch happened (any order)."""
    def know_since(self, at: float) -> None:
        """The account is known since (earliest wins)."""
    def is_stale(self, catalogue: Catalogue) -> bool:
        """True: a half-life or a needed capacity or topic changed; rebuild from raw signals."""
    def dump(self) -> bytes: ...
    @classmethod
    def load(cls, data: bytes | memoryview) -> Self: ...
    @classmethod
    def replay(cls, sightings: Iterable[Sighting], catalogue: Catalogue) -> Self: ...
