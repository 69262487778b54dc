"""The calendar of both sides: a month of bursts, steps, tasks, meetings and mailings, with what clashes."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.views.people import reader
from plays.domain import hours
from plays.domain.calendar import KINDS, Entry, Kind
from plays.selectors.calendar import Scope, Sheet, sheet
from plays.services.calendar.rescheduling import move_entry

SHOWN_A_DAY = 5
MOVERS = (Role.MARKETER, Role.REP, Role.REVOPS)
SCOPES = {"mine": "Mine and my accounts", "all": "Everybody"}


@dataclass(frozen=True, slots=True)
class Day:
    """One day as drawn; `more` entries are one link away."""

    day: date
    entries: tuple[Entry, ...]
    more: int
    is_outside: bool
    is_today: bool
    has_clash: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know it leaves out."""

    month: date
    day: date | None
    whose: str
    kind: str
    account: Account | None

    def address(self, **changes: object) -> str:
        """This page with something else asked for."""
        values: dict[str, object] = {"month": f"{self.month:%Y-%m}", "whose": self.whose, "kind": self.kind}
        if self.account is not None:
            values["account"] = self.account.pk
        kept = {name: value for name, value in (values | changes).items() if value not in ("", None)}
        return f"{reverse('plays:calendar')}?{urlencode(kept)}"


def asked_from(request: HttpRequest, *, today: date) -> Asked:
    """Of the query, read with care."""
    query = request.GET
    number = query.get("account", "")
    account = (
        Account.objects.visible_to(reader(request)).filter(pk=int(number)).first()
        if number.isdigit() and len(number) < 19
        else None
    )
    day = _day(query.get("day", ""))
    return Asked(
        month=_day(f"{query.get('month', '')}-01") or (day or today).replace(day=1),
        day=day,
        whose="all" if query.get("whose") == "all" or account is not None else "mine",
        kind=query["kind"] if query.get("kind") in KINDS else "",
        account=account,
    )


@page()
def calendar(request: HttpRequest) -> HttpResponseBase:
    """A month, Monday first; on a phone a list of its days."""
    user, now = reader(request), timezone.now()
    zone = hours.zone_named(user.time_zone)
    today = now.astimezone(zone).date()
    asked = asked_from(request, today=today)
    first, last = _span(asked)
    found = _sheet(asked, user, first, last)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    context = {
        "asked": asked,
        "weeks": _weeks(found, days, asked, today),
        "clashes": [clash for clash in found.clashes if asked.day is None or clash.day == asked.day],
        "clashing": found.clashing,
        "is_cut": found.is_cut,
        "n": len(found.entries),
        "back": asked.address(month=f"{asked.month - timedelta(days=1):%Y-%m}"),
        "on": asked.address(month=f"{_next_month(asked.month):%Y-%m}"),
        "this_month": asked.address(month=f"{today:%Y-%m}"),
        "csv": asked.address().replace(reverse("plays:calendar"), reverse("plays:calendar_csv")),
        "whole_month": asked.address(),
        "kinds": KINDS.items(),
        "scopes": SCOPES.items(),
        "today": today,
        "here": request.get_full_path(),
        "may_move": user.has_role(*MOVERS),
        "may_plan": user.has_role(Role.MARKETER, Role.REVOPS),
    }
    return render(request, "plays/calendar.html", context)


@page()
def calendar_csv(request: HttpRequest) -> HttpResponseBase:
    """The month as narrowed, a line an entry."""
    user, now = reader(request), timezone.now()
    today = now.astimezone(hours.zone_named(user.time_zone)).date()
    asked = asked_from(request, today=today)
    first = asked.month
    found = _sheet(asked, user, first, _next_month(first) - timedelta(days=1))
    said: dict[str, list[str]] = defaultdict(list)
    for clash in found.clashes:
        for key in clash.keys:
            said[key].append(clash.sentence)
    header = [
        "First day",
        "Last day",
        "At",
        "What",
        "Kind",
        "Account",
        "Channel",
        "Side",
        "Owed by",
        "Clashes",
    ]
    rows = (
        [
            entry.first, entry.last, entry.clock, entry.title, KINDS[entry.kind], entry.account, entry.channel,
            entry.side, entry.owner, " ".join(said[entry.key]),
        ]
        for entry in found.entries
    )  # fmt: skip
    return csv_answer(f"calendar-{asked.month:%Y-%m}", header, rows)


