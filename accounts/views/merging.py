"""Merging two accounts: choose, look at what would happen, do it; and the history, with its undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import Account, Merge, User, Via
from accounts.selectors import duplicates as facts
from accounts.services.changes import acting
from accounts.services.merging import merge_accounts, preview, undo_merge
from accounts.services.merging.fields import FIELDS
from accounts.views.duplicates import EDITORS
from accounts.views.people import reader

PAGE_SIZE = 25


@page(*EDITORS)
def merge(request: HttpRequest) -> HttpResponseBase:
    """The preview of a merge, and the merge itself. With one account only: choose the other."""
    asked = request.POST if request.method == "POST" else request.GET
    now, user = timezone.now(), reader(request)
    winner = _account(user, asked.get("winner", ""))
    if not asked.get("loser"):
        q = asked.get("q", "").replace("\0", "").strip()[:120]
        context = {
            "now": now,
            "winner": winner,
            "q": q,
            "found": facts.findable(user, q, other_than=winner.pk),
        }
        return render(request, "accounts/duplicates/choose.html", context)
    loser = _account(user, asked["loser"])
    if winner.pk == loser.pk:
        complain(request, f"These two are one account already: {winner.name}.")
        return redirect("accounts:account", winner.pk)
    error = ""
    if request.method == "POST":
        picks = {name: asked[name] for name in FIELDS if asked.get(name)}
        try:
            with acting(by=user, via=Via.PAGE):
                done = merge_accounts(
                    winner=winner.pk,
                    loser=loser.pk,
                    by=user,
                    now=now,
                    picks=picks,
                    reason=asked.get("reason", ""),
                )
        except AbmopsError as refused:
            error = refused.message
        else:
            forget_counts(user)
            toast(
                request,
                f"{loser.name} is part of {done.winner.name} now.",
                undo_url=reverse("duplicates:undo_merge", args=[done.pk]),
            )
            return redirect("accounts:account", winner.pk)
    shown = preview(winner=winner, loser=loser, now=now)
    context = {
        "now": now,
        "shown": shown,
        "choices": _with_picks(shown.fields, asked),
        "same": [choice for choice in shown.fields if not choice.differs and choice.winner],
        "reason": asked.get("reason", ""),
        "error": error,
    }
    return render(request, "accounts/duplicates/merge.html", context, status=422 if error else 200)


def _with_picks(fields: Any, asked: Any) -> list[tuple[Any, str]]:
    """The fields that differ, each with what is chosen: what the person sent, else what is proposed."""
    return [
        (
            choice,
            asked.get(choice.name) if asked.get(choice.name) in ("winner", "loser", "both") else choice.pick,
        )
        for choice in fields
        if choice.differs
    ]


@page()
def merges(request: HttpRequest) -> HttpResponse:
    """What was merged, newest first."""
    query, user = request.GET, reader(request)
    shown = Paginator(_merges(request), PAGE_SIZE).get_page(query.get("page"))
    context = {
        "now": timezone.now(),
        "page": shown,
        "rows": [(row, _told(row)) for row in shown.object_list],
        "narrowed": bool(query.get("q") or query.get("standing")),
        "may_edit": user.has_role(*EDITORS),
    }
    return render(request, "accounts/duplicates/merges.html", context)


@page()
def merges_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    header = [
        "When",
        "Account that stays",
        "Became part of it",
        "Old id",
        "By",
        "Reason",
        "Undone",
        "Undone by",
    ]
    return csv_answer("merges", header, _cells(_merges(request)))


def _cells(rows: QuerySet[Merge]) -> Iterator[list[Any]]:
    for row in rows.iterator(500):
        yield [
            row.at.isoformat(timespec="seconds"), row.winner.name, row.loser_name, row.loser_id,
            row.by.name if row.by else "", row.reason,
            row.undone_at.isoformat(timespec="seconds") if row.undone_at else "",
            row.undone_by.name if row.undone_by else "",
        ]  # fmt: skip


@page(*EDITORS)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a merge apart."""
    user = reader(request)
    try:
        with acting(by=user, via=Via.PAGE):
            done = undo_merge(merge=pk, by=user, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
        return redirect("duplicates:merges")
    forget_counts(user)
    toast(request, f"{done.loser_name} is an account of its own again.")
    return redirect("accounts:account", done.loser_id)


def _merges(request: HttpRequest) -> QuerySet[Merge]:
    query = request.GET
    return facts.merges(
        reader(request),
        q=query.get("q", "").replace("\0", "").strip()[:120],
        standing="standing" in query,
    )


def _told(row: Merge) -> list[str]:
    """The fields that were chosen, in words."""
    return [
        f"{FIELDS[name][0]}: {kept or 'nothing'}" + (f", not {given}" if given else "")
        for name, (kept, given) in row.fields.items()
        if name in FIELDS
    ]


def _account(user: User, text: str) -> Account:
    rows = Account.objects.visible_to(user).select_related("owner", "territory", "parent")
    found = facts.called(rows, typed.row_id(text))
    if found is None:
        raise Http404("There is no such account.")
    return found
