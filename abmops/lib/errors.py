"""The errors that business code raises. Each is a sentence fit to show, and is mapped once per interface."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


class AbmopsError(Exception):
    """Base of every error that a person or an integration is meant to read."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Refused(AbmopsError):
    """A business rule says no (422). The message says which rule and what would satisfy it."""

    code = "refused"


class Conflict(AbmopsError):
    """The row has changed since it was read, or somebody else was first (409)."""

    code = "conflict"


class Stale(Conflict):
    """What was sent names what its page showed, which is another now: sent again as it is, it is refused again."""


class NotKnown(AbmopsError):
    """The thing named does not exist, or the asker may not see it (404)."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field. `pointer` is a JSON pointer (RFC 6901) into the record sent."""

    pointer: str
    detail: str

    def under(self, prefix: str) -> Self:
        """The same error seen from an enclosing document: `/amount` under `/records/3`."""
        return type(self)(pointer=prefix + self.pointer, detail=self.detail)


class FieldErrors(AbmopsError):
    """Fields of one record are wrong (400). Carries all of them, not only the first.

    `message` is for people, who see no pointers; `str()` has them, for logs.
    """

    code = "invalid"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(" ".join(f"{error.pointer}: {error.detail}" for error in self.errors))
        self.message = " ".join(error.detail for error in self.errors)

    @classmethod
    def one(cls, pointer: str, detail: str) -> Self:
        """A single wrong field."""
        return cls([FieldError(pointer, detail)])
