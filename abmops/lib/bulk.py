"""What a bulk write did: counts, and every record that was refused, by its index in the call."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from abmops.lib.errors import FieldError


@dataclass(frozen=True, slots=True)
class RecordError:
    """One thing wrong with one record. `pointer` is a JSON pointer into that record; empty: the whole record."""

    index: int
    pointer: str
    detail: str


@dataclass(slots=True)
class BulkResult:
    """A record is counted once: created, updated, unchanged, or it has at least one error and changed nothing."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RecordError] = field(default_factory=list)

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
