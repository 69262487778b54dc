"""The rules that people set aside: by rule, person and quarter, and what became of the play."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import User
from accounts.views.people import reader
from plays.domain.rules import title_of
from plays.models import Override, Play
from plays.selectors import guarded

PAGE_SIZE: Final = 50


@page()
def overrides(request: HttpRequest) -> HttpResponseBase:
    """Every rule that a person set aside, why, and what became of the play."""
    now = timezone.now()
    rows = _overrides(request, now)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    everything = _narrowed(request, now, but="rule")
    by_rule = everything.order_by().values_list("rule").annotate(n=Count("pk")).order_by("-n", "rule")
    people = User.objects.filter(overrides__isnull=False).distinct().order_by("name", "email")
    context = {
        "page": shown,
        "rows": [(row, title_of(row.rule)) for row in shown.object_list],
        "counts": [(rule, title_of(rule), n) for rule, n in by_rule],
        "rule": request.GET.get("rule", ""),
        "people": people,
        "by": request.GET.get("by", ""),
        "plays": Play.objects.filter(overrides__isnull=False).distinct().order_by("name"),
        "play": request.GET.get("play", ""),
        "quarters": _quarters(now),
        "quarter": request.GET.get("quarter", ""),
        "orders": ORDERS,
        "order": request.GET.get("order", ""),
        "narrowed": any(request.GET.get(name) for name in ("q", "rule", "by", "play", "quarter")),
        "now": now,
    }
    return render(request, "plays/guardrails/overrides.html", context)


@page()
def overrides_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file."""
    header = [
        "at", "account", "play", "rule", "said", "reason", "by", "opened", "state", "ended", "why_it_ended",
        "enrollment",
    ]  # fmt: skip

    def lines() -> Iterator[list[Any]]:
        for row in _overrides(request, timezone.now()).iterator(500):
            run = row.enrollment
            ended = run.finished_at.isoformat(timespec="seconds") if run and run.finished_at else ""
            yield [
                row.at.isoformat(timespec="seconds"), row.account.name, row.play.name if row.play else "", row.rule,
                row.said, row.reason, row.by.email if row.by else "", row.step_run.key if row.step_run else "the play",
                run.state if run else "", ended, run.end_reason if run else "", row.enrollment_id or "",
            ]  # fmt: skip

    return csv_answer("overrides", header, lines())


ORDERS: Final = (("", "Newest first"), ("account", "Account"), ("rule", "Rule"))
_ORDERS: Final = {"account": ("account__name", "-at"), "rule": ("rule", "-at")}


def _overrides(request: HttpRequest, now: datetime) -> QuerySet[Override]:
    rows = _narrowed(request, now)
    return rows.order_by(*_ORDERS.get(request.GET.get("order", ""), ("-at",)), "-pk")


def _narrowed(request: HttpRequest, now: datetime, *, but: str = "") -> QuerySet[Override]:
    rows = guarded.overrides().filter(pk__in=Override.objects.visible_to(reader(request)).values("pk"))
    asked = {
        name: request.GET.get(name, "").strip() for name in ("rule", "by", "play", "quarter") if name != but
    }
    if rule := asked.get("rule"):
        rows = rows.filter(rule=rule[:40].replace("\0", ""))
    if (by := asked.get("by", "")).isdecimal() and len(by) < 10:
        rows = rows.filter(by=int(by))
    if play := asked.get("play"):
        rows = rows.filter(play__slug=play[:80].replace("\0", ""))
    if span := {value: span for value, _, span in _spans(now)}.get(asked.get("quarter", "")):
        rows = rows.filter(at__gte=span[0], at__lt=span[1])
    if find := request.GET.get("q", "").replace("\0", "").strip()[:120]:
        rows = rows.filter(Q(account__name__icontains=find) | Q(reason__icontains=find))
    return rows


def _quarters(now: datetime) -> list[tuple[str, str]]:
    return [(value, label) for value, label, _ in _spans(now)]


def _spans(now: datetime) -> Iterator[tuple[str, str, tuple[datetime, datetime]]]:
    """This quarter and the seven before it, in the reader's zone: value, label, from and until."""
    zone = timezone.get_current_timezone()
    local = now.astimezone(zone)
    year, quarter = local.year, (local.month - 1) // 3
    for _ in range(8):
        begins = datetime(year, quarter * 3 + 1, 1, tzinfo=zone)
        ends = datetime(year + quarter // 3, (quarter + 1) % 4 * 3 + 1, 1, tzinfo=zone)
        yield f"{year}-q{quarter + 1}", f"Q{quarter + 1} {year}", (begins, ends)
        year, quarter = (year, quarter - 1) if quarter else (year - 1, 3)
