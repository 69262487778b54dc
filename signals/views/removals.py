"""Removals: what was taken out, and taking signals out that were never worth storing. RevOps only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import toast
from accounts.models import Account, Contact, Import
from accounts.views.carrying_out import carried_out
from accounts.views.forms import MomentInput
from accounts.views.people import reader
from signals.models import RemovalKind, RemovalRun, RemovedEvidence, SignalType, Source
from signals.services import removing

PAGE_SIZE = 25
MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
ASKED_ON_GET = ("account", "source", "type", "contact", "since", "until", "q")


class SelectionForm(forms.Form):
    """What the signals have in common."""

    account = forms.CharField(
        label="Account", max_length=253, required=False, help_text="Its domain, or its number."
    )
    source = forms.ModelChoiceField(Source.objects.order_by("name"), required=False, empty_label="Any")
    type = forms.ModelChoiceField(SignalType.objects.order_by("name"), required=False, empty_label="Any")
    contact = forms.CharField(
        label="Person", max_length=254, required=False, help_text="Their e-mail address, or number."
    )
    since = forms.DateTimeField(
        label="Received from", required=False, widget=MomentInput, input_formats=MOMENTS
    )
    until = forms.DateTimeField(
        label="Received before", required=False, widget=MomentInput, input_formats=MOMENTS
    )

    def clean_account(self) -> int | None:
        """The account of the domain or number."""
        said: str = self.cleaned_data["account"].strip().lower()
        if not said:
            return None
        wanted = Q(pk=int(said)) if said.isdecimal() and len(said) < 18 else Q(domains__domain=said)
        found = Account.objects.filter(wanted).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError("No account has this domain or number.")
        return found

    def clean_source(self) -> int | None:
        """The source's number."""
        chosen: Source | None = self.cleaned_data["source"]
        return chosen.pk if chosen else None

    def clean_type(self) -> int | None:
        """The type's number."""
        chosen: SignalType | None = self.cleaned_data["type"]
        return chosen.pk if chosen else None

    def clean_contact(self) -> int | None:
        """The contact of the address or number."""
        said: str = self.cleaned_data["contact"].strip()
        if not said:
            return None
        wanted = Q(pk=int(said)) if said.isdecimal() and len(said) < 18 else Q(email__iexact=said)
        found = Contact.objects.filter(wanted).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError("Nobody has this address or number.")
        return found


class WhyForm(forms.Form):
    """Why the signals go."""

    kind = forms.ChoiceField(
        label="What were they", choices=RemovalKind.choices, widget=forms.RadioSelect, initial="bot"
    )
    reason = forms.CharField(
        label="Why",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For whoever wonders later where the signals went.",
    )


@page(Role.REVOPS)
def removals(request: HttpRequest) -> HttpResponse:
    """What was taken out, newest first."""
    shown = Paginator(_found(request.GET), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": timezone.now(),
        "page": shown,
        "q": request.GET.get("q", ""),
        "kind": request.GET.get("kind", ""),
        "kinds": RemovalKind.choices,
        "tab": "removals",
    }
    return render(request, "signals/removals/list.html", context)


def _found(query: QueryDict) -> QuerySet[Any]:
    rows = RemovalRun.objects.select_related("asked_by").annotate(
        of_accounts=Count("accounts__account", distinct=True)
    )
    if q := query.get("q", "").replace("\0", "").strip()[:120]:
        rows = rows.filter(Q(reason__icontains=q) | Q(accounts__account__name__icontains=q))
    if (kind := query.get("kind", "")) in RemovalKind.values:
        rows = rows.filter(kind=kind)
    return rows.order_by("-asked_at", "-pk")


@page(Role.REVOPS)
def removals_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""

    def lines() -> Iterator[list[Any]]:
        for row in _found(request.GET):
            by = row.asked_by.email if row.asked_by else ""
            at = row.asked_at.isoformat(timespec="seconds")
            yield [at, by, row.get_kind_display(), row.reason, row.removed, row.of_accounts]

    return csv_answer("removals", ["at", "by", "kind", "reason", "signals", "accounts"], lines())


@page(Role.REVOPS)
def removal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One removal: from which accounts, and which crossings had rested on the signals."""
    run = get_object_or_404(RemovalRun.objects.select_related("asked_by"), pk=pk)
    lost = RemovedEvidence.objects.filter(run=run).select_related("crossing__account", "crossing__threshold")
    rows = run.accounts.select_related("account").order_by("-signals", "pk")
    context = {
        "now": timezone.now(),
        "run": run,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "lost": lost.order_by("-crossing__crossed_at")[:100],
        "lost_count": lost.count(),
        "shares": 0 if run.finished_at else run.shares.count(),
        "chosen": _in_words(run.selection),
        "tab": "removals",
    }
    return render(request, "signals/removals/one.html", context)


def _in_words(said: dict[str, Any]) -> list[tuple[str, str]]:
    """What was chosen, for a person."""
    found: list[tuple[str, str]] = []
    if ids := said.get("ids"):
        found.append(("Chosen one by one", f"{ids:,}"))
    for name, label, model in (
        ("account", "Account", Account),
        ("source", "Source", Source),
        ("type", "Type", SignalType),
        ("contact", "Person", Contact),
    ):
        if pk := said.get(name):
            row: Any = model.objects.filter(pk=pk).first()
            found.append((label, str(row) if row else "gone by now"))
    if pk := said.get("file"):
        found.append(("File", str(Import.objects.filter(pk=pk).first() or "gone by now")))
    for name, label in (("since", "Received from"), ("until", "Received before")):
        if moment := said.get(name):
            at = timezone.localtime(datetime.fromisoformat(moment))
            found.append((label, f"{at:%Y-%m-%d %H:%M}"))
    return found


@page(Role.REVOPS)
def removal_new(request: HttpRequest) -> HttpResponseBase:
    """Choose, look at what would go and change, say why, and do it: asks before anything happens."""
    asked = request.POST if request.method == "POST" else request.GET
    now, user = timezone.now(), reader(request)
    ids = tuple(_uuids(asked.getlist("pick")))
    form = SelectionForm(asked if ids or any(asked.get(name) for name in ASKED_ON_GET) else None)
    why = WhyForm(request.POST if request.method == "POST" else None)
    selection = removing.Selection(ids=ids, **form.cleaned_data) if form.is_valid() else None
    found, error = None, ""
    if selection is not None:
        if request.method == "POST" and why.is_valid():
            done: list[RemovalRun] = []

            def act() -> None:
                assert selection is not None
                said = why.cleaned_data
                done.append(removing.start_removal(selection=selection, by=user, now=now, **said))

            if carried_out(why, act):
                forget_counts(user)
                toast(request, _said(done[0]))
                return redirect("signals:removal", pk=done[0].pk)
        try:
            found = removing.preview(selection, now=now)
        except AbmopsError as refused:
            error = refused.message.partition(": ")[2] or refused.message
    context = {
        "now": now, "form": form, "why": why, "found": found, "error": error, "tab": "removals",
        "ids": [str(pk) for pk in ids], "at_once": removing.AT_ONCE,
    }  # fmt: skip
    status = 422 if why.is_bound else 200
    return render(request, "signals/removals/new.html", context, status=status)


def _said(run: RemovalRun) -> str:
    if run.finished_at is None:
        return "The signals are being taken out; this page says how far it is."
    return f"{run.removed:,} signal{'' if run.removed == 1 else 's'} taken out; scores and thresholds follow."


def _uuids(values: list[str]) -> Iterator[UUID]:
    for value in values[: removing.MOST_IDS]:
        try:
            yield UUID(value)
        except ValueError:
            continue
