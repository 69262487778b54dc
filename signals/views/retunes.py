"""The quarterly retune: what feedback proposes for weights, its effect on crossings first, and who decided what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from signals.domain.retune import quarter_before, quarter_of
from signals.models import Retune
from signals.services import retune as service

PAGE_SIZE = 25
NAMED = 25


@dataclass(frozen=True, slots=True)
class OnAccount:
    """A crossing gained or lost."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold under both weights."""

    said: Mapping[str, Any]
    gained: tuple[OnAccount, ...]
    lost: tuple[OnAccount, ...]


class DecisionForm(forms.Form):
    """Which lines, and in which words."""

    reason = forms.CharField(
        label="Your words",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A decline needs them; an acceptance is better for them.",
    )


@page()
def retunes(request: HttpRequest) -> HttpResponse:
    """Every proposal, the newest first, and the button that asks for one now."""
    now, status = timezone.now(), request.GET.get("status", "")
    shown = Paginator(_found(status), PAGE_SIZE).get_page(request.GET.get("page"))
    this = quarter_of(now)
    context = {
        "now": now,
        "page": shown,
        "rows": [(row, quarter_name(row.quarter)) for row in shown.object_list],
        "status": status if status in Retune.Status.values else "",
        "statuses": Retune.Status.choices,
        "may_decide": reader(request).has_role(Role.REVOPS),
        "quarters": [
            (this.isoformat(), f"{quarter_name(this)}, so far"),
            (quarter_before(this).isoformat(), quarter_name(quarter_before(this))),
        ],
    }
    return render(request, "signals/retunes/list.html", context)


@page()
def retunes_csv(request: HttpRequest) -> HttpResponseBase:
    """Every line of every proposal as narrowed."""
    found = _found(request.GET.get("status", ""))
    header = [
        "quarter", "status", "proposed_at", "decided_at", "decided_by", "reason",
        "kind", "slug", "good", "neutral", "noise", "before", "after", "accepted",
    ]  # fmt: skip

    def lines() -> Iterator[list[Any]]:
        for row in found:
            decided = row.decided_at.isoformat(timespec="seconds") if row.decided_at else ""
            by = row.decided_by.email if row.decided_by else ""
            proposed = row.proposed_at.isoformat(timespec="seconds")
            for line in row.changes:
                yield [
                    quarter_name(row.quarter), row.status, proposed, decided, by, row.reason,
                    line["kind"], line["slug"], line["good"], line["neutral"], line["noise"],
                    line["before"], line["after"], line.get("accepted", ""),
                ]  # fmt: skip

    return csv_answer("retunes", header, lines())


@page(Role.REVOPS)
@require_POST
def propose(request: HttpRequest) -> HttpResponseBase:
    """Ask for a proposal now, from this quarter so far or from the last."""
    now = timezone.now()
    this = quarter_of(now)
    wanted = quarter_before(this) if request.POST.get("quarter") == quarter_before(this).isoformat() else this
    try:
        row = service.propose(quarter=wanted, by=reader(request), now=now)
    except AbmopsError as error:
        complain(request, error.message)
        return redirect("signals:retunes")
    return redirect("signals:retune", row.pk)


@page()
def retune(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One proposal: its effect, its lines, and what was decided. A POST decides."""
    row = get_object_or_404(_rows(), pk=pk)
    if request.headers.get("X-Live") and not service.is_worked_out(row):
        return HttpResponse(status=204)
    user, form = reader(request), DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _decided(request, row, form):
        return redirect("signals:retune", pk)
    return _shown(request, user, row, form)


def _shown(request: HttpRequest, user: User, row: Retune, form: DecisionForm) -> HttpResponse:
    effect, now = row.effect, timezone.now()
    picked = set(request.POST.getlist("line")) if request.method == "POST" else None
    context = {
        "now": now,
        "retune": row,
        "quarter": quarter_name(row.quarter),
        "form": form,
        "is_worked_out": service.is_worked_out(row),
        "lines": _lines(user, effect.get("thresholds", [])),
        "unaffected": effect.get("unaffected", []),
        "refused": effect.get("refused", ""),
        "since": _moment(effect.get("since")),
        "until": _moment(effect.get("until")),
        "changes": [
            {
                **one,
                "key": service.key_of(one),
                "picked": picked is None or service.key_of(one) in picked,
                "weights": (f"{one['before']:g}", f"{one['after']:g}"),
            }
            for one in row.changes
        ],
        "may_decide": user.has_role(Role.REVOPS),
        "may_revert": user.has_role(Role.REVOPS) and row.status == Retune.Status.ACCEPTED,
    }
    return render(request, "signals/retunes/one.html", context, status=422 if form.is_bound else 200)


def _decided(request: HttpRequest, row: Retune, form: DecisionForm) -> bool:
    user, now, words = reader(request), timezone.now(), form.cleaned_data["reason"]
    if request.POST.get("do") == "decline":
        done = carried_out(form, lambda: service.decline(retune=row.pk, reason=words, by=user, now=now))
        if done:
            toast(request, "Declined: the weights stay as they are.")
        return done
    lines = request.POST.getlist("line")
    done = carried_out(
        form, lambda: service.accept(retune=row.pk, lines=lines, reason=words, by=user, now=now)
    )
    if done:
        toast(
            request,
            f"{len(lines)} weight{'s' if len(lines) != 1 else ''} changed; every score is being worked out anew.",
            undo_url=reverse("signals:retune_revert", args=[row.pk]),
        )
    return done


@page(Role.REVOPS)
@require_POST
def revert(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put the weights back as they were before."""
    get_object_or_404(Retune, pk=pk)
    try:
        service.revert(retune=pk, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, "The weights are as they were before; every score is being worked out anew.")
    return redirect("signals:retune", pk)


def quarter_name(first_day: date) -> str:
    """`Q3 2026`."""
    return f"Q{(first_day.month + 2) // 3} {first_day.year}"


def _rows() -> QuerySet[Retune]:
    return Retune.objects.select_related("proposed_by", "decided_by", "reverted_by")


def _found(status: str) -> QuerySet[Retune]:
    return _rows().filter(status=status) if status in Retune.Status.values else _rows()


def _lines(user: User, thresholds: Iterable[Mapping[str, Any]]) -> list[Line]:
    """With the accounts of the newest gained and lost: one query. One that was merged since is left out."""
    told = list(thresholds)
    ids = {account for line in told for key in ("gained_on", "lost_on") for account, _ in line[key][:NAMED]}
    accounts = Account.objects.visible_to(user).in_bulk(ids) if ids else {}

    def named(rows: Iterable[list[Any]]) -> tuple[OnAccount, ...]:
        return tuple(
            OnAccount(accounts[account], datetime.fromisoformat(at))
            for account, at in rows
            if account in accounts
        )

    return [Line(one, named(one["gained_on"][:NAMED]), named(one["lost_on"][:NAMED])) for one in told]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
