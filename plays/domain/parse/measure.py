"""When a play ends, what it is measured by and how much of it there is at once, read."""

from typing import Any

from plays.domain import vocabulary as words
from plays.domain.definition import Contract, Throttle
from plays.domain.parse.reading import Reader


def read_exits(reader: Reader, value: Any) -> tuple[str, ...]:
    """What ends it before its last step."""
    return reader.items(
        value, "/exits", lambda item: isinstance(item, str) and item in words.EXITS, ", ".join(words.EXITS)
    )


def read_contract(reader: Reader, value: Any) -> Contract:
    """The outcome, and in how many days it counts."""
    at = "/contract"
    data = reader.mapping(value, at, ("outcome", "days"))
    return Contract(
        outcome=reader.choice(data, at, "outcome", words.OUTCOMES, default="meeting_booked"),
        days=reader.whole(data, at, "days", low=1, high=730, default=30),
    )


def read_throttle(reader: Reader, value: Any) -> Throttle:
    """The play's limits on how many of it run and start at once."""
    at = "/throttle"
    data = reader.mapping(value, at, ("live_per_account", "new_per_owner_per_week", "cooldown_days"))
    per_week = reader.whole(data, at, "new_per_owner_per_week", low=1, high=10_000, default=0) or None
    return Throttle(
        live_per_account=reader.whole(data, at, "live_per_account", low=1, high=50, default=2),
        new_per_owner_per_week=per_week,
        cooldown_days=reader.whole(data, at, "cooldown_days", low=0, high=730, default=30),
    )
