"""The Signals page with its tabs, and an account's signals."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from signals.models import RejectedEvent, Signal, SignalType, Source
from signals.views import reading
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25


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
