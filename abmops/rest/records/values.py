"""Fields that hold one value: texts, words, numbers, money, moments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from abmops.rest.records.field import Field, Wrong, kind_of, short

MAX_CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# No place on earth is further from UTC than 14 hours; PostgreSQL knows nothing beyond this.
WIDEST_OFFSET = timedelta(hours=15, minutes=59)


@dataclass(frozen=True, slots=True)
class Text(Field):
    """A text, trimmed. Required texts may not be empty."""

    max_length: int = 255

    def read(self, value: Any, now: datetime) -> str:
        if not isinstance(value, str):
            raise Wrong(f"Must be a text, not {kind_of(value)}.")
        text = value.strip()
        if len(text) > self.max_length:
            raise Wrong(f"Is {len(text)} characters long; at most {self.max_length} are kept. Shorten it.")
        if self.required and not text:
            raise Wrong("May not be empty.")
        return text

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length} | ({"minLength": 1} if self.required else {})


@dataclass(frozen=True, slots=True)
class Parsed(Text):
    """A text with a meaning of its own (domain, country, currency, e-mail): `parse` gives the clean form or Wrong."""

    parse: Callable[[str], Any] = field(default=str)
    like: Mapping[str, Any] = field(default_factory=dict)

    def read(self, value: Any, now: datetime) -> Any:
        # Named, because slots=True remakes the class and a bare super() would look up the old one.
        text = Text.read(self, value, now)
        if not text:
            raise Wrong("May not be empty." if not self.null else "May not be empty; send null to clear it.")
        return self.parse(text)

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.max_length, **self.like}


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One word of a closed vocabulary."""

    values: tuple[str, ...] = ()

    def read(self, value: Any, now: datetime) -> str:
        if not isinstance(value, str):
            raise Wrong(f"Must be one of {', '.join(self.values)}, not {kind_of(value)}.")
        word = value.strip()
        if word not in self.values:
            raise Wrong(f"{short(word)} is not one of {', '.join(self.values)}.")
        return word

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Whole(Field):
    """A whole number within bounds. A text of digits is a text."""

    least: int = 0
    most: int = 2_147_483_647

    def read(self, value: Any, now: datetime) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(f"Must be a whole number, not {kind_of(value)}.")
        if not self.least <= value <= self.most:
            raise Wrong(f"Must be from {self.least:,} to {self.most:,}.")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag(Field):
    """true or false; not 1, not "yes"."""

    def read(self, value: Any, now: datetime) -> bool:
        if not isinstance(value, bool):
            raise Wrong(f"Must be true or false, not {kind_of(value)}.")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Money(Field):
    """A non-negative amount as a decimal string (or number), at most four decimals. The currency is its own field."""

    _MOST: ClassVar[Decimal] = Decimal(10) ** 15

    def read(self, value: Any, now: datetime) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise Wrong(f'Must be an amount like "1200.50", not {kind_of(value)}.')
        try:
            amount = Decimal(value.strip() if isinstance(value, str) else value)
        except InvalidOperation:
            raise Wrong(f'{short(str(value))} is not an amount. Write it like "1200.50".') from None
        if not amount.is_finite():
            raise Wrong("Must be a finite amount.")
        if amount < 0:
            raise Wrong("Must not be negative.")
        if amount >= self._MOST:
            raise Wrong("Must be below 1,000,000,000,000,000.")
        exact = amount.quantize(Decimal("0.0001"))
        if exact != amount:
            raise Wrong("Has more than four decimals. Round it.")
        return exact

    def describe(self) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "string", "pattern": r"^\d{1,15}(\.\d{1,4})?$"},
                {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
            ],
            "examples": ["1200.50"],
        }


@dataclass(frozen=True, slots=True)
class Moment(Field):
    """An instant by RFC 3339 with its zone. `past` refuses what lies further ahead than `ahead`: five minutes."""

    past: bool = True
    ahead: timedelta = MAX_CLOCK_SKEW

    def read(self, value: Any, now: datetime) -> datetime:
        if not isinstance(value, str):
            raise Wrong(f"Must be a time like 2026-11-22T09:30:00Z, not {kind_of(value)}.")
        text = value.strip()
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Wrong(f"{short(text)} is not a time. Write it like 2026-11-22T09:30:00Z.") from None
        if len(text) < 16:
            raise Wrong(f"{text} has no time of day. Write it like {moment:%Y-%m-%d}T09:30:00Z.")
        if moment.tzinfo is None:
            raise Wrong(f"{text} has no time zone. Write it like {text}Z or {text}+01:00.")
        if abs(moment.utcoffset() or timedelta()) > WIDEST_OFFSET:
            raise Wrong(f"{text} has an offset from UTC that no place has. Write it like +01:00 or Z.")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise Wrong(f"{text} is out of range.") from None
        if moment < _EARLIEST:
            raise Wrong("Lies before 1970.")
        if self.past and moment > now + self.ahead:
            limit = (
                ""
                if self.ahead == MAX_CLOCK_SKEW
                else f" by more than {self.ahead // timedelta(hours=1)} hours"
            )
            raise Wrong(f"{text} lies in the future{limit}. Check the clock or the time zone of the sender.")
        return moment

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}
