"""Absences and bursts once more, as simply as they can be said: the part of `reference.py` that is about days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

DAY = timedelta(days=1)
NINE = timedelta(hours=9)


def midnight(moment: datetime, days: int = 0) -> datetime:
    """The midnight that began the day, or the one so many days later."""
    return datetime.combine(moment.date(), time(0), moment.tzinfo) + days * DAY


@dataclass
class Absence:
    """Somebody is away from a midnight to another, with or without the other one standing in."""

    person: str
    starts: datetime
    ends: datetime
    covered: bool
    handed: bool = False

    def covers(self, moment: datetime) -> bool:
        return self.starts <= moment < self.ends

    @property
    def back(self) -> datetime:
        """The first nine o'clock of a weekday after it."""
        day = self.ends
        while day.weekday() >= 5:
            day += DAY
        return day + NINE


@dataclass
class Burst:
    """Marketing on some accounts, from the midnight of its first day to the midnight after its last.

    At nine on its first day each account that does not rest gets its touch, however late that is seen; what rests gets
    it as soon as it rests no more, while the burst runs.
    """

    starts: datetime
    ends: datetime
    waiting: set[str]
    begun: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    off: bool = False
    looked: bool = False

    def look(self, now: datetime, resting: set[str]) -> None:
        if self.off or now < self.starts + NINE or (self.looked and now >= self.ends):
            return
        self.looked = True
        coming = self.waiting - resting - self.left
        self.begun |= coming
        self.waiting -= coming

    def leave(self, account: str, now: datetime) -> None:
        """For good, but not from one that is over; a last day is still on somewhere for a day more."""
        if account in self.waiting | self.begun and not self.off and now < self.ends + DAY:
            self.left.add(account)
