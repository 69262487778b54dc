"""Duplicates: accounts that may be one company, side by side; a person says they are different, or merges them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import DuplicatePair, Via
from accounts.selectors import duplicates as facts
from accounts.services import duplicates as services
from accounts.services.changes import acting
from accounts.services.undoing import undo
from accounts.views.people import reader

PAGE_SIZE = 20
EDITORS = (Role.REVOPS, Role.MARKETER, Role.REP)
STATES = (
    (DuplicatePair.State.OPEN.value, "To decide"),
    (DuplicatePair.State.DIFFERENT.value, "Different companies"),
)
ORDERS = {
    "-likeness": ("Most alike first", ("-likeness", "id")),
    "likeness": ("Least alike first", ("likeness", "id")),
    "-found": ("Newest first", ("-found_at", "-id")),
    "name": ("By name", ("first__name", "id")),
}  # fmt: skip


@page()
def listing(request: HttpRequest) -> HttpResponse:
    """Suggestions to decide, unless those decided are asked for."""
    now, user, query = timezone.now(), reader(request), request.GET
    rows, state, sort = _rows(request)
    shown = Paginator(rows, PAGE_SIZE).get_page(query.get("page"))
    context = {
        "now": now,
        "page": shown,
        "rows": facts.shown(shown.object_list),
        "state": state,
        "states": STATES,
        "is_open": state == DuplicatePair.State.OPEN,
        "orders": [(value, label) for value, (label, _) in ORDERS.items()],
        "sort": sort,
        "narrowed": bool(query.get("q") or query.get("same")),
        "scan": facts.last_scan(),
        "may_edit": user.has_role(*EDITORS),
    }
    return render(request, "accounts/duplicates/list.html", context)


@page()
def listing_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    rows, state, _ = _rows(request)
    header = [
        "Account", "Domain", "Country", "Tier", "Other account", "Other domain", "Other country", "Other tier",
        "Likeness", "Why", "State", "Found", "Decided by", "Decided",
    ]  # fmt: skip
    return csv_answer(f"duplicates-{state}", header, _cells(rows))


def _cells(rows: QuerySet[DuplicatePair]) -> Iterator[list[Any]]:
    for row in rows.iterator(500):
        one, other, decided = row.first, row.second, row.decided_at
        yield [
            one.name, one.domain, one.country, one.tier, other.name, other.domain, other.country, other.tier,
            round(row.likeness, 2), " ".join(row.why), row.get_state_display(),
            row.found_at.isoformat(timespec="seconds"),
            row.decided_by.name if row.decided_by else "", decided.isoformat(timespec="seconds") if decided else "",
        ]  # fmt: skip


@page(*EDITORS)
@require_POST
def decide(request: HttpRequest) -> HttpResponseBase:
    """Say of the chosen pairs that they are different companies, or take that back."""
    user = reader(request)
    picked = typed.row_ids(request.POST.getlist("pick"))
    different = request.POST.get("do") != "reopen"
    back = redirect(_back(request))
    if not picked:
        complain(request, "Choose at least one pair first.")
        return back
    what = "Different companies" if different else "Open again"
    try:
        with acting(by=user, via=Via.PAGE, what=what) as change_set:
            if different:
                count = services.say_different(pairs=picked, by=user, now=timezone.now())
            else:
                count = services.reopen(pairs=picked, by=user)
    except AbmopsError as error:
        complain(request, error.message)
        return back
    forget_counts(user)
    words = "1 pair" if count == 1 else f"{count} pairs"
    said = f"{words}: different companies, never suggested again." if different else f"{words} open again."
    toast(request, said, undo_url=reverse("duplicates:take_back", args=[change_set]) if count else "")
    return back


@page(*EDITORS)
@require_POST
def take_back(request: HttpRequest, change_set: UUID) -> HttpResponseBase:
    """Undo what was just decided."""
    user = reader(request)
    try:
        undo(change_set=change_set, by=user, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        forget_counts(user)
        toast(request, "Taken back.")
    return redirect("duplicates:list")


def _rows(request: HttpRequest) -> tuple[QuerySet[DuplicatePair], str, str]:
    query = request.GET
    state = query.get("state", "")
    state = state if state in dict(STATES) else DuplicatePair.State.OPEN.value
    sort = query.get("sort", "")
    sort = sort if sort in ORDERS else "-likeness"
    rows = facts.pairs(
        reader(request),
        state=state,
        q=query.get("q", "").replace("\0", "").strip()[:120],
        same_country="same" in query,
    )
    return rows.order_by(*ORDERS[sort][1]), state, sort


def _back(request: HttpRequest) -> str:
    kept = {name: request.POST[name] for name in ("state", "q", "same", "sort") if request.POST.get(name)}
    return reverse("duplicates:list") + (f"?{urlencode(kept)}" if kept else "")
