"""What entries of the calendar are held against: absences, working time, holidays, and the touches that were made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from abmops.lib.choices import Direction
from accounts.models import Absence, Holiday, Touch, User
from plays.domain import hours
from plays.domain.calendar import Entry
from plays.domain.clashes import Away, Surroundings
from plays.domain.hours import Calendar
from plays.selectors.calendar.scope import Span
from plays.selectors.numbers import policy

AROUND = timedelta(days=60)
"""How far beyond the days shown a holiday is read: a day is proposed that is none."""
WEEK = timedelta(days=7)


def surroundings(entries: Sequence[Entry], span: Span, *, now: datetime) -> Surroundings:
    """All that the rules of clashes ask beside these entries: caps, absences, working weeks, touches. Five queries."""
    holidays = _holidays(span)
    made, made_to = _made(
        {pk for one in entries if one.kind in ("step", "task") for pk in one.account_ids}, span, now
    )
    return Surroundings(
        policy=policy(),
        away=_away(span),
        weeks=_weeks({pk for one in entries for pk in (one.owner_id, one.account_owner_id) if pk}, holidays),
        holidays=holidays,
        made=made,
        made_to=made_to,
        today=span.day(now),
    )


def _away(span: Span) -> dict[int, list[Away]]:
    away: dict[int, list[Away]] = defaultdict(list)
    rows = Absence.objects.filter(starts_on__lte=span.last + AROUND, ends_on__gte=span.first).order_by(
        "starts_on"
    )
    for user, starts, ends, stand_in in rows.values_list("user", "starts_on", "ends_on", "stand_in__name"):
        away[user].append(Away(starts, ends, stand_in or ""))
    return away


def _holidays(span: Span) -> dict[int | None, dict[date, str]]:
    found: dict[int | None, dict[date, str]] = defaultdict(dict)
    rows = Holiday.objects.filter(day__range=(span.first, span.last + AROUND))
    for territory, day, name in rows.values_list("territory", "day", "name"):
        found[territory][day] = name
    return found


def _weeks(people: Iterable[int], holidays: dict[int | None, dict[date, str]]) -> dict[int, Calendar]:
    rows = User.objects.filter(pk__in=set(people)).values_list(
        "pk", "time_zone", "opens", "closes", "weekdays", "territory"
    )
    return {
        pk: Calendar(
            zone=hours.zone_named(zone),
            opens=opens,
            closes=closes,
            weekdays=frozenset(weekdays),
            holidays=frozenset({*holidays.get(None, {}), *holidays.get(territory, {})}),
        )
        for pk, zone, opens, closes, weekdays, territory in rows
    }


def _made(
    accounts: Iterable[int], span: Span, now: datetime
) -> tuple[dict[int, list[date]], dict[int, list[date]]]:
    """Account, and contact -> the days of what was made from a week before the days shown."""
    made: dict[int, list[date]] = defaultdict(list)
    made_to: dict[int, list[date]] = defaultdict(list)
    rows = Touch.objects.filter(
        account__in=set(accounts),
        direction=Direction.OUTBOUND,
        occurred_at__gte=span.starts - WEEK,
        occurred_at__lt=min(now, span.ends),
    ).order_by()
    for account, contact, at in rows.values_list("account", "contact", "occurred_at"):
        made[account].append(span.day(at))
        if contact is not None:
            made_to[contact].append(span.day(at))
    return made, made_to
