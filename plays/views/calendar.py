"""The calendar of both sides: a month, a week, a day or an agenda of what is planned, with what clashes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Side
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import User
from accounts.views.people import reader
from plays.domain import clashes as clashing
from plays.domain import hours
from plays.domain.calendar import KINDS
from plays.selectors.calendar.keys import PLANNERS, movable
from plays.selectors.calendar.sheet import Sheet, sheet
from plays.views.calendar_asking import VIEWS, Asked, asked_from, people_to_choose
from plays.views.calendar_moving import MOVERS
from plays.views.calendar_rows import SHOWN_A_DAY, Day, Marks, days_of, week_of


@page()
def calendar(request: HttpRequest) -> HttpResponseBase:
    """A month or a week, Monday first, a day, or the days that have something; on a phone always those."""
    user, now = reader(request), timezone.now()
    today = now.astimezone(hours.zone_named(user.time_zone)).date()
    asked = asked_from(request, today=today)
    first, last = asked.span
    found = _sheet(asked, user, first, last, now=now)
    context = {
        "asked": asked,
        "weeks": _weeks(found, asked, today),
        "clashes": found.clashes,
        "clash_kinds": clashing.KINDS,
        "clashing": found.clashing,
        "is_cut": found.is_cut,
        "n": len(found.entries),
        "views": [(name, label, asked.address(view=name)) for name, label in VIEWS.items()],
        "to_today": f"{asked.address(on=today)}#day-{today}",
        "unnarrowed": asked.address(kind="", side="", play=None, account=None, q=""),
        "everybody": asked.address(whose="all"),
        "csv": asked.address().replace(reverse("plays:calendar"), reverse("plays:calendar_csv"), 1),
        "kinds": KINDS.items(),
        "sides": Side.choices,
        "plays": found.plays,
        "people": people_to_choose(),
        "today": today,
        "here": request.get_full_path(),
        "movable": movable(found.entries, by=user) if user.has_role(*MOVERS) else frozenset(),
        "may_plan": user.has_role(*PLANNERS),
    }
    return render(request, "plays/calendar.html", context)


@page()
def calendar_csv(request: HttpRequest) -> HttpResponseBase:
    """The days as narrowed, a line an entry."""
    user, now = reader(request), timezone.now()
    asked = asked_from(request, today=now.astimezone(hours.zone_named(user.time_zone)).date())
    first, last = asked.own_days
    found = _sheet(asked, user, first, last, now=now)
    said: dict[str, list[str]] = defaultdict(list)
    for clash in found.clashes:
        for key in clash.keys:
            said[key].append(f"{clash.sentence} {clash.advice}")
    header = [
        "First day",
        "Last day",
        "At",
        "What",
        "Kind",
        "Account",
        "Play",
        "Channel",
        "Side",
        "Owed by",
        "Note",
        "Clashes",
    ]
    rows = (
        [
            entry.first, entry.last, entry.clock, entry.title, KINDS[entry.kind], entry.account, entry.play,
            entry.channel, entry.side, entry.owner, entry.note, " ".join(said[entry.key]),
        ]
        for entry in found.entries
    )  # fmt: skip
    return csv_answer(f"calendar-{first}-{last}", header, rows)


def _sheet(asked: Asked, user: User, first: date, last: date, *, now: datetime) -> Sheet:
    zone = hours.zone_named(user.time_zone)
    return sheet(asked.scope(user), first=first, last=last, zone=zone, now=now, shown=asked.shown)


def _weeks(found: Sheet, asked: Asked, today: date) -> list[list[Day]]:
    """Rows of seven days; a day by itself; of an agenda the days that have something, in one."""
    first, last = asked.span
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    is_month = asked.view == "month"
    marks = Marks(
        today=today,
        clash_days=frozenset(clash.day for clash in found.clashes),
        month=asked.on.month if is_month else None,
    )
    match asked.view:
        case "agenda":
            return [[day for day in days_of(days, found.entries, marks) if day.entries or day.is_today]]
        case "day":
            return [days_of(days, found.entries, marks)]
        case _:
            weeks = (days[start : start + 7] for start in range(0, len(days), 7))
            shown = SHOWN_A_DAY if is_month else None
            return [week_of(week, found.entries, marks, shown=shown) for week in weeks]
