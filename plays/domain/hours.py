"""Working time: due times from SLAs in a person's own zone, hours and holidays.

Local times become UTC one interval at a time and only UTC is added up, so both nights of a clock change come out right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SEARCHED_DAYS: Final = 3660
"""How far a working day is looked for before the calendar is called empty."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a step waits for: working days or calendar days, then hours, then the local window it may open in."""

    days: int = 0
    business_days: int = 0
    hours: float = 0.0
    window: tuple[time, time] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to wait for."""
        return bool(self.days or self.business_days or self.hours or self.window)


def window_of(text: str) -> tuple[time, time] | None:
    """`09:00-11:00` as two times of the wall; None for no window. ValueError where it is not one."""
    if not text:
        return None
    begins, _, ends = text.partition("-")
    window = time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    if any(clock.tzinfo for clock in window) or window[0] >= window[1]:
        raise ValueError(text)
    return window


class NoWorkingTimeError(ValueError):
    """The calendar has no working day within ten years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A person's working time: 09:00 to 17:00 on weekdays in their zone, without the holidays."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = field(default_factory=frozenset)

    def works_on(self, day: date) -> bool:
        """Whether the local day is a working day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def local_day(self, moment: datetime) -> date:
        """The date on the person's wall at a moment."""
        return moment.astimezone(self.zone).date()

    def intervals(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        """The working intervals from a local day on, in UTC, half-open."""
        for ahead in range(SEARCHED_DAYS):
            day = first + timedelta(days=ahead)
            if self.works_on(day):
                yield at_local(day, self.opens, self.zone), at_local(day, self.closes, self.zone)
        raise NoWorkingTimeError(f"No working day within {SEARCHED_DAYS} days after {first}.")


def zone_named(name: str) -> ZoneInfo:
    """The zone, or UTC where the name is not (or no longer) known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return ZoneInfo("UTC")


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the wall shows `clock` on `day`.

    A time that the clocks skip moves on by the skip (02:30 becomes 03:30); of a time that comes twice, the first.
    """
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=0).astimezone(UTC)


def working_moment(start: datetime, calendar: Calendar) -> datetime:
    """The first working moment at or after `start`: `start` itself within hours, else the next opening."""
    for opens, closes in calendar.intervals(calendar.local_day(start)):
        if start < closes:
            return max(start, opens)
    raise AssertionError  # pragma: no cover  (intervals never ends without raising)


def due_after(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """When something that starts at `start` is due under an SLA of `hours`.

    Each whole 24 h is one working day, at the same time on the wall; the rest is working hours. So 24 h from Friday
    10:00 is Monday 10:00, and 4 h from Friday 15:00 is Monday 11:00. Outside of hours it starts at the next opening.
    """
    days, rest = divmod(timedelta(hours=hours), timedelta(hours=24))
    moment = working_moment(start, calendar)
    if days:
        moment = _same_clock(moment, days, calendar)
    return working_after(moment, rest, calendar)


def working_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much working time lies in `[start, end)`."""
    total = timedelta()
    if start >= end:
        return total
    for opens, closes in calendar.intervals(calendar.local_day(start)):
        if opens >= end:
            return total
        total += max(min(closes, end) - max(opens, start), timedelta())
    raise AssertionError  # pragma: no cover


def working_after(start: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """The moment at which so much working time has passed since `start`; `start` itself for none."""
    if not amount:
        return start
    left = amount
    for opens, closes in calendar.intervals(calendar.local_day(start)):
        begins = max(opens, start)
        if begins >= closes:
            continue
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError  # pragma: no cover


def after_rest(due: datetime, stopped: datetime, now: datetime, calendar: Calendar) -> datetime:
    """The due time after the clock stood from `stopped` to `now`: later by the working time lost meanwhile.

    What was late already when the clock stopped stays due when it was; what was not is never late at once.
    """
    if due <= stopped:
        return due
    moved = working_after(due, working_between(stopped, now, calendar), calendar)
    return moved if moved > now else working_after(now, timedelta(minutes=1), calendar)


def _same_clock(moment: datetime, days: int, calendar: Calendar) -> datetime:
    local = moment.astimezone(calendar.zone)
    left = days
    for ahead in range(1, SEARCHED_DAYS):
        day = local.date() + timedelta(days=ahead)
        if calendar.works_on(day):
            left -= 1
            if not left:
                return at_local(day, local.time(), calendar.zone)
    raise NoWorkingTimeError(f"No {days} working days after {local.date()}.")


def days_later(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time on the wall, `days` calendar days later, in UTC: how a step's wait runs."""
    local = start.astimezone(zone)
    return at_local(local.date() + timedelta(days=days), local.time(), zone)


def after_wait(start: datetime, wait: Wait, calendar: Calendar) -> datetime:
    """When a step opens that waits so long after `start`, in UTC.

    Days keep the time on the wall; hours are hours that really pass, also in the night of a clock change. With a local
    window the step opens at its first moment that comes: on a working day where the wait counts working days.
    """
    moment = start
    if wait.business_days:
        moment = _same_clock(moment, wait.business_days, calendar)
    elif wait.days:
        moment = days_later(moment, wait.days, calendar.zone)
    moment += timedelta(hours=wait.hours)
    if wait.window is None:
        return moment
    return _in_window(moment, wait.window, calendar, working=bool(wait.business_days))


def _in_window(moment: datetime, window: tuple[time, time], calendar: Calendar, *, working: bool) -> datetime:
    """The first moment at or after `moment` within the local window, half-open; on a working day if asked."""
    first = calendar.local_day(moment)
    for ahead in range(SEARCHED_DAYS):
        day = first + timedelta(days=ahead)
        if working and not calendar.works_on(day):
            continue
        opens, closes = (at_local(day, clock, calendar.zone) for clock in window)
        if moment < closes:
            return max(moment, opens)
    raise NoWorkingTimeError(f"No working day within {SEARCHED_DAYS} days after {first}.")


def next_opening(start: datetime, calendar: Calendar) -> datetime:
    """The next morning of a working day after the local day of `start`: where a snooze without a date goes."""
    for opens, _ in calendar.intervals(calendar.local_day(start) + timedelta(days=1)):
        return opens
    raise AssertionError  # pragma: no cover
