"""The signals of one source hour by hour, and what the same hours of the weeks before held."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from math import floor

HOUR = 3_600.0
WEEK_HOURS = 168
WEEKS = 8
SHORT = 50
BUSY_HOURS = 24
"""A source with signals in fewer hours of a week is a bursty one: files, jobs, campaigns."""


class Series:
    """The signals of one source hour by hour, as of one moment."""

    def __init__(
        self,
        counts: Mapping[int, int],
        *,
        now: float,
        first: int | None = None,
        left_out: Collection[int] = (),
        holidays: Collection[int] = (),
    ) -> None:
        """`counts` by hours since 1970, `first` the hour of the first signal, `left_out` hours of known outages,
        `holidays` those of public holidays."""
        self.hour = floor(now / HOUR)
        self.part = now / HOUR - self.hour
        start = self.hour - (WEEKS + 1) * WEEK_HOURS - 2 * WEEK_HOURS
        self.start = start
        size = self.hour - start + 1
        values, skipped = [0] * size, [0] * size
        for hour, count in counts.items():
            if 0 <= hour - start < size:
                values[hour - start] = count
        for hour in left_out:
            if 0 <= hour - start < size:
                skipped[hour - start] = 1
        self.values = values
        self.sums = [0, *accumulate(values)]
        self.skips = [0, *accumulate(skipped)] if left_out else None
        self.holidays = frozenset(holidays)
        earliest = first if first is not None else min(counts, default=self.hour)
        self.weeks = min(WEEKS, (self.hour - earliest) // WEEK_HOURS)

    def total(self, first: int, last: int) -> int:
        """Signals of the whole hours `[first, last)`."""
        low, high = max(first - self.start, 0), max(last - self.start, 0)
        return self.sums[min(high, len(self.values))] - self.sums[min(low, len(self.values))]

    def at(self, hour: int) -> int:
        """How many signals came in that hour; 0 outside of the series."""
        place = hour - self.start
        return self.values[place] if 0 <= place < len(self.values) else 0

    def is_left_out(self, first: int, last: int) -> bool:
        """Whether a known outage or flood lies in the hours `[first, last)`."""
        if self.skips is None:
            return False
        low, high = max(first - self.start, 0), min(max(last - self.start, 0), len(self.values))
        return self.skips[high] > self.skips[low]

    def holiday_hours(self, first: int, last: int) -> int:
        """How many of the hours `[first, last)` belong to a public holiday."""
        if not self.holidays:
            return 0
        return sum(1 for hour in range(first, last) if hour in self.holidays)

    @property
    def is_bursty(self) -> bool:
        """Whether it sends in few hours of a week."""
        first = self.hour - self.weeks * WEEK_HOURS
        active = sum(1 for hour in range(first, self.hour) if self.at(hour))
        return active < BUSY_HOURS * self.weeks

    def usual(self, span: int, shifts: Sequence[int], *, lead: float = 0.0) -> list[list[float]]:
        """What the same window held in each week before, a list of readings (one a shift) a week.

        The window is the part of the current hour that has passed, `span` whole hours before it, and of the hour
        before those its last `lead` (0 to 1).
        """
        found = []
        for week in range(1, self.weeks + 1):
            readings = []
            for shift in shifts:
                end = self.hour - week * WEEK_HOURS + shift
                if self.is_left_out(end - span - 1, end + 1) or self._was_holiday(end - span - 1, end + 1):
                    continue
                whole = self.total(end - span, end)
                ahead = lead * self.at(end - span - 1) if lead else 0.0
                readings.append(whole + self.part * self.at(end) + ahead)
            if readings:
                found.append(readings)
        return found

    def usual_of_sundays(self, span: int, shifts: Sequence[int]) -> list[list[float]]:
        """The same, but for hours of a holiday what the Sunday of that week held at the same time of day."""
        found = []
        for week in range(1, self.weeks + 1):
            readings = []
            for shift in shifts:
                back = week * WEEK_HOURS - shift
                hours = [
                    (_on_sunday(hour) if hour in self.holidays else hour) - back
                    for hour in range(self.hour - span, self.hour + 1)
                ]
                if not any(self.is_left_out(hour, hour + 1) for hour in hours):
                    whole = sum(self.at(hour) for hour in hours[:-1])
                    readings.append(whole + self.part * self.at(hours[-1]))
            if readings:
                found.append(readings)
        return found

    def _was_holiday(self, first: int, last: int) -> bool:
        """Whether a short window of before lies on a holiday, so that it teaches nothing; of a long one a day off is a
        small part."""
        return last - first <= SHORT and bool(self.holiday_hours(first, last))


def _on_sunday(hour: int) -> int:
    """The same time of day on the Sunday of the week. 1970 began on a Thursday."""
    weekday = (hour // 24 + 3) % 7
    return hour + (6 - weekday) * 24
