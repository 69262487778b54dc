"""The weekly diff on the Target list: a page that prints, a text to paste, a CSV; and the stamp of a read-through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.domain.list_week import Week
from accounts.models import ListRefresh
from accounts.selectors.list_week import WeekDiff, plain_text, read_week
from accounts.services.target_list import refresh
from accounts.views.people import reader
from accounts.views.target_list.tabs import tab_answer

STAMPS_SHOWN = 12


@page()
def weekly(request: HttpRequest) -> HttpResponse:
    """Who joined, left and changed tier in a week; this week, if none is named."""
    now = timezone.now()
    week, wrong = _asked(request, now)
    read = read_week(week, now=now)
    this_week = Week.of(now)
    context = {
        "read": read,
        "week": week,
        "wrong": wrong,
        "before": week.before(),
        "after": week.after() if week < this_week else None,
        "this_week": this_week,
        "sizes": [(tier, read.before[tier], read.after[tier]) for tier in (1, 2, 3)],
        "text": _text(request, read),
    }
    return tab_answer(request, "weekly", "accounts/diff/weekly.html", context, now=now)


@page()
def weekly_text(request: HttpRequest) -> HttpResponse:
    """The same as plain text, to paste into a message."""
    now = timezone.now()
    week, _ = _asked(request, now)
    text = _text(request, read_week(week, now=now))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@page()
def weekly_csv(request: HttpRequest) -> HttpResponseBase:
    """A line an account that moved."""
    now = timezone.now()
    week, _ = _asked(request, now)
    read = read_week(week, now=now)

    def lines() -> Iterator[list[Any]]:
        for name, _, moves in read.groups:
            for one in moves:
                at = one.at.isoformat(timespec="seconds")
                yield [
                    name,
                    one.name,
                    one.domain,
                    one.from_tier,
                    one.to_tier,
                    at,
                    one.side,
                    one.by,
                    one.reason,
                ]

    header = ["change", "account", "domain", "from_tier", "to_tier", "at", "side", "by", "reason"]
    return csv_answer(f"list-week-{week.monday}", header, lines())


def _asked(request: HttpRequest, now: datetime) -> tuple[Week, str]:
    """The week that the address names, and what is wrong with it; a week to come is this one."""
    this_week, text = Week.of(now), request.GET.get("week", "")
    if not text:
        return this_week, ""
    try:
        week = Week.parse(text)
    except ValueError as error:
        return this_week, f"{error} This is the present week."
    return min(week, this_week), ""


def _text(request: HttpRequest, read: WeekDiff) -> str:
    address = f"{reverse('target_list:weekly')}?week={read.week.monday}"
    return plain_text(read, url=request.build_absolute_uri(address))


class ReadForm(forms.Form):
    """What whoever has read the list through wants to say about it."""

    note = forms.CharField(
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was found, and what is to be done about it.",
    )


@page(Role.REVOPS)
def read_through(request: HttpRequest) -> HttpResponseBase:
    """“I have read the list through”: the stamp, with the ones before it."""
    form = ReadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = refresh.stamp(by=reader(request), note=form.cleaned_data["note"], now=timezone.now())
        toast(request, f"Stamped: {row.size:,} accounts read through.")
        return redirect("target_list:page")
    context = {"form": form, "stamps": ListRefresh.objects.select_related("by")[:STAMPS_SHOWN]}
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(request, "", "accounts/diff/read.html", context, now=timezone.now(), status=status)
