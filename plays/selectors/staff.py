"""The people who can be given work: their load, absences and working time, read once for a batch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from abmops.lib.choices import Role
from accounts.models import Absence, Holiday, User
from plays.domain import hours, routing
from plays.domain.hours import Calendar
from plays.domain.routing import Person, Routed
from plays.models.task import OPEN_STATES

HOLIDAYS_AHEAD = timedelta(days=400)


@dataclass(slots=True)
class Staff:
    """Everybody who works here, as of one moment. Work given out meanwhile counts towards their load."""

    people: dict[int, Person]
    zones: dict[int, str]
    holidays: dict[int | None, frozenset[date]]
    _calendars: dict[int, Calendar] = field(default_factory=dict)

    def calendar(self, person_id: int | None) -> Calendar:
        """The working time of a person; the installation's zone where nobody is named."""
        key = person_id or 0
        if key not in self._calendars:
            person = self.people.get(key)
            theirs = (
                self.holidays.get(person.territory_id, frozenset())
                if person and person.territory_id
                else frozenset()
            )
            self._calendars[key] = Calendar(
                zone=hours.zone_named(self.zones.get(key, settings.TIME_ZONE)),
                holidays=self.holidays.get(None, frozenset()) | theirs,
            )
        return self._calendars[key]

    def route(self, *, side: str, role: str, owner_id: int | None, territory_id: int | None) -> Routed:
        """Who gets a step; their load grows by one."""
        found = routing.route(
            side=side, role=role, owner_id=owner_id, territory_id=territory_id, people=self.people
        )
        person = self.people[found.person_id]
        self.people[person.id] = replace(person, open_tasks=person.open_tasks + 1)
        return found


def staff(*, now: datetime) -> Staff:
    """Everybody active who can owe a task, in three queries."""
    users = (
        User.objects.filter(is_active=True, role__in=(Role.REP, Role.MARKETER, Role.REVOPS))
        .annotate(n=Count("tasks", filter=Q(tasks__state__in=OPEN_STATES)))
        .values_list("id", "name", "email", "role", "job", "territory", "time_zone", "n")
        .order_by("id")
    )
    rows = list(users)
    zones = {row[0]: row[6] for row in rows}
    away = _away(now, zones)
    people = {
        pk: Person(
            id=pk,
            name=name or email,
            role=role,
            job=job,
            territory_id=territory,
            open_tasks=n,
            absent=pk in away,
            stand_in_id=away.get(pk),
        )
        for pk, name, email, role, job, territory, _, n in rows
    }
    return Staff(people=people, zones=zones, holidays=_holidays(now))


def _away(now: datetime, zones: dict[int, str]) -> dict[int, int | None]:
    """Person -> stand-in, for those whose local day falls into an absence."""
    around = (now.date() - timedelta(days=1), now.date() + timedelta(days=1))
    rows = Absence.objects.filter(starts_on__lte=around[1], ends_on__gte=around[0]).order_by("id")
    away: dict[int, int | None] = {}
    for user, starts, ends, stand_in in rows.values_list("user", "starts_on", "ends_on", "stand_in"):
        today = now.astimezone(hours.zone_named(zones.get(user, "UTC"))).date()
        if starts <= today <= ends and away.get(user) is None:
            away[user] = stand_in
    return away


def _holidays(now: datetime) -> dict[int | None, frozenset[date]]:
    days: dict[int | None, set[date]] = defaultdict(set)
    span = (now.date() - timedelta(days=2), now.date() + HOLIDAYS_AHEAD)
    for territory, day in Holiday.objects.filter(day__range=span).values_list("territory", "day"):
        days[territory].add(day)
    return {territory: frozenset(found) for territory, found in days.items()}
