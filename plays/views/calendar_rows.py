"""The days of the calendar as drawn: rows of seven, in which what lasts for days is one bar, not an entry a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from plays.domain.calendar import Entry

SHOWN_A_DAY: Final = 5
LANES_A_WEEK: Final = 3
"""Of a month: how many bars lie above each other before the rest is one link away."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What lasts for days, as far as it lies in one week. `came_on`, `goes_on`: it began before, it lasts after."""

    entry: Entry
    first: date
    last: date
    came_on: bool
    goes_on: bool

    @property
    def days(self) -> int:
        """Over how many days it is drawn."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Day:
    """One day as drawn; `more` entries are one link away. `lanes`: from above, the bar that begins there on this day,
    or None where one passes or nothing lies. `reaches_in`: a day of another month whose bar lasts into this one.
    """

    day: date
    entries: Sequence[Entry]
    lanes: Sequence[Bar | None]
    more: int
    is_outside: bool
    is_today: bool
    has_clash: bool
    reaches_in: bool

    @property
    def is_bare(self) -> bool:
        """Whether nothing begins or stands on it."""
        return not self.entries and not self.more and not any(self.lanes)


@dataclass(frozen=True, slots=True)
class Marks:
    """What days are marked by. `month`: the one asked for, where others lie around it."""

    today: date
    clash_days: frozenset[date]
    month: int | None = None


def week_of(
    days: Sequence[date], entries: Iterable[Entry], marks: Marks, *, shown: int | None = None
) -> list[Day]:
    """A row of days. `shown`: the most that stands on one, where room is short."""
    mine = [one for one in entries if one.first <= days[-1] and one.last >= days[0]]
    bars = [_bar(one, days) for one in mine if one.last > one.first]
    lanes = _lanes(bars, most=None if shown is None else LANES_A_WEEK)
    drawn = {bar.entry.key for lane in lanes for bar in lane}
    found = []
    for day in days:
        alone = [one for one in mine if one.first == one.last == day]
        room = len(alone) if shown is None else max(0, shown - sum(map(bool, _on(day, lanes))))
        hidden = sum(bar.first <= day <= bar.last for bar in bars if bar.entry.key not in drawn)
        found.append(_day(day, alone, room, hidden, lanes, marks))
    return found


def _day(
    day: date, alone: Sequence[Entry], room: int, hidden: int, lanes: Sequence[Sequence[Bar]], marks: Marks
) -> Day:
    passing = _on(day, lanes)
    # Below the last bar of the day no room is kept.
    deep = max((n for n, bar in enumerate(passing, start=1) if bar), default=0)
    begun = [bar if bar is not None and bar.first == day else None for bar in passing[:deep]]
    return Day(
        day=day,
        entries=alone[:room],
        lanes=begun,
        more=max(0, len(alone) - room) + hidden,
        is_outside=marks.month is not None and day.month != marks.month,
        is_today=day == marks.today,
        has_clash=day in marks.clash_days,
        reaches_in=any(bar is not None and bar.last.month == marks.month for bar in begun),
    )


def days_of(days: Sequence[date], entries: Iterable[Entry], marks: Marks) -> list[Day]:
    """Days below each other; what lasts for days is named on its first."""
    by_day: dict[date, list[Entry]] = {day: [] for day in days}
    for one in entries:
        by_day[max(one.first, days[0])].append(one)
    return [_day(day, found, len(found), 0, (), marks) for day, found in by_day.items()]


def _bar(entry: Entry, days: Sequence[date]) -> Bar:
    return Bar(
        entry,
        first=max(entry.first, days[0]),
        last=min(entry.last, days[-1]),
        came_on=entry.first < days[0],
        goes_on=entry.last > days[-1],
    )


def _lanes(bars: Iterable[Bar], *, most: int | None) -> list[list[Bar]]:
    """The bars laid out so that none covers another: each in the first lane with room, in their order."""
    lanes: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda one: (one.first, one.entry.first, -one.days)):
        free = next((lane for lane in lanes if lane[-1].last < bar.first), None)
        if free is not None:
            free.append(bar)
        elif most is None or len(lanes) < most:
            lanes.append([bar])
    return lanes


def _on(day: date, lanes: Sequence[Sequence[Bar]]) -> list[Bar | None]:
    """The bar of each lane on that day."""
    return [next((bar for bar in lane if bar.first <= day <= bar.last), None) for lane in lanes]
