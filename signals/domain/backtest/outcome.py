"""What crossings were worth: did an opportunity follow, was an opportunity seen coming, and how much work was it.

A crossing is judged once its 60 days have passed, whether or not something opened before: judging successes early and
failures late would flatter every threshold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from abmops.lib.intervals import Interval, wilson

WITHIN = timedelta(days=60)
"""How soon after a crossing an opportunity must open to speak for it."""

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Judged:
    """A crossing that would have been. `opened_at`: the first opening in its 60 days; `is_judged`: they have passed."""

    account_id: int
    at: datetime
    tier: int | None
    owner_id: int | None
    opened_at: datetime | None
    is_judged: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """An opportunity that opened, and the first crossing of its account in the 60 days before; None: missed."""

    opportunity_id: int
    account_id: int
    opened_at: datetime
    crossed_at: datetime | None

    @property
    def lead_days(self) -> float | None:
        """How long before it opened its account crossed."""
        return None if self.crossed_at is None else (self.opened_at - self.crossed_at) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. No value where there is none to judge."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """0 to 1."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True)
class Load:
    """Crossings by week. `weeks` are (Monday, count) in order; the median is of the whole ones, the worst of all."""

    weeks: tuple[tuple[datetime, int], ...]
    median: float
    worst: int


def opened_after(at: datetime, openings: Sequence[datetime]) -> datetime | None:
    """The first of these openings, in order, within 60 days after `at`."""
    place = bisect_left(openings, at)
    found = openings[place] if place < len(openings) else None
    return found if found is not None and found < at + WITHIN else None


def share_of_crossings(crossings: Iterable[Judged]) -> Share:
    """Of the crossings that can be judged, those after which an opportunity opened."""
    judged = [one for one in crossings if one.is_judged]
    return Share(sum(one.opened_at is not None for one in judged), len(judged))


def share_of_accounts(crossings: Iterable[Judged]) -> Share:
    """Of the accounts with a crossing that can be judged, those with one after which an opportunity opened."""
    accounts: dict[int, bool] = {}
    for one in crossings:
        if one.is_judged:
            accounts[one.account_id] = accounts.get(one.account_id, False) or one.opened_at is not None
    return Share(sum(accounts.values()), len(accounts))


def first_before(opened_at: datetime, crossings: Sequence[datetime]) -> datetime | None:
    """The first of these crossings, in order, within the 60 days before an opening."""
    place = bisect_left(crossings, opened_at - WITHIN)
    found = crossings[place] if place < len(crossings) else None
    return found if found is not None and found < opened_at else None


def base_rate(
    spans: Iterable[tuple[int, datetime, datetime]],
    openings: Mapping[int, Sequence[datetime]],
    *,
    since: datetime,
    until: datetime,
) -> float | None:
    """How likely an opportunity opens within 60 days of any moment at all, over the accounts and times in `spans`.

    A crossing that says nothing comes out at this. `until` is the last moment whose 60 days have passed.
    """
    all_of_it = with_opening = timedelta()
    for account_id, start, end in spans:
        low, high = max(start, since), min(end, until)
        if low >= high:
            continue
        all_of_it += high - low
        covered = low
        for opened_at in openings.get(account_id, ()):
            begins, ends = max(opened_at - WITHIN, covered), min(opened_at, high)
            if begins < ends:
                with_opening += ends - begins
                covered = ends
    return with_opening / all_of_it if all_of_it else None


def load(moments: Iterable[datetime], *, since: datetime, until: datetime) -> Load:
    """How many a week, by UTC weeks that begin on Monday."""
    counted = Counter(_monday(at) for at in moments)
    weeks, monday = [], _monday(since)
    while monday < until:
        weeks.append((monday, counted[monday]))
        monday += WEEK
    whole = [count for monday, count in weeks if since <= monday and monday + WEEK <= until]
    counts = [count for _, count in weeks]
    return Load(tuple(weeks), median(whole or counts) if counts else 0.0, max(counts, default=0))


def load_by_owner(
    crossings: Iterable[Judged], *, since: datetime, until: datetime
) -> list[tuple[int | None, int, Load]]:
    """Each owner's crossings, the busiest owner first: who, how many in all, and by week."""
    moments: defaultdict[int | None, list[datetime]] = defaultdict(list)
    for one in crossings:
        moments[one.owner_id].append(one.at)
    found = [(owner, len(own), load(own, since=since, until=until)) for owner, own in moments.items()]
    return sorted(found, key=lambda row: (-row[1], row[0] is None, row[0] or 0))


def _monday(at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
