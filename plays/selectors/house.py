"""What the house has written down that every decision goes by: read once a process, and again when it has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Absence, Holiday, User
from accounts.models.user import WORKERS
from accounts.selectors.target_list import list_policy
from plays.domain.guardrails import Policy
from plays.models import RoutingRule
from plays.selectors import library, numbers, pauses
from plays.selectors.library import Listed

HOLIDAYS_AHEAD = timedelta(days=400)
HOLIDAYS_BEHIND = timedelta(days=60)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Written:
    """The library, the rules and the people, as their rows say it. Never changed: many decisions share one.

    `people`: everybody active who can owe a task, by id; `resting` are those of them who are paused. `absences`: those
    that are not over, as (person, first day, last day, stand-in). `holidays`: by territory, None for everybody.
    """

    plays: tuple[Listed, ...]
    policy: Policy
    quarantine_days: int
    people: tuple[User, ...]
    resting: frozenset[int]
    absences: tuple[tuple[int, date, date, int | None], ...]
    holidays: Mapping[int | None, frozenset[date]]
    routing: tuple[RoutingRule, ...]


@dataclass(frozen=True, slots=True)
class House:
    """What is written, and the types of events that some endpoint listens to."""

    written: Written
    heard: frozenset[str]


def in_force(*, now: datetime) -> House:
    """What holds at this moment: one query, and a few more when a row of it has changed since this process read it.

    A decision on one account spent more on reading it anew than on the account.
    """
    global _kept
    day = now.date()
    dates = {"yesterday": day - A_DAY, "first": day - HOLIDAYS_BEHIND, "last": day + HOLIDAYS_AHEAD}
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, dates)
        *rows, heard = cursor.fetchone()
    # Rests are told in the reader's zone, and without a row the numbers are the installation's.
    key = (*rows, day, timezone.get_current_timezone_name(), numbers.policy_of_settings())
    kept = _kept
    if kept is None or kept[0] != key:
        kept = _kept = key, _read(dates)
    return House(kept[1], frozenset(heard))


_kept: tuple[tuple[object, ...], Written] | None = None

# Each version of a row has a transaction and a place of its own: equal sums mean the same versions of the same rows.
# What endpoints listen to is asked as it is, since their rows change with every message.
_SUM = "SELECT sum(hashtextextended(t.xmin::text || t.ctid::text, 0)) FROM"
_IN_FORCE = f"""
SELECT ({_SUM} plays_play t),
    ({_SUM} plays_playversion t WHERE t.id IN (SELECT current_id FROM plays_play)),
    ({_SUM} plays_pause t WHERE t.ended_at IS NULL AND (t.play_id IS NOT NULL OR t.person_id IS NOT NULL)),
    ({_SUM} plays_guardrailnumbers t),
    ({_SUM} plays_routingrule t),
    ({_SUM} accounts_listpolicy t),
    ({_SUM} accounts_user t),
    ({_SUM} accounts_absence t WHERE t.ends_on >= %(yesterday)s),
    ({_SUM} accounts_holiday t WHERE t.day BETWEEN %(first)s AND %(last)s),
    ARRAY(SELECT DISTINCT unnest(types) FROM plays_endpoint WHERE disabled_at IS NULL)
"""  # noqa: S608  (our own constants)


def _read(dates: Mapping[str, date]) -> Written:
    absences = Absence.objects.filter(ends_on__gte=dates["yesterday"]).order_by("id")
    return Written(
        plays=tuple(library.considered()),
        policy=numbers.policy(),
        quarantine_days=list_policy().quarantine_days,
        people=tuple(User.objects.here().filter(role__in=WORKERS).order_by("id")),
        resting=pauses.people_at_rest(),
        absences=tuple(absences.values_list("user", "starts_on", "ends_on", "stand_in")),
        holidays=_holidays(dates["first"], dates["last"]),
        routing=tuple(RoutingRule.objects.filter(active=True)),
    )


def _holidays(first: date, last: date) -> dict[int | None, frozenset[date]]:
    days: dict[int | None, set[date]] = defaultdict(set)
    for territory, day in Holiday.objects.filter(day__range=(first, last)).values_list("territory", "day"):
        days[territory].add(day)
    return {territory: frozenset(found) for territory, found in days.items()}
