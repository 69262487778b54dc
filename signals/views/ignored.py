"""Groups of unmatched signals that somebody said are nobody's, with the way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from signals.models import IgnoredKey
from signals.selectors import unmatched as waiting
from signals.views.unmatched import DAYS, frame

PAGE_SIZE = 50
SORTS = {"key": "Who", "ignored_at": "Since"}


def _found(request: HttpRequest) -> QuerySet[IgnoredKey]:
    q = request.GET.get("q", "").replace("\0", "").strip()[:120]
    sort = request.GET.get("sort", "-ignored_at")
    rows = IgnoredKey.objects.select_related("ignored_by")
    if q:
        rows = rows.filter(Q(key__icontains=q) | Q(reason__icontains=q))
    return rows.order_by(sort if sort.removeprefix("-") in SORTS else "-ignored_at", "pk")


@page()
def ignored(request: HttpRequest) -> HttpResponse:
    """What is ignored, by whom and why, and how many signals it holds."""
    now = timezone.now()
    shown = Paginator(_found(request), PAGE_SIZE).get_page(request.GET.get("page"))
    keys = [row.key for row in shown.object_list]
    since = now - timedelta(days=max(DAYS))
    counts = {one.key: one for one in waiting.groups_of(keys, since=since, suggest=False)}
    names = waiting.source_names()
    context = {
        "now": now,
        "page": shown,
        "q": request.GET.get("q", ""),
        "rows": [(row, waiting.name_of(row.key, names), counts.get(row.key)) for row in shown.object_list],
    } | frame(request, "ignored")
    return render(request, "signals/unmatched/ignored.html", context)


@page()
def ignored_csv(request: HttpRequest) -> HttpResponseBase:
    """All of it as narrowed."""
    names = waiting.source_names()

    def lines() -> Iterator[list[Any]]:
        for row in _found(request).iterator(chunk_size=500):
            by = row.ignored_by.email if row.ignored_by else ""
            at = row.ignored_at.isoformat(timespec="seconds")
            yield [waiting.name_of(row.key, names), row.reason, by, at]

    return csv_answer("ignored", ["group", "reason", "ignored_by", "ignored_at"], lines())
