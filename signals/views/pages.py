"""The Signals page with its tabs, and an account's signals."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import TIERS
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from signals.models import AccountState, RejectedEvent, Signal, SignalType, Source
from signals.views import reading
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25


@page()
def in_market(request: HttpRequest) -> HttpResponse:
    """Who shows intent now, highest score first."""
    now = timezone.now()
    shown = Paginator(_in_market(request), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "page": shown,
        "rows": reading.with_drivers(shown.object_list, now=now),
        "tab": "market",
        "tiers": [(value, label, str(value) in request.GET.getlist("tier")) for value, label in TIERS],
        "q": request.GET.get("q", ""),
        "mine": "mine" in request.GET,
    }
    return render(request, "signals/in_market.html", context)


@page()
def in_market_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list as narrowed."""
    rows = reading.with_drivers(_in_market(request), now=timezone.now())
    header = [
        "Account",
        "Domain",
        "Tier",
        "Score",
        "In 7 days",
        "Intent",
        "Driven by, 30 days",
        "Last signal",
        "Owner",
    ]
    return csv_answer("in-market", header, (_csv_row(row) for row in rows))


def _in_market(request: HttpRequest) -> QuerySet[AccountState]:
    asked = request.GET
    tiers = [tier for tier, _ in TIERS if str(tier) in asked.getlist("tier")]
    return reading.in_market(
        reader(request), q=asked.get("q", "").strip()[:120], tiers=tiers, mine="mine" in asked
    )


def _csv_row(row: reading.InMarket) -> list[object]:
    account, state = row.account, row.state
    last = state.last_signal_at.isoformat(timespec="seconds") if state.last_signal_at else ""
    figures = [round(state.score, 1), round(row.rise, 1), round(state.intent, 1)]
    owner = account.owner.name if account.owner else ""
    return [account.name, account.domain, account.tier, *figures, "; ".join(row.drivers), last, owner]


@page()
def unmatched(request: HttpRequest) -> HttpResponse:
    """Signals that wait for their account, and events that were refused."""
    context = {
        "now": timezone.now(),
        "domains": reading.unmatched_domains(limit=100),
        "rejected": RejectedEvent.objects.select_related("source").order_by("-received_at", "-pk")[:50],
        "may_add": reader(request).has_role("revops"),
        "tab": "unmatched",
    }
    return render(request, "signals/unmatched.html", context)


@page()
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """The signals of one account, newest first; by type or source when the address says so."""
    shown = visible_account(request, pk)
    found = (
        Signal.objects.visible_to(reader(request))
        .filter(account=shown)
        .select_related("type", "source", "contact")
    )
    chosen_type = SignalType.objects.filter(slug=request.GET.get("type", "")).first()
    chosen_source = Source.objects.filter(slug=request.GET.get("source", "")).first()
    if chosen_type:
        found = found.filter(type=chosen_type)
    if chosen_source:
        found = found.filter(source=chosen_source)
    page_shown = Paginator(found.order_by("-occurred_at", "-id"), 2 * PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "now": timezone.now(),
        "account": shown,
        "page": page_shown,
        "verdicts": verdicts_of(reader(request), signal_ids=[one.pk for one in page_shown.object_list]),
        "chosen_type": chosen_type,
        "chosen_source": chosen_source,
    }
    return render(request, "signals/of_account.html", context)
