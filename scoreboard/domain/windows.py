"""The stretches of time that the numbers look at: half-open, ending at the as-of moment."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
QUARTER = timedelta(days=90)
WEEK = timedelta(days=7)
RESPONSE = timedelta(days=180)  # how long after joining an opportunity counts for the conversion
ESCALATION_WEEKS = 12
TREND_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter in UTC, `[start, end)`."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Quarter":
        """The quarter that the moment lies in."""
        utc = moment.astimezone(UTC)
        return cls(utc.year, (utc.month - 1) // 3 + 1)

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """`2026-Q3`; ValueError for anything else."""
        year, _, number = text.partition("-Q")
        if not (year.isdecimal() and len(year) == 4 and number in {"1", "2", "3", "4"} and int(year) >= 1970):
            raise ValueError(text)
        return cls(int(year), int(number))

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number * 3 - 2, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.next().start

    def next(self) -> "Quarter":
        """The one after."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def previous(self) -> "Quarter":
        """The one before."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True, slots=True)
class Cohort:
    """The accounts that joined in a quarter, as they were at a moment."""

    quarter: Quarter
    seen_at: datetime

    @property
    def joined_before(self) -> datetime:
        """Joinings in `[quarter.start, joined_before)` belong to it; a quarter still running is cut at the
        look.
        """
        return min(self.quarter.end, self.seen_at)


def headline_cohorts(at: datetime, quarter: Quarter | None = None) -> tuple[Cohort, Cohort]:
    """The latest whole quarter's joiners as of `at`, and those of the quarter before at the same age.

    Both are looked at equally long after their quarter's end, so that the older cohort's later luck does not
    count. Another `quarter` may be asked for.
    """
    own = quarter or Quarter.of(at).previous()
    before = own.previous()
    return Cohort(own, at), Cohort(before, before.end + (at - own.end))


def midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def last_whole_day(at: datetime) -> date:
    """The latest UTC day that was over at `at`."""
    return at.astimezone(UTC).date() - timedelta(days=1)


def end_of(day: date) -> datetime:
    """The moment a day's snapshot is as of: the midnight that ends it, UTC."""
    return midnight(day + timedelta(days=1))


def trend_days(at: datetime) -> list[date]:
    """The days whose snapshots make the trend: twelve weeks back in weekly steps, oldest first."""
    newest = last_whole_day(at)
    return [newest - timedelta(weeks=weeks) for weeks in range(TREND_WEEKS, -1, -1)]


def rfc3339(moment: datetime) -> str:
    """The moment as the API writes times."""
    return moment.isoformat().replace("+00:00", "Z")
