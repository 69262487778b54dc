"""When a delivery is tried again, and when an endpoint is left in peace, after Standard Webhooks 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

PAUSES: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pause before the 1st, 2nd, 3rd … attempt."""
SPREAD: Final = 0.2
"""Each pause is up to a fifth longer or shorter, so that what failed together does not come back together."""
LAST_AFTER: Final = timedelta(days=3)
"""No attempt is later than this after the delivery was put; the last one is brought forward to it."""
CONFIRM_AFTER: Final = timedelta(minutes=5)
"""An answer that time will not change is asked for once more after this, then believed."""
LONGEST_ASKED: Final = timedelta(hours=24)
"""The longest `Retry-After` that is honoured."""
SLOWED: Final = timedelta(seconds=30)
"""How long an endpoint that says 429, 502, 503 or 504 without a `Retry-After` is left alone."""

OPENS_AFTER: Final = 20
"""So many failures in a row open the breaker."""
PROBE_EVERY: Final = timedelta(minutes=5)
"""While the breaker is open one delivery tries this often; the others wait and spend no attempt."""


def spread(pause: timedelta, *, draw: float) -> timedelta:
    """The pause, up to a fifth longer or shorter by `draw` in [0, 1)."""
    return pause * (1 - SPREAD + 2 * SPREAD * draw)


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed. `permanent`: the same again will fail the same way."""

    permanent: bool = False
    retry_after: timedelta | None = None


def next_attempt(
    failure: Failure, *, attempts: int, permanent_before: bool, put_at: datetime, now: datetime, draw: float
) -> datetime | None:
    """When to try again after `attempts` attempts, or None: it is dead.

    A permanent failure is confirmed once. `Retry-After` comes before the schedule, but never makes an attempt
    earlier than it. Nothing is tried later than three days after it was put.
    """
    if failure.permanent and permanent_before:
        return None
    last = put_at + LAST_AFTER
    if attempts >= len(PAUSES) or now >= last:
        return None
    pause = CONFIRM_AFTER if failure.permanent else PAUSES[attempts]
    wait = spread(pause, draw=draw)
    if failure.retry_after is not None:
        wait = max(wait, min(failure.retry_after, LONGEST_ASKED))
    return min(now + wait, last)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for, in seconds or as an HTTP date; None where it cannot be read or is past."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ASKED) if len(text) <= 9 else LONGEST_ASKED
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wait = moment - now
    return min(wait, LONGEST_ASKED) if wait > timedelta(0) else None


@dataclass(frozen=True, slots=True)
class Breaker:
    """An endpoint's breaker: closed, or open until a moment at which one delivery may try."""

    failures: int
    open_until: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether deliveries wait for a probe."""
        return self.failures >= OPENS_AFTER

    def waits_until(self, now: datetime) -> datetime | None:
        """Until when a delivery waits; None: it may go, and where the breaker is open it is the probe."""
        if self.is_open and self.open_until is not None and now < self.open_until:
            return self.open_until
        return None

    def probing(self, now: datetime) -> Breaker:
        """After a delivery was let go: the next probe comes later."""
        return Breaker(self.failures, now + PROBE_EVERY) if self.is_open else self

    def failed(self, now: datetime) -> Breaker:
        """The breaker after one more failure; the twentieth in a row opens it."""
        failures = self.failures + 1
        return Breaker(failures, now + PROBE_EVERY if failures >= OPENS_AFTER else None)

    def succeeded(self) -> Breaker:
        """The breaker after a success: closed, with no failures counted."""
        return Breaker(0, None)
