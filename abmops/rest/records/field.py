"""What every field of a record shares, and how a wrong value is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from abmops.lib.errors import FieldError


class Wrong(Exception):
    """One or more things wrong with one value; pointers are relative to it."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.errors = [FieldError(pointer, detail)]

    @classmethod
    def many(cls, errors: Sequence[FieldError]) -> Self:
        """Several at once, from inside a list or object."""
        wrong = cls(errors[0].detail)
        wrong.errors = list(errors)
        return wrong


@dataclass(frozen=True, slots=True)
class Field:
    """What every field shares. `null` says that null may be sent, which clears the value."""

    name: str
    help: str = ""
    required: bool = False
    null: bool = False

    json_type: ClassVar[str] = "string"

    def read(self, value: Any, now: datetime) -> Any:
        """The clean value, or Wrong."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """The value's JSON Schema, before null and help are added."""
        return {"type": self.json_type}

    def schema(self) -> dict[str, Any]:
        """The field's JSON Schema (2020-12)."""
        own = self.describe()
        if self.null and isinstance(own.get("type"), str):
            own["type"] = [own["type"], "null"]
            if "enum" in own:
                own["enum"] = [*own["enum"], None]
        elif self.null:
            own = {"anyOf": [own, {"type": "null"}]}
        if self.help:
            own["description"] = self.help
        return own


def kind_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | Decimal() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def short(text: str) -> str:
    """A text, quoted and cut, for a message."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
