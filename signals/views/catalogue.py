"""The catalogue: what counts as a signal, what it is worth, how much comes, and what is wrong with it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from accounts.views.people import reader
from signals.models import SignalType, Source
from signals.selectors import volume


@page()
def catalogue(request: HttpRequest) -> HttpResponse:
    """Signal types and sources with what they are worth and how much comes."""
    now = timezone.now()
    context = {
        "now": now,
        "types": SignalType.objects.visible_to(reader(request)).order_by("-is_active", "name"),
        "sources": Source.objects.visible_to(reader(request)).select_related("owner"),
        "volume": {pk: weeks[-1] for pk, weeks in volume.weekly("type", now=now, weeks=1).items()},
        "days": 7,
    }
    return render(request, "signals/catalogue.html", context)
