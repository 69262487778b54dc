"""One person's working time, without looking at everybody's load."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import Holiday, User
from plays.domain import hours
from plays.domain.hours import Calendar

AHEAD = timedelta(days=60)


def calendar_of(person: User, *, now: datetime) -> Calendar:
    """The person's zone, hours, weekdays and holidays; one query."""
    span = (now.date() - timedelta(days=2), now.date() + AHEAD)
    theirs = Q(territory__isnull=True) | Q(territory=person.territory_id)
    days = Holiday.objects.filter(theirs, day__range=span).values_list("day", flat=True)
    return Calendar(
        zone=hours.zone_named(person.time_zone),
        opens=person.opens,
        closes=person.closes,
        weekdays=frozenset(person.weekdays),
        holidays=frozenset(days),
    )
