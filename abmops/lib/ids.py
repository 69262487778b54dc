"""Time-ordered ids: uuid version 7 (RFC 9562) whose first 48 bits are the millisecond they were made for."""

import os
from datetime import UTC, datetime
from random import Random
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_LAST_MILLI = (1 << 48) - 1
# Ids are no secrets; asking the system for each costs as much as all the rest. Nobody else seeds this one, and a
# forked worker begins anew.
_noise = Random()  # noqa: S311
os.register_at_fork(after_in_child=_noise.seed)


def _millis(at: datetime) -> int:
    """Milliseconds since 1970, held to the 48 bits there are: a moment before or far after is a bound, not an error."""
    return min(max(int(at.timestamp() * 1000), 0), _LAST_MILLI)


def uuid7(at: datetime) -> UUID:
    """A fresh id that sorts by `at` (to the millisecond; random within it)."""
    noise = _noise.getrandbits(74)
    rand_a = noise >> 62
    rand_b = noise & ((1 << 62) - 1)
    return UUID(int=(_millis(at) << 80) | _VERSION | (rand_a << 64) | _VARIANT | rand_b)


def first_uuid7(at: datetime) -> UUID:
    """The smallest id of the millisecond `at`: a bound for ranges and partitions."""
    return UUID(int=(_millis(at) << 80) | _VERSION | _VARIANT)


def moment_of(id_: UUID) -> datetime:
    """The millisecond that a version 7 id was made for."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, tz=UTC)
