"""Machines: the list in force beside the program's own, a try-out, what was left out because of it; whose networks
are known."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from signals.models import BotPattern, RejectedEvent, Source
from signals.selectors.bots import SHOWN_DAYS, left_out, machines
from signals.services import bots as services
from signals.services import reverse_ip

PAGE_SIZE = 25
SORTS = ("received_at", "times", "source__name")


class PatternForm(forms.Form):
    """A line of RevOps' own list. One that was switched off is switched on again by writing it once more."""

    kind = forms.ChoiceField(label="Known by", choices=BotPattern.Kind.choices)
    pattern = forms.CharField(
        max_length=200,
        help_text="Part of its user agent, such as AcmeMonitor; or its network, such as 192.0.2.0/24.",
    )
    note = forms.CharField(label="Why", max_length=400, required=False)

    def clean(self) -> dict[str, Any] | None:
        """A line that would hit everybody is refused where it stands."""
        said = super().clean()
        if "pattern" in self.cleaned_data and "kind" in self.cleaned_data:
            try:
                services.checked(self.cleaned_data["kind"], self.cleaned_data["pattern"])
            except FieldErrors as error:
                self.add_error("pattern", error.errors[0].detail)
        return said


@page()
def bots(request: HttpRequest) -> HttpResponse:
    """The page; a POST by RevOps adds a line."""
    form = PatternForm(request.POST or None)
    may_edit = reader(request).has_role(Role.REVOPS)
    if (
        request.method == "POST"
        and may_edit
        and form.is_valid()
        and carried_out(form, lambda: _add(request, form))
    ):
        toast(request, "On the list. What this machine sends from now on is left out.")
        return redirect("signals:bots")
    now, rows = timezone.now(), _rows(request)
    agent, address = (
        request.GET.get(name, "").replace("\0", "").strip()[:512] for name in ("agent", "address")
    )
    found = machines()
    context: dict[str, Any] = {
        "now": now,
        "form": form,
        "may_edit": may_edit,
        "patterns": BotPattern.objects.select_related("created_by"),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "events": rows.aggregate(n=Sum("times"))["n"] or 0,
        "days": SHOWN_DAYS,
        "q": request.GET.get("q", ""),
        "chosen": request.GET.get("source", ""),
        "sources": Source.objects.order_by("name"),
        "agent": agent,
        "address": address,
        "asked": bool(agent or address),
        "machine": found.of_agent(agent) or found.of_address(address),
        "networks": reverse_ip.installed(),
        "company": reverse_ip.domain_of(address),
    }
    return render(request, "signals/web/bots.html", context, status=422 if form.errors else 200)


def _add(request: HttpRequest, form: PatternForm) -> None:
    said = form.cleaned_data
    services.add_pattern(kind=said["kind"], pattern=said["pattern"], note=said["note"], by=reader(request))


@page(Role.REVOPS)
@require_POST
def bot_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a line count, or not: the same button undoes it."""
    row = get_object_or_404(BotPattern, pk=pk)
    services.switch(pattern=row, is_active=not row.is_active)
    was = "no longer counts; its events are signals again from now on" if row.is_active else "counts again"
    toast(request, f"“{row.pattern}” {was}.")
    return redirect("signals:bots")


@page()
def bots_csv(request: HttpRequest) -> HttpResponseBase:
    """What was left out, as narrowed."""
    header = ["Day", "Source", "Events", "Why", "Example"]
    rows = (
        [f"{row.received_at:%Y-%m-%d}", row.source.name, row.times, row.reason, row.excerpt]
        for row in _rows(request).iterator(chunk_size=500)
    )
    return csv_answer("machines-left-out", header, rows)


def _rows(request: HttpRequest) -> QuerySet[RejectedEvent]:
    asked = request.GET
    sort = asked.get("sort", "-received_at")
    q = asked.get("q", "").replace("\0", "").strip()[:120]
    rows = left_out(now=timezone.now(), q=q, source=asked.get("source", "")[:50])
    return rows.order_by(sort if sort.removeprefix("-") in SORTS else "-received_at", "-pk")
