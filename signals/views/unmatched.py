"""Signals that wait for their account: the groups a person decides about, and what is in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from abmops.ui.toasts import toast
from accounts.views.people import reader
from signals.models import IgnoredKey, RejectedEvent, Resolution, Source
from signals.selectors import held as future
from signals.selectors import unmatched as waiting
from signals.selectors.crossings import signals_by_id
from signals.services.unmatched import TAKEN_BACK_WITHIN

PAGE_SIZE = 25
SIGNALS_SHOWN = 50
DAYS = (30, 90, 400)
SORTS = {"group": "Company or id", "n": "Signals", "newest": "Newest", "first": "First seen"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know, it leaves out."""

    q: str
    kind: str
    source: int | None
    days: int
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address."""
        kind, source, days = query.get("kind", ""), query.get("source", ""), query.get("days", "")
        sort = query.get("sort", "-n")
        return cls(
            q=query.get("q", "").replace("\0", "").strip().lower()[:120],
            kind=kind if kind in waiting.KINDS else "",
            source=int(source) if source.isdecimal() and len(source) < 18 else None,
            days=int(days) if days in {str(one) for one in DAYS} else 90,
            sort=sort if sort.removeprefix("-") in SORTS else "-n",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows."""
        return bool(self.q or self.kind or self.source is not None)

    def since(self, now: datetime) -> datetime:
        """Signals that came before this are not looked at."""
        return now - timedelta(days=self.days)


def _found(asked: Asked, now: datetime) -> QuerySet[Any]:
    rows = waiting.waiting(since=asked.since(now))
    if asked.source is not None:
        rows = rows.filter(source=asked.source)
    if asked.kind:
        rows = rows.filter(group__startswith=f"{asked.kind}:")
    if asked.q:
        rows = rows.filter(group__icontains=asked.q)
    return waiting.groups(rows).order_by(asked.sort, "group")


@page()
def unmatched(request: HttpRequest) -> HttpResponse:
    """Who sends signals and is no account, the most first, with what can be done about it."""
    now, asked = timezone.now(), Asked.of(request.GET)
    shown = Paginator(_found(asked, now), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "asked": asked,
        "page": shown,
        "groups": waiting.described(shown.object_list, since=asked.since(now)),
        "kinds": waiting.KINDS.items(),
        "sources": Source.objects.order_by("name"),
        "days": DAYS,
        "sorts": [
            heading(name, label, query=request.GET, sort=asked.sort, down_first=name != "group")
            for name, label in SORTS.items()
        ],
        "newest_decisions": _decisions(now),
    } | frame(request, "waiting")
    return render(request, "signals/unmatched/list.html", context)


def _decisions(now: datetime) -> QuerySet[Resolution]:
    """What was decided of late, for whoever comes back to take it back."""
    recent = Resolution.objects.filter(at__gte=now - TAKEN_BACK_WITHIN, undone_at=None)
    return recent.select_related("account", "by")[:5]


def frame(request: HttpRequest, part: str) -> dict[str, Any]:
    """What every page of these tabs needs."""
    user = reader(request)
    return {
        "tab": "unmatched",
        "part": part,
        "may_decide": user.has_role(Role.MARKETER, Role.REVOPS),
        "may_give": user.has_role(Role.MARKETER, Role.REVOPS, Role.REP),
        "is_revops": user.has_role(Role.REVOPS),
        "counts": {
            "ignored": IgnoredKey.objects.count(),
            "rejected": len(RejectedEvent.objects.values_list("pk")[:1000]),
            "held": len(future.held().values_list("pk")[:1000]),
        },
    }


@page()
def unmatched_csv(request: HttpRequest) -> HttpResponseBase:
    """All groups as narrowed."""
    now, asked = timezone.now(), Asked.of(request.GET)
    names = waiting.source_names()

    def lines() -> Iterator[list[Any]]:
        for row in _found(asked, now):
            kind = waiting.KINDS.get(waiting.kind_of(row["group"]), "")
            sources = "; ".join(names.get(pk, "") for pk in row["source_ids"])
            moments = [row[name].isoformat(timespec="seconds") for name in ("first", "newest")]
            yield [waiting.name_of(row["group"], names), kind, row["n"], sources, *moments]

    return csv_answer("unmatched", ["group", "kind", "signals", "sources", "first", "newest"], lines())


@page()
def group(request: HttpRequest) -> HttpResponseBase:
    """One group: every signal in it, whose they may be, and what can be done."""
    now, asked = timezone.now(), Asked.of(request.GET)
    key = request.GET.get("key", "").replace("\0", "")[:300]
    since = now - timedelta(days=max(DAYS))
    if waiting.kind_of(key) not in waiting.KINDS or not key.partition(":")[2]:
        raise Http404
    if key.startswith("people:") and not key.removeprefix("people:").isdecimal():
        raise Http404
    described = waiting.groups_of([key], since=since)
    if not described:
        toast(request, "Nothing of it is waiting any more.")
        return redirect("signals:unmatched")
    shown = Paginator(waiting.signals_of(key, since=since), SIGNALS_SHOWN).get_page(request.GET.get("page"))
    signals = signals_by_id(row.pk for row in shown.object_list)
    context = {
        "now": now,
        "asked": asked,
        "group": described[0],
        "page": shown,
        "rows": [(signals[row.pk], _who(row.keys)) for row in shown.object_list if row.pk in signals],
        "ignored": IgnoredKey.objects.filter(key=key).select_related("ignored_by").first(),
    } | frame(request, "waiting")
    return render(request, "signals/unmatched/group.html", context)


def _who(keys: list[str]) -> str:
    """What a signal says of its person: the address, else the source's own id."""
    by = {key.partition(":")[0]: key.partition(":")[2] for key in reversed(keys)}
    if "email" in by:
        return by["email"]
    return next((by[name].partition(":")[2] for name in ("user", "anonymous") if name in by), "")
