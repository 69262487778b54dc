"""Writing a day's numbers down, once, and holding them against what history gives today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from abmops.lib.errors import Refused
from scoreboard.domain.figures import Amount, Figure, Scope
from scoreboard.domain.windows import end_of
from scoreboard.models import Snapshot
from scoreboard.selectors.book import parts, read_figures
from scoreboard.selectors.trend import missing_days

_PLACES = Decimal("1e-8")
MOST_DAYS_CAUGHT_UP = 31


@transaction.atomic
def write_day(*, day: date, now: datetime) -> int:
    """Keep every number as it was at the end of the day; what is kept already stays. Returns the rows
    added.
    """
    if end_of(day) > now:
        raise Refused(f"{day} is not over yet (UTC), so its numbers cannot be kept.")
    before = Snapshot.objects.filter(day=day).count()
    Snapshot.objects.bulk_create(worked_out(day), ignore_conflicts=True)
    return Snapshot.objects.filter(day=day).count() - before


@transaction.atomic
def write_missing_days(*, now: datetime) -> list[date]:
    """Keep yesterday, and the days before it that nobody was there to keep (at most a month)."""
    days = missing_days(now, MOST_DAYS_CAUGHT_UP)
    for day in days:
        write_day(day=day, now=now)
    return days


def worked_out(day: date) -> list[Snapshot]:
    """The day's snapshots as history gives them now, unsaved."""
    figures = read_figures(end_of(day), Scope())
    rows = []
    for key, whole in figures.items():
        for name, figure in parts(key, whole).items():
            whole_and_tiers: list[tuple[int | None, Figure]] = [(None, figure), *figure.by_tier.items()]
            for tier, one in whole_and_tiers:
                rows.append(
                    Snapshot(
                        day=day,
                        key=name,
                        tier=tier,
                        value=_decimal(one.value),
                        numerator=_decimal(one.numerator),
                        denominator=_decimal(one.denominator),
                    )
                )
    return rows


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept value that history does not give any more, mostly because a fact of that time was told late."""

    key: str
    tier: int | None
    kept: Decimal | None
    now: Decimal | None


def differences(*, day: date) -> list[Difference]:
    """Where the day's snapshots and a fresh calculation do not agree to the eighth decimal."""
    kept = {(row.key, row.tier): row.value for row in Snapshot.objects.filter(day=day)}
    fresh = {(row.key, row.tier): row.value for row in worked_out(day)}
    return [
        Difference(key, tier, kept.get((key, tier)), fresh.get((key, tier)))
        for key, tier in sorted(kept.keys() & fresh.keys(), key=lambda pair: (pair[0], pair[1] or 0))
        if kept[key, tier] != fresh[key, tier]
    ]


def days_between(first: date, last: date) -> list[date]:
    """Both ends included."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _decimal(value: Amount | None) -> Decimal | None:
    """To eight places: the float of a share and its Decimal agree to that."""
    return None if value is None else Decimal(str(value)).quantize(_PLACES)
