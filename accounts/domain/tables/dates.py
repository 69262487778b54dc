"""Dates and times as people and programs write them: which of day and month comes first is a column's question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.domain.tables.numbers import Bad

DMY, MDY, YMD = "dmy", "mdy", "ymd"
ORDER_NAMES = {DMY: "day, month, year", MDY: "month, day, year"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier",
            "feb february februar février",
            "mar march märz mrz mär mars",
            "apr april avril",
            "may mai",
            "jun june juni juin",
            "jul july juli juillet",
            "aug august août",
            "sep sept september septembre",
            "oct october okt oktober octobre",
            "nov november novembre",
            "dec december dez dezember décembre",
        ),
        start=1,
    )
    for name in names.split()
}
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[-+]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})")
_NAMED = re.compile(
    r"(?:(?:[A-Za-zÀ-ÿ]{2,9}\.?,\s*)?)(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?\.?[-\s/]+(?P<m1>[^\W\d_]{3,9})\.?|"
    r"(?P<m2>[^\W\d_]{3,9})\.?[-\s]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?),?[-\s/]+(?P<y>\d{4}|\d{2})",
    re.IGNORECASE,
)
_PIVOT = 70
_EPOCHS = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}


@dataclass(frozen=True, slots=True)
class Written:
    """A date taken apart. `numbers` are in the order of the text; `order` is empty where the text leaves it open."""

    numbers: tuple[int, int, int]
    order: str
    clock: str = ""
    serial: float | None = None
    instant: datetime | None = None

    @property
    def proves(self) -> str:
        """The order that this date is proof of, because only one part can be the month."""
        if self.order or self.serial is not None:
            return ""
        first, second, _ = self.numbers
        if first > 12 >= second:
            return DMY
        return MDY if second > 12 >= first else ""

    @property
    def unclear(self) -> bool:
        """It is another day in the other order."""
        first, second, _ = self.numbers
        return not self.order and self.serial is None and first <= 12 and second <= 12 and first != second


def taken_apart(text: str) -> Written:
    """Take a date apart. Raises Bad where it is none, or one that lost its day or year."""
    if text.isdigit() or re.fullmatch(r"\d{5}\.\d+", text):
        return _bare(text)
    head, clock = text, ""
    found = _CLOCK.search(text)
    if found:
        head, clock = text[: found.start()], found[0]
        if text[found.end() :].strip():
            raise Bad(
                f"“{text[:40]}” ends in something that is no time. Name a zone by its distance, like "
                "+01:00, or not at all."
            )
    head = head.rstrip().removesuffix("T").rstrip(" ,")
    parts = _PARTS.fullmatch(head)
    if parts:
        first, second, third = parts[1], parts[3], parts[4]
        if len(first) == 4 and len(third) <= 2:
            return Written((int(first), int(second), int(third)), YMD, clock)
        if len(first) <= 2 and len(third) in (2, 4):
            year = _year(third)
            return Written((int(first), int(second), year), "", clock)
    named = _NAMED.fullmatch(head)
    if named:
        month = _MONTHS.get((named["m1"] or named["m2"]).casefold())
        if month:
            day = int(named["d1"] or named["d2"])
            return Written((_year(named["y"]), month, day), YMD, clock)
    raise Bad(f"“{text[:40]}” is no date. Write it like 2026-11-22, or empty the cell.")


def _bare(text: str) -> Written:
    """Digits alone: 20261122, seconds or milliseconds since 1970, or the number that Excel keeps for a date."""
    none = (0, 0, 0)
    if len(text) == 8 and "19000101" <= text <= "21001231":
        return Written((int(text[:4]), int(text[4:6]), int(text[6:])), YMD)
    if len(text) in (10, 13):
        seconds = int(text) / (1 if len(text) == 10 else 1000)
        return Written(none, YMD, instant=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    if 20_000 <= float(text) < 80_000:
        return Written(none, "", serial=float(text))
    raise Bad(f"“{text[:40]}” is no date. Write it like 2026-11-22, or empty the cell.")


def _year(text: str) -> int:
    """The year; two digits are of 1970 to 2069."""
    if len(text) == 4:
        return int(text)
    return int(text) + (1900 if int(text) >= _PIVOT else 2000)


def moment(text: str, *, order: str, epoch: str, zone: ZoneInfo) -> str:
    """The RFC 3339 text of a date: a day without a time begins in `zone`, as does a time without a zone of its own."""
    date_ = taken_apart(text)
    if date_.instant is not None:
        return f"{date_.instant:%Y-%m-%dT%H:%M:%S}Z"
    naive = _naive(date_, text, order, epoch)
    if date_.clock:
        clock, offset = _clock(date_.clock, text)
        naive = datetime.combine(naive.date(), clock)
        if offset:
            return naive.isoformat() + offset
    try:
        return naive.replace(tzinfo=zone).isoformat()
    except OverflowError:
        raise Bad(f"“{text[:40]}” is out of range.") from None


def in_words(text: str, *, order: str = "", epoch: str = "") -> str:
    """The day of a date in words, read in one of the ways that are possible: 12 November 2026."""
    day = _naive(taken_apart(text), text, order, epoch)
    return f"{day.day} {day:%B %Y}"


def _naive(date_: Written, text: str, order: str, epoch: str) -> datetime:
    if date_.serial is not None:
        if epoch not in _EPOCHS:
            raise Bad(
                f"{text} looks like the number that Excel keeps for a date. Format the column as a date."
            )
        days, part = divmod(date_.serial, 1)
        near = datetime.combine(_EPOCHS[epoch], time()) + timedelta(days=days, seconds=round(part * 86_400))
        return near.replace(microsecond=0)
    first, second, third = date_.numbers
    used = date_.order or date_.proves or order
    if not used and date_.unclear:
        raise Bad(
            f"“{text[:40]}” may be read in two ways. Say for the column whether the day or the month comes first."
        )
    if used == YMD:
        year, month, day = first, second, third
    elif used == MDY:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if not date_.order and order and date_.proves not in ("", order):
        raise Bad(
            f"“{text[:40]}” has another order than the column ({ORDER_NAMES[order]}). Correct it, best to the form "
            f"{year:04}-{month:02}-{day:02}."
        )
    try:
        return datetime(year, month, day)  # noqa: DTZ001  (its zone is added by the caller)
    except ValueError:
        raise Bad(f"“{text[:40]}” is no day of the calendar. Correct it.") from None


def _clock(text: str, whole: str) -> tuple[time, str]:
    """The time of day, and the distance to UTC where it is named."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise Bad(f"“{whole[:40]}” has no time of day that can be read.")
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = (found["half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise Bad(f"“{whole[:40]}” has no such hour.")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        clock = time(hour, minute, min(second, 59))
    except ValueError:
        raise Bad(f"“{whole[:40]}” has no such time of day.") from None
    zone = (found["zone"] or "").upper()
    if zone in ("Z", "UTC", "GMT"):
        return clock, "Z"
    digits = zone.removeprefix("UTC").removeprefix("GMT").replace(":", "")
    return clock, f"{digits[:3]}:{digits[3:]}" if digits else ""
