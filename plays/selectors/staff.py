"""The people who can be given work: their load, absences and working time, read once for a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection

from accounts.models import Absence, Account, User
from accounts.models.user import WORKERS
from plays.domain import hours, routing
from plays.domain.hours import Calendar
from plays.domain.routing import Case, Routed, Rule
from plays.domain.staffing import Person
from plays.models import RoutingRule
from plays.selectors.house import House, in_force

WORKED_WITHIN = timedelta(days=180)
"""How long ago somebody's last touch may be for the account to count as one that they work."""


@dataclass(frozen=True, slots=True)
class Week:
    """When somebody works, on their wall."""

    zone: str
    opens: time
    closes: time
    weekdays: frozenset[int]


@dataclass(slots=True)
class Staff:
    """Everybody who works here, as of one moment. Work given out meanwhile counts towards their load."""

    people: dict[int, Person]
    weeks: dict[int, Week]
    holidays: Mapping[int | None, frozenset[date]]
    rules: tuple[Rule, ...]
    now: datetime
    _calendars: dict[int, Calendar] = field(default_factory=dict)
    _holders: dict[int, dict[str, int]] = field(default_factory=dict)

    def calendar(self, person_id: int | None) -> Calendar:
        """The working time of a person; weekdays from nine to five in the installation's zone where nobody is named."""
        key = person_id or 0
        if key not in self._calendars:
            person, week = self.people.get(key), self.weeks.get(key)
            theirs = self.holidays.get(person.territory_id, frozenset()) if person else frozenset()
            days = self.holidays.get(None, frozenset()) | theirs
            self._calendars[key] = (
                Calendar(hours.zone_named(week.zone), week.opens, week.closes, week.weekdays, days)
                if week
                else Calendar(hours.zone_named(settings.TIME_ZONE), holidays=days)
            )
        return self._calendars[key]

    def learn(self, accounts: Iterable[int]) -> None:
        """Find who of which seat works these accounts already, in one query for all that are not known yet."""
        unknown = set(accounts) - self._holders.keys()
        if unknown:
            self._holders |= {pk: {} for pk in unknown} | holders_of(unknown, now=self.now)

    def case(self, account: Account, *, side: str, role: str) -> Case:
        """What routing needs to know of a step on an account."""
        if account.pk not in self._holders:
            self.learn([account.pk])
        return Case(
            side=side,
            role=role,
            owner_id=account.owner_id,
            territory_id=account.territory_id,
            tier=account.tier,
            country=account.country,
            industry=account.industry,
            holders=self._holders[account.pk],
        )

    def route(self, case: Case, *, barred: Collection[int] = frozenset()) -> Routed:
        """Who gets a step; their load grows by one."""
        found = routing.route(case, self.people, self.rules, barred=barred)
        self.add_load(found.person_id, 1)
        return found

    def add_load(self, person_id: int, more: int) -> None:
        """Count work that has just been given to a person, or taken from them."""
        person = self.people.get(person_id)
        if person is not None:
            self.people[person_id] = replace(person, open_tasks=max(person.open_tasks + more, 0))


def anybody() -> bool:
    """Whether there is somebody at all who could be given a step."""
    return User.objects.here().filter(role__in=WORKERS).exists()


def staff(*, now: datetime, on: datetime | None = None, house: House | None = None) -> Staff:
    """Everybody active who can owe a task, in two queries; `on` asks who is away at another moment.

    `house`: what is in force, where the caller has it; then one query.
    """
    written = (house or in_force(now=now)).written
    weeks = {
        one.pk: Week(one.time_zone, one.opens, one.closes, frozenset(one.weekdays)) for one in written.people
    }
    absences = written.absences if on is None else _absences(on)
    away = _away(absences, on or now, {pk: week.zone for pk, week in weeks.items()})
    owed = _open_tasks()
    people = {
        one.pk: Person(
            id=one.pk,
            name=one.name or one.email,
            role=one.role,
            job=one.job,
            territory_id=one.territory_id,
            open_tasks=owed.get(one.pk, 0),
            absent=one.pk in away or one.pk in written.resting,
            stand_in_id=away.get(one.pk),
            capacity=one.capacity,
        )
        for one in written.people
    }
    rules = tuple(rule_of(row) for row in written.routing)
    return Staff(people=people, weeks=weeks, holidays=written.holidays, rules=rules, now=now)


def _open_tasks() -> dict[int, int]:
    """How many tasks each person owes, from the index of open ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT owner_id, count(*) FROM plays_task WHERE state IN ('open', 'snoozed') GROUP BY owner_id"
        )
        return dict(cursor.fetchall())


def rule_of(row: RoutingRule) -> Rule:
    """A line as the domain reads it."""
    return Rule(
        id=row.pk or 0,
        name=row.name,
        position=row.position,
        target=row.target,
        person_id=row.person_id,
        seats=tuple(row.seats),
        tiers=frozenset(row.tiers),
        territories=frozenset(row.territories),
        countries=frozenset(row.countries),
        industries=frozenset(one.casefold() for one in row.industries),
        sides=frozenset(row.sides),
        roles=frozenset(row.roles),
        reason=row.reason,
    )


_HOLDERS = """
SELECT DISTINCT ON (found.account_id, u.job) found.account_id, u.job, u.id
FROM (
    SELECT o.account_id, o.owner_id AS user_id, 0 AS place, o.opened_at AS at
    FROM accounts_opportunity o
    WHERE o.account_id = ANY(%(ids)s) AND o.closed_at IS NULL AND o.owner_id IS NOT NULL
    UNION ALL
    SELECT t.account_id, t.person_id, 1, max(t.occurred_at)
    FROM accounts_touch t
    WHERE t.account_id = ANY(%(ids)s) AND t.person_id IS NOT NULL AND t.direction = 'outbound'
        AND t.side <> 'marketing' AND t.occurred_at >= %(since)s AND t.occurred_at <= %(now)s
    GROUP BY t.account_id, t.person_id
) found
JOIN accounts_user u ON u.id = found.user_id AND u.is_active AND u.role = 'rep' AND u.job <> ''
ORDER BY found.account_id, u.job, found.place, found.at DESC NULLS LAST, u.id
"""


def holders_of(accounts: Iterable[int], *, now: datetime) -> dict[int, dict[str, int]]:
    """Account -> seat -> who of that seat works it already: the open deal's owner, else the last to touch it."""
    holders: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, {"ids": list(accounts), "since": now - WORKED_WITHIN, "now": now})
        for account, job, user in cursor.fetchall():
            holders[account][job] = user
    return dict(holders)


_Absence = tuple[int, date, date, int | None]


def _absences(on: datetime) -> Iterable[_Absence]:
    around = (on.date() - timedelta(days=1), on.date() + timedelta(days=1))
    rows = Absence.objects.filter(starts_on__lte=around[1], ends_on__gte=around[0]).order_by("id")
    return rows.values_list("user", "starts_on", "ends_on", "stand_in")


def _away(absences: Iterable[_Absence], now: datetime, zones: dict[int, str]) -> dict[int, int | None]:
    """Person -> stand-in, for those whose local day falls into an absence."""
    away: dict[int, int | None] = {}
    for user, starts, ends, stand_in in absences:
        today = now.astimezone(hours.zone_named(zones.get(user, "UTC"))).date()
        if starts <= today <= ends and away.get(user) is None:
            away[user] = stand_in
    return away
