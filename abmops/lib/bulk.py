"""What a bulk write did: counts, what became of each record, and each that was refused, by its index in the call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from abmops.lib.errors import FieldError


@dataclass(frozen=True, slots=True)
class RecordError:
    """One thing wrong with one record. `pointer` is a JSON pointer into that record; empty: the whole record."""

    index: int
    pointer: str
    detail: str


Verdict = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record that stands, and the row it stands for (whose id is there once it is stored)."""

    verdict: Verdict
    row: Any

    @property
    def row_id(self) -> int | None:
        """The row's id."""
        pk: int | None = getattr(self.row, "pk", None)
        return pk


@dataclass(slots=True)
class BulkResult:
    """A record is counted once: created, updated, unchanged, or it has at least one error and changed nothing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RecordError] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)  # what was written and went past a rule, in sentences

    def settle(self, index: int, verdict: Verdict, row: Any) -> None:
        """Count a record that stands, and keep what became of it."""
        self.outcomes[index] = Outcome(verdict, row)
        if verdict == "created":
            self.created += 1
        elif verdict == "updated":
            self.updated += 1
        else:
            self.unchanged += 1

    def repeats(self, index: int, earlier: int) -> None:
        """Count an exact repeat of an earlier record of the call."""
        known = self.outcomes.get(earlier)
        self.settle(index, "unchanged", known.row if known else None)

    def refuse(self, index: int, pointer: str, detail: str) -> None:
        """Record one error."""
        self.errors.append(RecordError(index, pointer, detail))

    def refuse_all(self, index: int, errors: Iterable[FieldError]) -> None:
        """Record every error of one record."""
        self.errors.extend(RecordError(index, error.pointer, error.detail) for error in errors)

    def refused(self) -> frozenset[int]:
        """The indexes of the records that failed."""
        return frozenset(error.index for error in self.errors)

    def in_order(self) -> list[RecordError]:
        """The errors by index, as they are answered."""
        return sorted(self.errors, key=lambda error: (error.index, error.pointer))
