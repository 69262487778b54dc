"""What is tried, and what became of it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from abmops.lib.errors import FieldError
from accounts.models import Account, Contact
from signals.models import SignalType, Source, Threshold


@dataclass(frozen=True, slots=True)
class Trial:
    """One event to try: a Segment message as bytes with its source, or a record that was read already. `aside`: why
    its mapping makes no record of it."""

    form: str
    source: Source | None = None
    raw: bytes = b""
    document: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    note: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class KeyTried:
    """One key by which the account was sought, what it is, and whose it turned out to be."""

    key: str
    words: str
    account: Account | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """A rule that matched too, and why it lost."""

    slug: str
    name: str
    rule: int
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a threshold, before and after."""

    sentence: str
    before: float
    after: float
    need: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A threshold that the signal brings nearer, or makes cross."""

    threshold: Threshold
    steps: tuple[Step, ...]
    crosses: bool
    was_met: bool


@dataclass(slots=True)
class Outcome:
    """What became of one event."""

    form: str
    errors: tuple[FieldError, ...] = ()
    note: str = ""
    type: SignalType | None = None
    rule: int | None = None
    why: str = ""
    rivals: tuple[Rival, ...] = ()
    set_aside: str = ""
    set_aside_code: str = ""
    is_repeat: bool = False
    is_conflict: bool = False
    says_who: str = ""
    occurred_at: datetime | None = None
    corrected_by: timedelta | None = None
    is_too_old: bool = False
    points: float | None = None
    weight: float = 1.0
    keys: tuple[KeyTried, ...] = ()
    account: Account | None = None
    waits: bool = False
    contact: Contact | None = None
    contact_is_new: bool = False
    score_before: float | None = None
    score_after: float | None = None
    moved: tuple[Moved, ...] = ()

    @property
    def is_signal(self) -> bool:
        """Whether a signal would be stored."""
        return self.points is not None