class MoveForm(forms.Form):
    """The day something goes to."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="To which day")
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)


@page(*MOVERS)
def move(request: HttpRequest) -> HttpResponseBase:
    """Another day for an entry; dragging posts the same form."""
    user, now = reader(request), timezone.now()
    form = MoveForm(request.POST if request.method == "POST" else None, initial=_asked_of(request))
    if request.method == "POST" and form.is_valid():
        key, day = form.cleaned_data["key"], form.cleaned_data["day"]
        back = _safe(form.cleaned_data["next"], request)
        try:
            before = move_entry(key=key, to=day, by=user, zone=hours.zone_named(user.time_zone), now=now)
        except AbmopsError as error:
            form.add_error(None, error.message)
            if request.POST.get("dragged"):
                complain(request, error.message)
                return redirect(back)
        else:
            undo = (
                f"{reverse('plays:calendar_unmove')}?{urlencode({'key': key, 'day': before, 'next': back})}"
            )
            toast(request, f"Moved to {day:%-d %B}.", undo_url=undo)
            return redirect(back)
    return render(request, "plays/calendar_move.html", {"form": form, "here": _asked_of(request)["next"]})


@page(*MOVERS)
@require_POST
def unmove(request: HttpRequest) -> HttpResponseBase:
    """Put it back on the day it stood on."""
    user = reader(request)
    back = _safe(request.GET.get("next", ""), request)
    day = _day(request.GET.get("day", ""))
    try:
        if day is None:
            raise AbmopsError("It is not known any more on which day this stood.")
        move_entry(
            key=request.GET.get("key", "")[:40],
            to=day,
            by=user,
            zone=hours.zone_named(user.time_zone),
            now=timezone.now(),
        )
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"Back on {day:%-d %B}.")
    return redirect(back)


def _asked_of(request: HttpRequest) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    return {
        "key": given.get("key", "")[:40],
        "day": given.get("day", ""),
        "next": _safe(given.get("next", ""), request),
    }


def _safe(url: str, request: HttpRequest) -> str:
    """Only a page of ours."""
    return (
        url
        if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
        else reverse("plays:calendar")
    )


def _sheet(asked: Asked, user: User, first: date, last: date) -> Sheet:
    scope = Scope(
        person_id=user.pk if asked.whose == "mine" else None,
        account_id=asked.account.pk if asked.account else None,
    )
    kinds = frozenset({cast("Kind", asked.kind)}) if asked.kind else frozenset[Kind]()
    return sheet(scope, first=first, last=last, zone=hours.zone_named(user.time_zone), kinds=kinds)


def _weeks(found: Sheet, days: list[date], asked: Asked, today: date) -> list[list[Day]]:
    of_day: Mapping[date, list[Entry]] = _by_day(found.entries, days)
    clash_days = {clash.day for clash in found.clashes}
    shown = None if asked.day is not None else SHOWN_A_DAY
    drawn = [
        Day(
            day=day,
            entries=tuple(of_day[day][:shown]),
            more=max(0, len(of_day[day]) - shown) if shown else 0,
            is_outside=day.month != asked.month.month,
            is_today=day == today,
            has_clash=day in clash_days,
        )
        for day in days
    ]
    return [drawn[start : start + 7] for start in range(0, len(drawn), 7)]


def _by_day(entries: tuple[Entry, ...], days: list[date]) -> Mapping[date, list[Entry]]:
    of_day: dict[date, list[Entry]] = {day: [] for day in days}
    for entry in entries:
        day = max(entry.first, days[0])
        while day <= min(entry.last, days[-1]):
            of_day[day].append(entry)
            day += timedelta(days=1)
    return of_day


def _span(asked: Asked) -> tuple[date, date]:
    """Whole weeks around the month, or the one day."""
    if asked.day is not None:
        return asked.day, asked.day
    last = asked.month.replace(day=monthrange(asked.month.year, asked.month.month)[1])
    return asked.month - timedelta(days=asked.month.weekday()), last + timedelta(days=6 - last.weekday())


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2100 else None
