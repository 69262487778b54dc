"""What every condition can do, whether it is one fact or a tree of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signals.domain.catalogue import Catalogue, Need
from signals.domain.condition.view import View
from signals.domain.state import unpack_id
from signals.domain.trail import Mark

EVIDENCE_LIMIT = 100
"""The most signals kept as evidence of one crossing."""

FACT_LIMIT = 10
"""The most signals kept for one fact, unless it needs more of them to be true."""

Names = Mapping[str, str]
"""What people call a signal type, by slug."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one fact is: how much of it there is, how much is needed, and whether it holds."""

    sentence: str
    have: float
    need: float
    is_met: bool


class Condition(ABC):
    """A fact about one account that is true or false at a moment. Immutable.

    `now` is an epoch time not before the account's last signal (`RollingState.settled`).
    """

    __slots__ = ()

    @abstractmethod
    def is_met(self, view: View, now: float) -> bool:
        """Whether it is true at `now`."""

    @abstractmethod
    def marks(self, view: View, now: float) -> list[Mark]:
        """The occurrences that make it true, in any order; none where it is false.

        At least as many as it takes, so that they prove it without the rest of the history.
        """

    @abstractmethod
    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        """Each of its facts, in reading order."""

    @abstractmethod
    def steps_away(self, view: View, now: float) -> int:
        """How many facts must still come true: 0 when it is met, 1 for a near miss."""

    @abstractmethod
    def wake_at(self, view: View, now: float) -> float | None:
        """The earliest moment after `now` at which the clock alone may turn it true; None: it takes an event.

        None also where it is met already. It may wake too early, never too late.
        """

    @abstractmethod
    def needs(self, catalogue: Catalogue) -> Mapping[int, Need]:
        """How many occurrences and contacts of each type the state must remember for it, by the type's id."""

    @abstractmethod
    def topics_named(self) -> frozenset[str]:
        """The topics it asks for."""

    @abstractmethod
    def types_named(self) -> frozenset[str]:
        """The slugs of the signal types it asks for."""

    @abstractmethod
    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        """The ids of the types of which a new signal may turn it true."""

    @abstractmethod
    def clause(self, names: Names | None = None) -> str:
        """It in English, as the part of a sentence that follows *when*."""

    @abstractmethod
    def to_json(self) -> dict[str, object]:
        """The document it was read from, in its one normal form."""

    def evidence(self, view: View, now: float) -> tuple[str, ...]:
        """The ids of the signals that make it true, newest first, at most `EVIDENCE_LIMIT`;

        None where it is false.
        """
        return newest(self.marks(view, now))

    def sentence(self, names: Names | None = None) -> str:
        """It as one sentence: `There are at least 3 “Pricing page” signals within 14 days.`"""
        clause = self.clause(names)
        return f"{clause[0].upper()}{clause[1:]}."


def newest(marks: Iterable[Mark]) -> tuple[str, ...]:
    """The signal ids of these occurrences, each once, newest first."""
    ordered = sorted({(at, packed) for at, packed, _ in marks}, reverse=True)
    return tuple(unpack_id(packed) for _, packed in ordered[:EVIDENCE_LIMIT])
