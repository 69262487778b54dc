"""Quiet hours: nothing that goes out by itself reaches a person outside of their day.

Tasks of people need no such rule: they are due in their owner's working time.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plays.domain.hours import at_local

_SEARCHED_DAYS: Final = 60


def allowed_at(
    now: datetime,
    zones: Sequence[ZoneInfo],
    *,
    opens: int,
    closes: int,
    holidays: frozenset[date] = frozenset(),
) -> datetime:
    """`now` where it is day (from `opens` to before `closes` o'clock) in every zone, else the next moment when it is.

    Weekends and holidays are quiet, each by the local date. Zones whose days never meet are judged by the first alone.
    """
    for day in (now.date() + timedelta(days=ahead) for ahead in range(-1, _SEARCHED_DAYS)):
        window = _window(day, zones, opens, closes, holidays)
        if window is not None and now < window[1]:
            return max(now, window[0])
    return allowed_at(now, zones[:1], opens=opens, closes=closes) if len(zones) > 1 or holidays else now


def _window(
    day: date, zones: Sequence[ZoneInfo], opens: int, closes: int, holidays: frozenset[date]
) -> tuple[datetime, datetime] | None:
    """When it is day in all zones at once on a date, half-open."""
    if day.weekday() > 4 or day in holidays:
        return None
    begins = max(at_local(day, time(opens), zone) for zone in zones)
    ends = min(_end(day, closes, zone) for zone in zones)
    return (begins, ends) if begins < ends else None


def _end(day: date, closes: int, zone: ZoneInfo) -> datetime:
    """The hour at which it closes; 24 is the next midnight."""
    return at_local(day + timedelta(days=closes // 24), time(closes % 24), zone)
