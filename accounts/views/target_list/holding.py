"""Who is held back from the list, until when and why; holding back and lifting by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import AbmopsError
from abmops.lib.slices import in_slices
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.domain.quarantine import HeldBy, Hold, longest
from accounts.models import Account, AccountQuerySet, Quarantine, Via
from accounts.selectors import target_list as facts
from accounts.services.changes import acting
from accounts.services.target_list import quarantine as services
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from accounts.views.target_list import asking
from accounts.views.target_list.changing import count
from accounts.views.target_list.choosing import choosing, named
from accounts.views.target_list.forms import HoldForm
from accounts.views.target_list.tabs import EDITORS, tab_answer

PAGE_SIZE = 25
CSV_SLICE = 500
KINDS = (
    (HeldBy.OPEN_DEAL.value, "An open deal"),
    (HeldBy.LOST_DEAL.value, "A fresh loss"),
    (HeldBy.PERSON.value, "By hand"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """An account with everything that holds it back; `last` is what ends last."""

    account: Account
    holds: list[Hold]
    last: Hold | None


@page()
def quarantine(request: HttpRequest) -> HttpResponse:
    """Who may not join the list now."""
    now = timezone.now()
    rows = _rows(request, now)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    user = reader(request)
    context = {
        "page": shown,
        "rows": _held(list(shown.object_list), now),
        "kinds": KINDS,
        "kind": request.GET.get("kind", ""),
        "days": facts.list_policy().quarantine_days,
        "narrowed": bool(request.GET.get("q") or request.GET.get("kind")),
        "mine": set(Quarantine.objects.filter(by=user, lifted_at__isnull=True).values_list("pk", flat=True)),
    }
    return tab_answer(request, "quarantine", "accounts/target_list/quarantine.html", context, now=now)


@page()
def quarantine_csv(request: HttpRequest) -> HttpResponseBase:
    """A line a hold."""
    header = ["Account", "Domain", "Owner", "Held back by", "What", "By", "Since", "Until"]
    return csv_answer("quarantine", header, _cells(_rows(request, timezone.now()), timezone.now()))


def _rows(request: HttpRequest, now: datetime) -> AccountQuerySet:
    rows = facts.held_back(
        Account.objects.visible_to(reader(request)), now=now, kind=request.GET.get("kind", "")
    )
    if q := asking.words(request.GET):
        rows = named(rows, q)
    return rows.select_related("owner").order_by("name", "pk")


def _held(accounts: list[Account], now: datetime) -> list[Held]:
    holds = facts.holds_of([account.pk for account in accounts], now=now)
    found = []
    for account in accounts:
        of_account = holds.get(account.pk, [])
        found.append(Held(account, of_account, longest(of_account, now)))
    return found


def _cells(rows: AccountQuerySet, now: datetime) -> Iterator[list[Any]]:
    names = dict(KINDS)
    for part in in_slices(rows.iterator(CSV_SLICE), CSV_SLICE):
        yield from _lines(_held(part, now), names)


def _lines(held: list[Held], names: dict[str, str]) -> Iterator[list[Any]]:
    for row in held:
        owner = row.account.owner.name if row.account.owner else ""
        for hold in row.holds:
            since = hold.since.isoformat(timespec="seconds")
            until = hold.until.isoformat(timespec="seconds") if hold.until else ""
            yield [
                row.account.name, row.account.domain, owner, names[hold.kind.value], hold.what, hold.by, since, until,
            ]  # fmt: skip


@page(*EDITORS)
def hold(request: HttpRequest) -> HttpResponseBase:
    """Hold the chosen accounts back."""
    now, user = timezone.now(), reader(request)
    picked = choosing(request, user)
    form = HoldForm(request.POST or None)
    if form.is_valid():
        if not picked.chosen:
            form.add_error(None, "Choose at least one account: search above, tick, and press “Choose”.")
        else:
            what, words = f"Held back {count(len(picked.chosen))}", form.cleaned_data
            with acting(by=user, via=Via.PAGE, what=what, reason=words["reason"]) as set_id:
                done = carried_out(
                    form,
                    lambda: services.hold_back(
                        accounts=picked.ids, until=form.ends(), reason=words["reason"], by=user, now=now
                    ),
                )
            if done:
                undo = f"{reverse('target_list:undo', args=[set_id])}?back=quarantine"
                toast(request, f"{what}.", undo_url=undo)
                return redirect("target_list:quarantine")
    context = {
        "form": form,
        "picked": picked,
        "held": [f"{one.name} is on the list, and stays on it." for one in picked.chosen if one.is_target],
        "title": "Hold accounts back",
        "intro": "Nobody but RevOps, with a reason, puts them on the list before.",
        "act": "Hold back",
        "nobody": "No account that you may change has this in its name or domains.",
    }
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(request, "quarantine", "accounts/target_list/act.html", context, now=now, status=status)


@page(*EDITORS)
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a hold before its day."""
    user = reader(request)
    rows = Quarantine.objects.filter(account__in=Account.objects.visible_to(user)).select_related("account")
    row = get_object_or_404(rows, pk=pk)
    with acting(by=user, via=Via.PAGE, what=f"Lifted the hold of {row.account}") as set_id:
        try:
            services.lift(hold=row, by=user, now=timezone.now())
        except AbmopsError as error:
            complain(request, error.message)
            return redirect("target_list:quarantine")
    undo = f"{reverse('target_list:undo', args=[set_id])}?back=quarantine"
    toast(
        request,
        f"{row.account} is no longer held back by {'you' if row.by_id == user.pk else 'hand'}.",
        undo_url=undo,
    )
    return redirect("target_list:quarantine")
