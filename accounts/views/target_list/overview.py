"""The Target list at a glance: how full it is, what moved this week, what waits for a decision."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from abmops.ui.access import page
from accounts.models import Account
from accounts.selectors import target_list as facts
from accounts.selectors.list_history import list_diff
from accounts.views.people import reader
from accounts.views.target_list import asking
from accounts.views.target_list.drawings import capacity_bar
from accounts.views.target_list.tabs import tab_answer

WEEK = timedelta(days=7)
SHOWN = 5


@page()
def overview(request: HttpRequest) -> HttpResponse:
    """Capacity, this week, and what waits."""
    now, user = timezone.now(), reader(request)
    capacity = facts.capacity()
    top = max((max(tier.held, tier.ceiling.most) for tier in capacity.tiers), default=1)
    diff = list_diff(asking.end_of(asking.today(now) - WEEK, now), now)
    moves = sorted(diff.every(), key=lambda item: item.at, reverse=True)
    visible = Account.objects.visible_to(user)
    context = {
        "capacity": capacity,
        "tiers": [(tier, capacity_bar(tier, top)) for tier in capacity.tiers],
        "has_owner_ceiling": any(tier.ceiling.most_per_owner is not None for tier in capacity.tiers),
        "diff": diff,
        "moves": moves[:SHOWN],
        "more": max(len(moves) - SHOWN, 0),
        "waiting": facts.waiting_nominations(),
        "held_back": facts.held_back(visible, now=now).count(),
        "overrides": facts.overrides().filter(valid_from__gt=now - 13 * WEEK).count(),
    }
    return tab_answer(request, "overview", "accounts/target_list/overview.html", context, now=now)
