"""What a clash is, and what entries of the calendar are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plays.domain.calendar import Entry
from plays.domain.guardrails import Policy
from plays.domain.hours import Calendar

KINDS: Final = {
    "same_day": "Twice on one day",
    "same_channel": "Two bursts at once",
    "away": "Owner away",
    "holiday": "Holiday",
    "off_day": "Day off",
    "quiet": "Quiet hours",
    "mail": "Mail and follow-up apart",
    "account_cap": "Too much for an account",
    "contact_cap": "Too much for a person",
}
"""Kind of clash -> its name on pages."""
SEARCHED: Final = 60
ANY_WEEK: Final = Calendar(ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Clash:
    """Things that get in each other's way, or one that cannot be done then. `day` is where it shows.

    `advice`: what a person can do about it.
    """

    day: date
    kind: str
    sentence: str
    advice: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Away:
    """Days of absence, both included, and who stands in."""

    first: date
    last: date
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What entries are held against.

    `holidays`: territory, or None for everybody -> day -> its name. `weeks`: person -> working time, with the holidays
    that bind them. `made`, `made_to`: account, contact -> the days of the touches that have been made. `today`: what
    lies before it nobody moves any more.
    """

    policy: Policy = field(default_factory=Policy)
    away: Mapping[int, Sequence[Away]] = field(default_factory=dict)
    weeks: Mapping[int, Calendar] = field(default_factory=dict)
    holidays: Mapping[int | None, Mapping[date, str]] = field(default_factory=dict)
    made: Mapping[int, Sequence[date]] = field(default_factory=dict)
    made_to: Mapping[int, Sequence[date]] = field(default_factory=dict)
    today: date = date.min

    def works(self, person_id: int | None, day: date) -> bool:
        """Whether the person is at work on a day; of somebody unknown, every day from Monday to Friday."""
        week = self.weeks.get(person_id or 0, ANY_WEEK)
        return week.works_on(day) and self.absence(person_id, day) is None

    def absence(self, person_id: int | None, day: date) -> Away | None:
        """The absence that a day falls into."""
        return next((one for one in self.away.get(person_id or 0, ()) if one.first <= day <= one.last), None)

    def next_day(self, entry: Entry) -> date:
        """The next day on which its owner works and the account has no holiday; the day after where there is none."""
        for ahead in range(1, SEARCHED):
            day = entry.first + timedelta(days=ahead)
            if self.works(entry.owner_id, day) and not self.holiday(entry.territory_id, day):
                return day
        return entry.first + timedelta(days=1)

    def holiday(self, territory_id: int | None, day: date) -> str:
        """The name of a day that is a holiday there; empty where it is none."""
        everywhere = self.holidays.get(None, {}).get(day, "")
        return everywhere or self.holidays.get(territory_id, {}).get(day, "")
