"""Another day for an entry of the calendar: by form, by keyboard, or by dragging, which posts the same form."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays.domain import hours
from plays.domain.calendar import MAIL_TRANSIT
from plays.selectors.calendar.keys import named
from plays.selectors.calendar.sheet import clashes_of
from plays.services.calendar.rescheduling import move_entry
from plays.views.calendar_asking import FIRST, LAST, day_of

MOVERS: Final = (Role.MARKETER, Role.REP, Role.REVOPS)


class MoveForm(forms.Form):
    """The day something goes to."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="To which day")
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)

    def clean_day(self) -> date:
        """A day that the calendar shows."""
        day: date = self.cleaned_data["day"]
        if not FIRST <= day <= LAST:
            raise forms.ValidationError("The calendar does not go that far.")
        return day


@page(*MOVERS)
def move(request: HttpRequest) -> HttpResponseBase:
    """Another day for an entry; dragging posts the same form."""
    user, now = reader(request), timezone.now()
    asked = _asked_of(request)
    form = MoveForm(request.POST if request.method == "POST" else None, initial=asked)
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
            what = named(key, by=user)
            lands = [f"It lands about {day + MAIL_TRANSIT:%-d %B}."] if what.is_mailing else []
            told = clashes_told(key, what.account_ids, day=day, user=user, now=now)
            said = " ".join([f"Moved to {day:%-d %B}: {what.title}.", *lands, *told])
            toast(request, said, undo_url=undo)
            return redirect(back)
    context = {"form": form, "here": asked["next"], "what": named(asked["key"], by=user).title}
    return render(request, "plays/calendar_move.html", context)


@page(*MOVERS)
@require_POST
def unmove(request: HttpRequest) -> HttpResponseBase:
    """Put it back on the day it stood on."""
    user = reader(request)
    back = _safe(request.GET.get("next", ""), request)
    day = day_of(request.GET.get("day", ""))
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


def clashes_told(key: str, account_ids: frozenset[int], *, day: date, user: User, now: datetime) -> list[str]:
    """What it clashes with on its new day, for whoever has just put it there."""
    zone = hours.zone_named(user.time_zone)
    found = clashes_of(key, account_ids=account_ids, day=day, zone=zone, now=now)
    return [f"It clashes: {clash.sentence} {clash.advice}" for clash in found[:2]]


def _asked_of(request: HttpRequest) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    return {
        "key": given.get("key", "")[:40],
        "day": given.get("day", ""),
        "next": _safe(given.get("next", ""), request),
    }


def _safe(url: str, request: HttpRequest) -> str:
    """Only a page of ours."""
    return own_address(request, url) or reverse("plays:calendar")
