"""Times as vendors write them, as one of RFC 3339. What could be read in two ways is refused with the cure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

UNIX, UNIX_MS = "unix", "unix_ms"
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "MMM": r"(?P<word>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "DD": r"(?P<day>\d{2})",
    "HH": r"(?P<hour>\d{2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("YYYY|MMM|MM|DD|HH|mm|ss|M|D")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: n for n, name in enumerate(_NAMES, 1)}
_WEEK = re.compile(r"(\d{4})-?W(\d{2})")
_BLANK = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?: ?(Z|UTC|[+-]\d{2}:?\d{2}))?")
_FIRST, _LAST = 0, 253_402_300_799


class Unclear(ValueError):
    """A time that cannot be read; the message is a sentence."""


def pattern(form: str) -> re.Pattern[str]:
    """The form of a date such as `DD/MM/YYYY`; Unclear where it names no year, month or day, or one of them twice."""
    return _pattern(form)


@lru_cache(maxsize=256)
def _pattern(form: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _TOKEN.finditer(form):
        parts += [re.escape(form[at : found.start()]), _TOKENS[found[0]]]
        at = found.end()
    parts.append(re.escape(form[at:]))
    try:
        read = re.compile("".join(parts))
    except re.error:
        raise Unclear(f"“{form[:40]}” names a part of the date twice.") from None
    names = set(read.groupindex)
    if not ({"year", "day"} <= names and names & {"month", "word"}):
        raise Unclear(
            f"“{form[:40]}” is no form of a date. Write it with YYYY, MM or MMM, and DD, such as DD/MM/YYYY, "
            "or say unix or unix_ms."
        )
    return read


def moment(value: object, forms: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """The moment that a value says, by the first form that fits, else by ISO 8601. A day begins at its midnight."""
    if isinstance(value, bool) or value is None:
        raise Unclear("Is no time.")
    for form in forms:
        if form in (UNIX, UNIX_MS):
            if (read := _counted(value, form)) is not None:
                return read
        elif isinstance(value, str) and (fits := _pattern(form).fullmatch(value.strip())):
            return _of_parts(fits, value, zone)
    if not isinstance(value, str):
        raise Unclear(f"{value} is a number. Say under “format” whether it is unix or unix_ms.")
    return _iso(value.strip(), forms, zone)


def _counted(value: object, form: str) -> datetime | None:
    """Seconds or milliseconds since 1970; also from a text of digits."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    seconds = number / 1000 if form == UNIX_MS else number
    if not _FIRST <= seconds <= _LAST:
        raise Unclear(
            f"{value} is out of range for {form}. Is it in {'seconds' if form == UNIX_MS else 'milliseconds'}?"
        )
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _of_parts(fits: re.Match[str], value: str, zone: ZoneInfo) -> datetime:
    said = fits.groupdict()
    month = int(said["month"]) if said.get("month") else _MONTHS.get((said.get("word") or "").casefold(), 0)
    try:
        return datetime(
            int(said["year"]),
            month,
            int(said["day"]),
            int(said.get("hour") or 0),
            int(said.get("minute") or 0),
            int(said.get("second") or 0),
            tzinfo=zone,
        )
    except ValueError:
        raise Unclear(f"{value[:40]} is no day of the calendar.") from None


def _iso(text: str, forms: tuple[str, ...], zone: ZoneInfo) -> datetime:
    week = _WEEK.fullmatch(text)
    try:
        if week:
            return datetime.combine(date.fromisocalendar(int(week[1]), int(week[2]), 1), time(), zone)
        if blank := _BLANK.fullmatch(text):
            offset = {"UTC": "Z"}.get(blank[3] or "", blank[3] or "")
            text = f"{blank[1]}T{blank[2]}{offset}"
        read = datetime.fromisoformat(text)
    except ValueError:
        wanted = f" or like {', '.join(forms)}" if forms else ""
        raise Unclear(
            f"“{text[:40]}” is not a time. Write it like 2026-11-16 or 2026-11-16T09:30:00Z{wanted}, "
            "or say its form under “format”, such as DD/MM/YYYY."
        ) from None
    return read if read.tzinfo is not None else read.replace(tzinfo=zone)
