"""Kinds of fields that only the records of signals need: numbers, free documents, slugs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from abmops.rest.records import Field, Parsed, Wrong

SLUG = r"[-a-zA-Z0-9_]{1,50}"


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A number within bounds, kept as a float. `over` means that the least itself is too little."""

    least: float = 0.0
    most: float = 1_000_000.0
    over: bool = False

    def read(self, value: Any, now: datetime) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise Wrong("Must be a number, such as 0.5.")
        if not self.least <= value <= self.most or (self.over and value == self.least):
            bounds = "above" if self.over else "from"
            to = "and up to" if self.over else "to"
            raise Wrong(f"Must be {bounds} {self.least:,g} {to} {self.most:,g}.")
        return float(value)

    def describe(self) -> dict[str, Any]:
        lower = "exclusiveMinimum" if self.over else "minimum"
        return {"type": "number", lower: self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Document(Field):
    """An object of anything JSON holds, at most `most_bytes` as UTF-8."""

    most_bytes: int = 16 * 1024

    def read(self, value: Any, now: datetime) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong('Must be an object, such as {"plan": "pro"}.')
        document: dict[str, Any] = plain(value)
        size = len(msgspec.json.encode(document))
        if size > self.most_bytes:
            raise Wrong(f"Is {size:,} bytes large; at most {self.most_bytes:,} are kept. Send less in it.")
        return document

    def describe(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": True}


@dataclass(frozen=True, slots=True)
class Raw(Field):
    """A document with a grammar of its own, which the service reads and finds fault with."""

    like: Mapping[str, Any] | None = None

    def read(self, value: Any, now: datetime) -> Any:
        return plain(value)

    def describe(self) -> dict[str, Any]:
        return dict(self.like or {})


def plain(value: Any) -> Any:
    """JSON with floats where it was read with exact decimals; Wrong where a number is too large for one."""
    match value:
        case Decimal():
            number = float(value)
            if not math.isfinite(number):
                raise Wrong("Holds a number that is too large.")
            return number
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def read_slug(text: str) -> str:
    """A slug as it stands in addresses."""
    if not re.fullmatch(SLUG, text):
        raise Wrong("May have 1 to 50 letters, digits, hyphens and underscores, such as pricing-page.")
    return text


def slug(name: str, help_: str, *, required: bool = False) -> Parsed:
    """A field that holds a slug."""
    return Parsed(
        name, help_, required=required, max_length=50, parse=read_slug, like={"pattern": f"^{SLUG}$"}
    )
