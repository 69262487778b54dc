"""When an event happened: the sender's time, corrected for its clock's skew, within limits.

The rule is Segment's: `received - (sent - timestamp)`, so that a sender whose clock is an hour off is an
hour right. A lag of up to `NETWORK_LAG` between sending and receiving is the network's and corrects
nothing: otherwise the same event would get another time each time it is sent again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from abmops.lib.errors import FieldError, FieldErrors

NETWORK_LAG = timedelta(seconds=5)
"""The most that `received - sent` may differ from nothing before the sender's clock is held to be wrong."""

AHEAD = timedelta(minutes=5)
"""How far ahead of us a corrected time is still taken as the moment we received the event."""

HELD = timedelta(hours=24)
"""How far ahead of us a corrected time may be at all: until its moment comes, the event is held."""

OLDEST = timedelta(days=731)
"""Older events are refused:

Two years are 25 half-lives of a month, and thresholds look back 730 days at most.
"""

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?([Zz]|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_SHAPE = "send RFC 3339 with a zone, such as 2026-11-22T09:30:00Z"


class Ahead(FieldErrors):
    """The event lies ahead of us, by no more than `HELD`: it is held until `at` comes."""

    def __init__(self, at: datetime, pointer: str) -> None:
        self.at = at
        super().__init__([FieldError(pointer, "The time is ahead of ours; the event is held until then.")])


def parse_time(text: object, *, pointer: str = "/timestamp") -> datetime:
    """An RFC 3339 time as an aware UTC datetime, to the microsecond (further digits are cut off).

    FieldErrors for anything else, first of all for a time without a zone, which could mean any of 26 hours.
    A leap second (`:60`) is the first moment of the next minute. An offset without its colon is let
    through.
    """
    if not isinstance(text, str):
        raise FieldErrors.one(pointer, f"The time must be a text; {_SHAPE}.")
    if (quick := _as_libraries_write(text)) is not None:
        return quick
    found = _RFC_3339.fullmatch(text.strip())
    if found is None:
        raise FieldErrors.one(pointer, f"“{_cut(text)}” is no time that we can read; {_SHAPE}.")
    year, month, day, hour, minute, second, fraction, zone, sign, hours, minutes = found.groups()
    if zone is None:
        raise FieldErrors.one(pointer, f"“{_cut(text)}” does not say which zone it is in; {_SHAPE}.")
    try:
        leap = second == "60"
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            59 if leap else int(second),
            0 if leap or not fraction else int(f"{fraction:0<6.6}"),
            tzinfo=_zone(sign, hours, minutes),
        )
        return (local + timedelta(seconds=1) if leap else local).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldErrors.one(pointer, f"“{_cut(text)}” is not in the calendar; {_SHAPE}.") from error


def misread(text: str | None) -> FieldError | None:
    """What is wrong with a timestamp by itself, whenever it came: the doors tell the sender. None and empty are now."""
    if not text or _as_libraries_write(text) is not None:
        return None
    try:
        parse_time(text)
    except FieldErrors as error:
        return error.errors[0]
    return None


_LIBRARIES = {"--T::.", "--T::Z"}


def _as_libraries_write(text: str) -> datetime | None:
    """`2026-11-22T09:30:00.123Z`, read by Python itself, which is five times as fast; anything else is None."""
    if not (20 <= len(text) <= 27 and text[4:20:3] in _LIBRARIES and text[-1] == "Z"):
        return None
    if not (text[-2].isdigit() and text.isascii()):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def occurred_at(
    *, timestamp: object, sent_at: object, received_at: datetime, pointer: str = "/timestamp"
) -> datetime:
    """When the event happened, in UTC: never after `received_at`, never more than two years before it.

    No timestamp: when it was received. A `sent_at` that cannot be read corrects nothing, since it says
    nothing about the event itself. A few minutes ahead of us is now; up to a day ahead, after correction,
    raises Ahead. FieldErrors where the timestamp cannot be read, is further ahead, or is more than two years
    old.
    """
    received = received_at.astimezone(UTC)
    if timestamp is None or timestamp == "":
        return received
    happened = corrected(parse_time(timestamp, pointer=pointer), _readable(sent_at), received)
    if received + AHEAD < happened <= received + HELD:
        raise Ahead(happened, pointer)
    if happened > received + AHEAD:
        raise FieldErrors.one(
            pointer,
            f"The time is {_span(happened - received)} ahead of ours. Set the sender's clock right, "
            "or send `sentAt` so that we can correct it.",
        )
    if happened < received - OLDEST:
        raise FieldErrors.one(
            pointer, f"The time is {_span(received - happened)} ago; signals of up to two years are taken."
        )
    return min(happened, received)


def corrected(timestamp: datetime, sent_at: datetime | None, received_at: datetime) -> datetime:
    """The time by our clock of what the sender's clock called `timestamp`."""
    if sent_at is None or abs(received_at - sent_at) <= NETWORK_LAG:
        return timestamp
    try:
        return received_at - (sent_at - timestamp)
    except OverflowError:
        return timestamp


def _readable(sent_at: object) -> datetime | None:
    return _instant(sent_at) if isinstance(sent_at, str) else None


@lru_cache(maxsize=256)
def _instant(text: str) -> datetime | None:
    """A whole batch was sent at one moment: it is read once."""
    try:
        return parse_time(text)
    except FieldErrors:
        return None


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if sign is None or hours is None or minutes is None:
        return UTC
    if int(minutes) > 59:
        raise ValueError("An hour has 60 minutes.")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(offset if sign == "+" else -offset)


def _span(length: timedelta) -> str:
    """`7 minutes`, `3 hours`, `800 days`: whole units, rounded down."""
    seconds = length.total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
