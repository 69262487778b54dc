"""Thresholds as sentences."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from accounts.views.people import reader
from signals.selectors import thresholds as written


@page()
def thresholds(request: HttpRequest) -> HttpResponse:
    """Every threshold as a sentence, with its volume."""
    now = timezone.now()
    context = {"now": now, "rows": written.written_thresholds(reader(request), now=now)}
    return render(request, "signals/thresholds.html", context)
