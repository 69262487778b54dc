"""The hours of public holidays that the program keeps, wherever its people are."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from accounts.models import Holiday, User
from signals.domain.series import HOUR


def holiday_hours(*, first: datetime, last: datetime) -> frozenset[int]:
    """The hours since 1970 that belong to a holiday between two moments. Two queries.

    A source's visitors are of no one place, so every territory's holidays count, each in the time zones of the people
    who work there; those of everybody in the zones of everybody.
    """
    days = Holiday.objects.filter(day__gte=(first - timedelta(days=1)).date(), day__lte=last.date())
    kept = list(days.values_list("day", "territory_id"))
    if not kept:
        return frozenset()
    zones: defaultdict[int | None, set[str]] = defaultdict(set)
    people = User.objects.filter(is_active=True).order_by().values_list("territory_id", "time_zone")
    for territory, name in people.distinct():
        zones[territory].add(name)
        zones[None].add(name)
    hours: set[int] = set()
    for day, territory in kept:
        for name in zones.get(territory) or {settings.TIME_ZONE}:
            begins, ends = (
                datetime.combine(one, time(), tzinfo=_zone(name)).astimezone(UTC)
                for one in (day, day + timedelta(days=1))
            )
            hours.update(range(int(begins.timestamp() // HOUR), -int(-ends.timestamp() // HOUR)))
    return frozenset(hours)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return ZoneInfo("UTC")
