"""One field of a record: where it comes from (a path or several, a constant, a template), and what it becomes."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

from signals.domain.mapping import moments
from signals.domain.mapping.place import Place, plain

FIELDS: tuple[str, ...] = (
    "type",
    "account_domain",
    "account_external_id",
    "contact_email",
    "topic",
    "strength",
    "occurred_at",
    "message_id",
    "properties",
)
WHO = ("account_domain", "account_external_id", "contact_email")
ANY = "*"
LARGEST = sys.float_info.max  # a whole number may be larger than any float
_FIGURE = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
Scopes = Sequence[object]


class Wrong(ValueError):
    """A value that cannot be what it should; the message is a sentence."""


class Damaged(str):
    """A cell that a spreadsheet has spoilt, with what is wrong with it; refused wherever it is used."""

    __slots__ = ("why",)
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a value comes from. The first path that holds something is taken; `otherwise` where none does."""

    places: tuple[Place, ...] = ()
    value: object = None
    template: tuple[str | Place, ...] = ()
    table: tuple[tuple[str, object], ...] = ()
    otherwise: object = None
    out_of: float | None = None
    forms: tuple[str, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def find(self, scopes: Scopes) -> object:
        """The value before it is turned into what its field holds; None where nothing is there."""
        found = self._found(scopes)
        if isinstance(found, Damaged):
            raise Wrong(found.why)
        if self.table and not is_empty(found):
            found = self._translated(found)
        return self.otherwise if is_empty(found) else found

    @property
    def looks_at(self) -> tuple[Place, ...]:
        """The places that it reads."""
        return self.places or tuple(part for part in self.template if isinstance(part, Place))

    def falls_back(self, scopes: Scopes) -> bool:
        """Whether nothing is there, so that it is what `otherwise` says."""
        return self.otherwise is not None and is_empty(self._found(scopes))

    def _found(self, scopes: Scopes) -> object:
        if self.value is not None:
            return self.value
        if self.template:
            parts = [part if isinstance(part, str) else text_of(part.of(scopes)) for part in self.template]
            return (
                None
                if any(
                    not part for part, by in zip(parts, self.template, strict=True) if isinstance(by, Place)
                )
                else "".join(parts)
            )
        return next((found for place in self.places if not is_empty(found := place.of(scopes))), None)

    def _translated(self, found: object) -> object:
        words = dict(self.table)
        said = plain(text_of(found))
        if said in words:
            return words[said]
        if ANY in words:
            return words[ANY]
        raise Wrong(f"“{text_of(found)[:60]}” is not in the table of values. Add it, or “*” for all others.")


def is_empty(value: object) -> bool:
    """Whether nothing is there: null, a blank text, an empty list or object."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def text_of(value: object) -> str:
    """A text, a number or a truth as text; nothing of lists and objects."""
    match value:
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            return ""


def number_of(value: object) -> float:
    """A number, also from a text such as “87”, “87.5”, “87,5” or “87 %”; Wrong where there is none."""
    if isinstance(value, Damaged):
        raise Wrong(value.why)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = float(value) if -LARGEST <= value <= LARGEST else math.inf
    else:
        text = text_of(value).removesuffix("%").strip()
        if not isinstance(value, str) or not _FIGURE.fullmatch(text):
            raise Wrong(f"“{text_of(value)[:40] or value.__class__.__name__}” is not a number.")
        number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise Wrong("Is not a finite number.")
    return number


def fill(name: str, rule: Rule, scopes: Scopes) -> object:
    """The value of a record's field, in JSON's terms; None where nothing is there. Wrong, Unclear with a sentence."""
    found = rule.find(scopes)
    if is_empty(found):
        return None
    if name == "strength":
        number = number_of(found)
        return round(number / rule.out_of * 100, 6) if rule.out_of else number
    if name == "occurred_at":
        try:
            return moments.moment(found, rule.forms, rule.zone).astimezone(UTC).isoformat()
        except OverflowError:
            raise Wrong(f"{text_of(found)[:40]} is out of range.") from None
    text = text_of(found)
    if not text:
        raise Wrong("Is a list or an object. Name a path further down, or take the list apart under “items”.")
    return text
