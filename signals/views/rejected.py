"""Events that could not be used, and those that wait for their moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.views.people import reader
from signals.models import RejectedEvent, Source
from signals.selectors import held as future
from signals.selectors import rejected as refused
from signals.services.sending_again import send_again
from signals.views.unmatched import frame

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know, it leaves out."""

    q: str
    code: str
    source: int | None

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address."""
        code, source = query.get("code", ""), query.get("source", "")
        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:120],
            code=code if code in RejectedEvent.Code.values else "",
            source=int(source) if source.isdecimal() and len(source) < 18 else None,
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows."""
        return bool(self.q or self.code or self.source is not None)

    def rows(self) -> QuerySet[RejectedEvent]:
        """The rows asked for."""
        return refused.rejected(code=self.code, source=self.source, q=self.q)


@page()
def rejected(request: HttpRequest) -> HttpResponse:
    """What was refused or set aside, with the reason."""
    asked = Asked.of(request.GET)
    context = {
        "now": timezone.now(),
        "asked": asked,
        "page": Paginator(asked.rows(), PAGE_SIZE).get_page(request.GET.get("page")),
        "codes": RejectedEvent.Code.choices,
        "sources": Source.objects.order_by("name"),
    } | frame(request, "rejected")
    return render(request, "signals/unmatched/rejected.html", context)


@page()
def rejected_csv(request: HttpRequest) -> HttpResponseBase:
    """All of it as narrowed."""
    rows = Asked.of(request.GET).rows()

    def lines() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=500):
            at = row.received_at.isoformat(timespec="seconds")
            kind = row.get_code_display()
            yield [at, row.source.slug, kind, row.reason, row.pointer, row.message_id, row.times, row.excerpt]

    header = ["received", "source", "kind", "reason", "where", "message_id", "times", "excerpt"]
    return csv_answer("not-used", header, lines())


@page()
def rejected_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, with what is kept of the event."""
    row = get_object_or_404(RejectedEvent.objects.select_related("source"), pk=pk)
    context = {
        "now": timezone.now(),
        "row": row,
        "excerpt": refused.readable(row),
        "is_whole": refused.whole_event(row) is not None,
        "is_unmapped": row.code == RejectedEvent.Code.UNMAPPED,
    } | frame(request, "rejected")
    return render(request, "signals/unmatched/rejected_one.html", context)


@page(Role.REVOPS)
@require_POST
def rejected_again(request: HttpRequest) -> HttpResponseBase:
    """Send the chosen events through the door once more."""
    picked = [int(value) for value in request.POST.getlist("pick") if value.isdecimal() and len(value) < 18]
    done = send_again(ids=picked, by=reader(request), now=timezone.now())
    toast(request, done.said)
    return redirect("signals:rejected")


@page()
def held(request: HttpRequest) -> HttpResponse:
    """Events whose moment is still to come."""
    source = request.GET.get("source", "")
    chosen = int(source) if source.isdecimal() and len(source) < 18 else None
    shown = Paginator(future.held(source_id=chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": timezone.now(),
        "page": shown,
        "rows": future.shown(list(shown.object_list)),
        "chosen": chosen,
        "sources": Source.objects.order_by("name"),
    } | frame(request, "held")
    return render(request, "signals/unmatched/held.html", context)
