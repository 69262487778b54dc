"""The tab bar of the Target list, and how each of its pages is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from abmops.lib.choices import Role
from accounts.models import Nomination, TierProposal
from accounts.selectors.list_refresh import refresh_state
from accounts.views.people import reader

EDITORS = (Role.MARKETER, Role.REP, Role.REVOPS)


@dataclass(frozen=True, slots=True)
class Tab:
    """One sub-page. It is drawn once its address exists; `waiting` counts what waits on it, in one query."""

    name: str
    label: str
    url_name: str
    waiting: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class TabShown:
    """A tab as drawn."""

    label: str
    url: str
    is_current: bool
    waiting: int


TABS: tuple[Tab, ...] = (
    Tab("overview", "Overview", "target_list:page"),
    Tab("accounts", "The list", "target_list:accounts"),
    Tab("changes", "Changes", "target_list:changes"),
    Tab("weekly", "Weekly diff", "target_list:weekly"),
    Tab(
        "nominations",
        "Nominations",
        "target_list:nominations",
        lambda: Nomination.objects.filter(state=Nomination.State.OPEN).count(),
    ),
    Tab(
        "proposals",
        "Re-tier proposals",
        "signals:proposals",
        lambda: TierProposal.objects.filter(state=TierProposal.State.OPEN).count(),
    ),
    Tab("quarantine", "Quarantine", "target_list:quarantine"),
    Tab("overrides", "Overrides", "target_list:overrides"),
    Tab("audit", "Audit", "target_list:audit"),
    Tab("drift", "Drift", "sidecars:list"),
)


def tab_answer(
    request: HttpRequest,
    tab: str,
    template: str,
    context: Mapping[str, Any],
    *,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    """A page of the Target list: `template` extends `accounts/target_list/base.html`, `tab` is marked."""
    user = reader(request)
    shared = {
        "now": now,
        "tabs": _drawn(tab),
        "may_edit": user.has_role(*EDITORS),
        "may_decide": user.has_role(Role.REVOPS),
        "refresh": refresh_state(now=now),
    }
    return render(request, template, {**shared, **context}, status=status)


def _drawn(current: str) -> list[TabShown]:
    shown = []
    for tab in TABS:
        try:
            url = reverse(tab.url_name)
        except NoReverseMatch:
            continue
        shown.append(TabShown(tab.label, url, tab.name == current, tab.waiting() if tab.waiting else 0))
    return shown
