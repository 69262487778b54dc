"""The Target list at a glance: how full it is, what moved this week, what waits for a decision."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from abmops.ui.access import page
from accounts.views.target_list.tabs import tab_answer


@page()
def overview(request: HttpRequest) -> HttpResponse:
    """Capacity, this week, and what waits."""
    return tab_answer(request, "overview", "accounts/target_list/overview.html", {}, now=timezone.now())
