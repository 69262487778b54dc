"""The list's week: Monday to Monday in UTC, the same for every reader, and what changed in it in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """The seven days from a Monday, midnight UTC to midnight UTC."""

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> Week:
        """The week that a moment lies in."""
        return cls.around(moment.astimezone(UTC).date())

    @classmethod
    def around(cls, day: date) -> Week:
        """The week of a day."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, text: str) -> Week:
        """Any day of it, `2026-11-18`, or its number, `2026-W47`; ValueError for anything else."""
        words = text.strip().upper()
        year, mark, number = words.partition("-W")
        try:
            numbered = mark and len(year) == 4
            day = date.fromisocalendar(int(year), int(number), 1) if numbered else date.fromisoformat(words)
            return cls.around(day).between_others()
        except ValueError:
            raise ValueError(f"{text[:20]!r} is no week; write a day of it, like 2026-11-18.") from None

    def between_others(self) -> Week:
        """This week, if there is one before it and one after; ValueError at either end of all days."""
        if not date.min + WEEK <= self.monday <= date.max - 2 * WEEK:
            raise ValueError(self.monday)
        return self

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.monday, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + WEEK

    @property
    def number(self) -> int:
        """As calendars count them."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def before(self) -> Week:
        """The one before."""
        return Week(self.monday - WEEK)

    def after(self) -> Week:
        """The one after."""
        return Week(self.monday + WEEK)


def said(*, joined: int, left: int, retiered: int, size_before: int, size: int) -> str:
    """A week's changes in one or two sentences."""
    parts = [
        f"{_accounts(joined)} joined" if joined else "",
        f"{left} left" if left and joined else f"{_accounts(left)} left" if left else "",
        f"{retiered} changed tier"
        if retiered and (joined or left)
        else f"{_accounts(retiered)} changed tier"
        if retiered
        else "",
    ]
    listed = [part for part in parts if part]
    if not listed:
        return f"Nothing changed on the list: {_accounts(size)} on it."
    words = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
    grown = size - size_before
    change = f"{grown} more than" if grown > 0 else f"{-grown} fewer than" if grown < 0 else "as many as"
    return f"{words}. {_accounts(size)} on the list, {change} the week before."


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count:,} accounts"
