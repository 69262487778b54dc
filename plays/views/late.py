"""Late and at risk: for whoever leads a team."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import Role, Urgency
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import Territory, User
from accounts.models.user import WORKERS
from accounts.views.people import reader
from plays.selectors import late as listed
from plays.views.settings_tabs import headings, number

PAGE_SIZE = 50
COLUMNS = (
    ("", "Task", False),
    ("account", "Account", False),
    ("owner", "Owed by", False),
    ("urgency", "Urgency", False),
    ("due", "Due", False),
    ("", "Times late", True),
)


def asked_from(request: HttpRequest) -> listed.Asked:
    """What the address asks for; what it does not know it leaves out."""
    query = request.GET
    sort = query.get("sort", "due")
    return listed.Asked(
        show=query["show"] if query.get("show") in listed.SHOWS else "late",
        q=query.get("q", "").strip().replace("\0", "")[:120],
        owner=number(query.get("owner", "")),
        team=number(query.get("team", "")),
        urgency=query["urgency"] if query.get("urgency") in Urgency.values else "",
        sort=sort if sort.removeprefix("-") in listed.SORTS else "due",
    )


@page()
def late(request: HttpRequest) -> HttpResponseBase:
    """The tasks of a tab, and a line a person."""
    asked, now = asked_from(request), timezone.now()
    lines = listed.by_person(asked, now=now)
    sums = listed.totals(lines)
    context = {
        "now": now,
        "asked": asked,
        "lines": lines,
        "sums": sums,
        "share": sums["inside"] / sums["answered"] if sums["answered"] else None,
        "shows": [(key, label, sums[key]) for key, label in listed.SHOWS.items()],
        "page": Paginator(listed.tasks(asked, now=now), PAGE_SIZE).get_page(request.GET.get("page")),
        "headings": headings(request.GET, asked.sort, COLUMNS),
        "people": User.objects.here().filter(role__in=WORKERS),
        "teams": Territory.objects.all(),
        "urgencies": Urgency.choices,
        "may_hand": reader(request).has_role(Role.REVOPS),
    }
    return render(request, "plays/late.html", context)


@page()
def late_csv(request: HttpRequest) -> HttpResponseBase:
    """The tab as narrowed and sorted."""
    asked, now = asked_from(request), timezone.now()
    header = [
        "Task",
        "Account",
        "Owed by",
        "Territory",
        "Urgency",
        "Due",
        "Found late",
        "Closed",
        "Times late",
    ]
    zone = timezone.get_current_timezone()

    def moment(value: object) -> str:
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if value else ""  # type: ignore[attr-defined]

    cells = (
        [
            task.title,
            task.account.name,
            task.owner.name,
            task.owner.territory.name if task.owner.territory else "",
            task.get_urgency_display(),
            moment(task.due_at),
            moment(task.breached_at),
            moment(task.closed_at),
            getattr(task, "times_late", 0),
        ]
        for task in listed.tasks(asked, now=now).iterator(500)
    )
    return csv_answer(f"tasks-{asked.show}", header, cells)
