"""Near misses: accounts that are one condition away from a threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import TIERS
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from accounts.models import Account
from accounts.views.people import reader
from signals.models import Threshold
from signals.selectors import book, near, thresholds
from signals.views.thresholds import shown_threshold

PAGE_SIZE = 50
IN_PANEL = 5


@page()
def near_misses(request: HttpRequest, slug: str) -> HttpResponse:
    """All of a threshold's near misses, nearest first."""
    found = shown_threshold(request, slug)
    misses = _misses(request, found)
    shown = Paginator(misses.rows if misses else (), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": timezone.now(),
        "threshold": found,
        "sentence": thresholds.sentence_of(found, thresholds.type_names()),
        "misses": misses,
        "page": shown,
        "rows": _with_accounts(list(shown.object_list)),
        "tiers": [(value, label, request.GET.get("tier") == str(value)) for value, label in TIERS],
        "mine": "mine" in request.GET,
        "q": request.GET.get("q", ""),
    }
    return render(request, "signals/thresholds/near.html", context)


@page()
def near_panel(request: HttpRequest, slug: str) -> HttpResponse:
    """The nearest five, for the page of the threshold."""
    found = shown_threshold(request, slug)
    misses = _misses(request, found)
    context = {
        "now": timezone.now(),
        "threshold": found,
        "misses": misses,
        "rows": _with_accounts(misses.rows[:IN_PANEL] if misses else ()),
    }
    return part(request, "signals/thresholds/near_panel.html", context, title=f"Near misses of {found.name}")


@page()
def near_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All of them as narrowed."""
    found = shown_threshold(request, slug)
    misses = _misses(request, found)
    header = ("Account", "Domain", "Tier", "Owner", "Score", "There, in percent", "Lacking")
    return csv_answer(f"near-{found.slug}", header, _csv_rows(misses.rows if misses else ()))


def _misses(request: HttpRequest, threshold: Threshold) -> near.NearMisses | None:
    written = book()
    live = near.live_threshold(threshold, written)
    if live is None:
        return None
    asked, user = request.GET, reader(request)
    tier = next((value for value, _ in TIERS if asked.get("tier") == str(value)), None)
    return near.near_misses(
        live,
        written,
        user=user,
        now=timezone.now(),
        names=thresholds.type_names(),
        owner=user.pk if "mine" in asked else None,
        tier=tier,
        q=asked.get("q", "").replace("\0", "").strip()[:120],
    )


def _with_accounts(rows: Sequence[near.NearMiss]) -> list[tuple[near.NearMiss, Account]]:
    """One query for the accounts of some rows; one that has gone in the meantime is left out."""
    known = Account.objects.select_related("owner").in_bulk([row.account_id for row in rows])
    return [(row, known[row.account_id]) for row in rows if row.account_id in known]


def _csv_rows(rows: Sequence[near.NearMiss]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), 500):
        for row, account in _with_accounts(rows[start : start + 500]):
            owner = account.owner.name if account.owner else ""
            there = round(100 * row.share)
            yield [
                account.name,
                account.domain,
                account.tier,
                owner,
                round(row.score, 1),
                there,
                " or ".join(row.said),
            ]
