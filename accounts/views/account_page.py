"""The Account page: everything about one account on one screen; upper apps add their panels."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from abmops.lib.choices import Side
from abmops.lib.timeline import Entry
from abmops.ui import moments
from abmops.ui.access import Moved, page
from abmops.ui.partials import part
from accounts.domain.countries import NAMES as COUNTRY_NAMES
from accounts.models import Account
from accounts.selectors import account_page as facts
from accounts.selectors.committee import map_of
from accounts.selectors.duplicates import called
from accounts.views.people import reader

FILTERS = (("", "Everything"), ("marketing", "Marketing"), ("sales", "Sales"), ("signals", "Signals"))
# Where a line stands between the two sides: what it is drawn as, and the word for who cannot see it.
LANES: dict[str | None, tuple[str, str]] = {
    Side.MARKETING.value: ("mkt", "Marketing"),
    Side.SALES.value: ("sales", "Sales"),
    Side.CUSTOMER_SUCCESS.value: ("sales", "Customer success"),
    Side.REVOPS.value: ("ops", "RevOps"),
    None: ("them", "Account"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A timeline entry as drawn."""

    entry: Entry
    lane: str
    who: str
    is_recent: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The lines under one heading."""

    heading: str
    lines: list[Line]


def visible_account(request: HttpRequest, pk: int) -> Account:
    """The account if the reader may see it, else 404. What is asked of one that was merged away leads to the address of
    what it became part of; what is sent there is done with that."""
    found = called(
        Account.objects.visible_to(reader(request)).select_related("owner", "territory", "parent"), pk
    )
    if found is None:
        raise Http404
    match = request.resolver_match
    if found.pk != pk and request.method != "POST" and match is not None:
        now_at = reverse(match.view_name, kwargs=match.kwargs | {"pk": found.pk})
        raise Moved(f"{now_at}?{query}" if (query := request.GET.urlencode()) else now_at)
    return found


@page()
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page; the panels of upper apps load by themselves."""
    now, user = timezone.now(), reader(request)
    shown = visible_account(request, pk)
    history = facts.memberships(shown)
    touched = facts.last_touches(shown, now=now)
    context = {
        "now": now,
        "account": shown,
        "place": _place(shown),
        "memberships": history,
        "since": facts.on_list_since(history),
        "last_sales": touched.get(Side.SALES.value),
        "last_marketing": touched.get(Side.MARKETING.value),
        "committee": map_of(shown, now=now),
        "deals": facts.deals(shown, history),
        "may_edit": Account.objects.editable_by(user).filter(pk=pk).exists(),
        **_timeline(shown, request, now),
    }
    return render(request, "accounts/account.html", context)


@page()
def peek(request: HttpRequest, pk: int) -> HttpResponse:
    """The side panel of the list: a look without leaving."""
    now = timezone.now()
    shown = visible_account(request, pk)
    context = {
        "now": now,
        "account": shown,
        "committee": map_of(shown, now=now),
        "touches": facts.newest_touches(shown, now=now),
    }
    return part(request, "accounts/partials/peek.html", context, title=shown.name)


@page()
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """A further stretch of the timeline, or the timeline under another filter."""
    now = timezone.now()
    shown = visible_account(request, pk)
    context = {"now": now, "account": shown, **_timeline(shown, request, now)}
    template = (
        "accounts/partials/timeline_more.html"
        if "before" in request.GET
        else "accounts/partials/timeline.html"
    )
    return part(request, template, context, title=f"Timeline of {shown.name}")


def _timeline(shown: Account, request: HttpRequest, now: datetime) -> dict[str, object]:
    only = request.GET.get("only", "")
    only = only if only in dict(FILTERS) else ""
    before = _moment(request.GET.get("before", "")) or now
    found = facts.timeline_page(shown, before=before, only=only)
    return {
        "days": _days(found.entries, now=now, zone=timezone.get_current_timezone()),
        "more_before": found.before,
        "only": only,
        "filters": FILTERS,
    }


def _days(entries: list[Entry], *, now: datetime, zone: tzinfo) -> list[Day]:
    days: list[Day] = []
    for entry in entries:
        heading = moments.day_heading(entry.at, now=now, zone=zone)
        if not days or days[-1].heading != heading:
            days.append(Day(heading, []))
        lane, who = LANES.get(entry.side, LANES[None])
        days[-1].lines.append(Line(entry, lane, who, heading in moments.BY_THE_CLOCK))
    return days


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


def _place(shown: Account) -> str:
    """`Jena, Germany`: as much as is known."""
    return ", ".join(fact for fact in (shown.region, COUNTRY_NAMES.get(shown.country, shown.country)) if fact)
