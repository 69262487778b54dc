"""The change log's pages: who changed what, when, by which way and why; and taking an act back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from abmops.ui.toasts import complain, toast
from accounts.models import Account, ChangeSet, User, Via
from accounts.selectors import changes as log
from accounts.selectors.change_words import Told
from accounts.services.undoing import plan, undo
from accounts.views.account_page import visible_account
from accounts.views.people import reader

ON_THE_ACCOUNT = 8
BLOCKED_SHOWN = 20
HEADER = ("When", "Who", "Way", "Side", "Act", "Reason", "Account", "What", "Row", "Field", "Before", "After")


@page()
def change_list(request: HttpRequest) -> HttpResponse:
    """Acts, newest first."""
    now, zone, user = timezone.now(), timezone.get_current_timezone(), reader(request)
    asked = asked_for(request.GET)
    found = log.acts(asked, user=user, before=_key(request.GET.get("before", "")), now=now, zone=zone)
    kept = request.GET.copy()
    kept.pop("before", None)
    context = {
        "now": now,
        "asked": asked,
        "acts": found.acts,
        "older": f"?{_with(kept, found.older)}" if found.older else "",
        "is_first": "before" not in request.GET,
        "newest": f"?{kept.urlencode()}",
        "narrows": asked != log.Asked(),
        "looked": found.looked,
        "people": User.objects.here(),
        "ways": Via.choices,
        "kinds": log.kinds(),
        "account": Account.objects.filter(pk=asked.account).first() if asked.account is not None else None,
        "params": request.GET,
        "csv": kept.urlencode(),
    }
    return render(request, "accounts/changes/list.html", context)


@page()
def change_csv(request: HttpRequest) -> HttpResponseBase:
    """Every row that is asked for, a line a field, newest first."""
    now, user = timezone.now(), reader(request)
    return csv_answer("changes", HEADER, _lines(asked_for(request.GET), user, now))


@page()
def change_set(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One act with its rows."""
    now, zone, user = timezone.now(), timezone.get_current_timezone(), reader(request)
    act = _act(request, pk, now)
    context = {
        "now": now,
        "act": act,
        "rows": log.rows_of(pk, after=_place(request.GET.get("after", "")), now=now, zone=zone),
        "may_undo": may_undo(user, act.row) and act.undone_by is None,
    }
    return render(request, "accounts/changes/act.html", context)


@page()
def take_back(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What taking an act back would do; then doing it. One's own act, or any for RevOps; all of it or nothing."""
    now, user = timezone.now(), reader(request)
    row = get_object_or_404(ChangeSet, pk=pk)
    if not may_undo(user, row):
        raise PermissionDenied
    back = _back(request)
    if request.method == "POST":
        try:
            undone = undo(change_set=pk, by=user, now=now)
        except AbmopsError as error:
            complain(request, error.message)
            return redirect(back) if back else redirect("changes:set", pk=pk)
        toast(request, "Taken back.")
        return redirect(back) if back else redirect("changes:set", pk=undone)
    found = plan(change_set=pk)
    context = {
        "now": now,
        "act": _act(request, pk, now),
        "plan": found,
        "blocked": found.blocked[:BLOCKED_SHOWN],
        "more_blocked": max(0, len(found.blocked) - BLOCKED_SHOWN),
    }
    return render(request, "accounts/changes/undo.html", context)


@page()
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel of the account page: its newest changes."""
    now, zone = timezone.now(), timezone.get_current_timezone()
    shown = visible_account(request, pk)
    told = log.of_account(pk, user=reader(request), limit=ON_THE_ACCOUNT, now=now, zone=zone)
    context = {"now": now, "account": shown, "told": told}
    return part(request, "accounts/changes/panel.html", context, title=f"Changes of {shown.name}")


def asked_for(query: QueryDict) -> log.Asked:
    """What the address asks for; whatever it does not know, it leaves out. Days are the reader's."""
    return log.Asked(
        person=typed.row_id(query.get("person", "")) or None,
        via=via if (via := query.get("via", "")) in Via.values else "",
        table=query.get("kind", "").replace("\0", "")[:63],
        field=query.get("field", "").replace("\0", "")[:63],
        account=typed.row_id(query.get("account", "")) or None,
        since=_day(query.get("since", "")),
        until=_day(query.get("until", ""), 1),
        q=query.get("q", "").replace("\0", "").strip()[:120],
    )


def may_undo(user: User, row: ChangeSet) -> bool:
    """One's own act, or any for RevOps; executives look."""
    return user.has_role(Role.REVOPS) or (row.by_id == user.pk and user.role != Role.EXECUTIVE)


def _act(request: HttpRequest, pk: UUID, now: datetime) -> log.Act:
    act = log.act(pk, user=reader(request), now=now, zone=timezone.get_current_timezone())
    if act is None:
        raise Http404
    return act


def _lines(asked: log.Asked, user: User, now: datetime) -> Iterator[list[Any]]:
    zone = timezone.get_current_timezone()
    for told in log.every_row(asked, user=user, now=now, zone=zone):
        yield from _cells(told, zone)


def _cells(told: Told, zone: Any) -> Iterator[list[Any]]:
    row = told.change.change_set
    start = [
        row.at.astimezone(zone).isoformat(timespec="seconds"),
        row.by.name if row.by else "",
        row.get_via_display(),
        row.get_side_display(),
        row.what,
        row.reason,
        told.account,
        told.sentence,
        f"{told.change.table} {told.change.row_id}",
    ]
    for one in told.fields:
        yield [*start, one.label, one.before, one.after]


def _key(text: str) -> log.Key | None:
    at, _, pk = text.rpartition("~")
    try:
        moment, number = datetime.fromisoformat(at), UUID(pk)
    except ValueError:
        return None
    return log.Key(moment, number) if timezone.is_aware(moment) else None


def _place(text: str) -> log.Place | None:
    table, _, number = text.replace("\0", "").rpartition("~")
    pk = typed.row_id(number)
    return log.Place(table, pk) if pk else None


def _with(kept: QueryDict, key: log.Key) -> str:
    before = urlencode({"before": f"{key.at.isoformat()}~{key.id}"})
    return f"{kept.urlencode()}&{before}" if kept else before


def _day(text: str, later: int = 0) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not 1970 <= day.year < 9000:
        return None
    return datetime.combine(day + timedelta(days=later), time(), timezone.get_current_timezone())


def _back(request: HttpRequest) -> str:
    return own_address(request, request.POST.get("next") or request.GET.get("next", ""))
