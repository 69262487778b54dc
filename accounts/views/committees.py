"""Buying committees: the map of one account, and the gaps over the whole list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import TIERS, Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from accounts.domain.committee import WANTED_ROLES
from accounts.models import Account, User
from accounts.selectors import committees
from accounts.selectors.account_list import ROLE_NAMES
from accounts.selectors.committee import map_of
from accounts.views.account_page import visible_account
from accounts.views.people import reader

PAGE_SIZE = 50
# Figures from the top, names from A.
HEADINGS = (
    ("name", "Account", False),
    ("tier", "Tier", False),
    ("known", "Known", False),
    ("engaged", "Engaged", False),
    ("missing", "Missing roles", True),
    ("pipeline", "Open pipeline", True),
    ("worth", "Value", True),
)
ONLY = (("", "All"), ("gaps", "Roles missing"), ("few", "Fewer than 3 people"), ("none", "Nobody engaged"))


@page()
def committee(request: HttpRequest, pk: int) -> HttpResponse:
    """The map of one account: who plays which part, who is engaged, who reports to whom."""
    now, user = timezone.now(), reader(request)
    shown = visible_account(request, pk)
    context = {
        "now": now,
        "account": shown,
        "map": map_of(shown, now=now),
        "may_edit": Account.objects.editable_by(user).filter(pk=pk).exists(),
        "may_erase": user.has_role(Role.REVOPS),
    }
    return render(request, "accounts/committees/map.html", context)


def wanted_from(query: QueryDict) -> committees.Wanted:
    """What the address asks for; whatever it does not know, it leaves out."""
    sort = query.get("sort", "-worth")
    only = query.get("which", "")
    role = query.get("role", "")
    return committees.Wanted(
        q=query.get("q", "").strip().replace("\0", "")[:120],
        tiers=tuple(int(value) for value in query.getlist("tier") if value in ("1", "2", "3")),
        owner=query.get("owner", "") if query.get("owner", "") == "none" else query.get("owner", "")[:12],
        role=role if role in WANTED_ROLES else "",
        only=only if only in committees.ONLY else "",
        sort=sort if sort.removeprefix("-") in committees.SORTS else "-worth",
    )


class _Counted(Paginator[Any]):
    """Pages of rows that are read already: the list reads one page of them."""

    def __init__(self, total: int) -> None:
        super().__init__(range(total), PAGE_SIZE)


@page()
def committee_list(request: HttpRequest) -> HttpResponse:
    """Gaps over the whole list, the most valuable first."""
    now, user = timezone.now(), reader(request)
    wanted = wanted_from(request.GET)
    totals = committees.totals(wanted, user=user, now=now)
    shown: Page[Any] = _Counted(totals.accounts).get_page(request.GET.get("page"))
    start = (shown.number - 1) * PAGE_SIZE
    tabs = [(name, label, name == wanted.only, _address(request.GET, "which", name)) for name, label in ONLY]
    context = {
        "now": now,
        "wanted": wanted,
        "page": shown,
        "totals": totals,
        "lines": committees.lines(wanted, user=user, now=now, start=start, limit=PAGE_SIZE),
        "headings": [
            heading(name, title, query=request.GET, sort=wanted.sort, down_first=down)
            for name, title, down in HEADINGS
        ],
        "tabs": tabs,
        "tiers": TIERS,
        "roles": [(role, ROLE_NAMES[role]) for role in WANTED_ROLES],
        "owners": User.objects.filter(accounts__is_target=True).distinct().order_by("name"),
        "is_narrowed": replace(wanted, sort="-worth") != committees.Wanted(),
        "base_currency": settings.BASE_CURRENCY,
        "sees_erasures": user.has_role(Role.REVOPS, Role.EXECUTIVE),
    }
    return render(request, "accounts/committees/list.html", context)


@page()
def committee_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list as narrowed and sorted."""
    now = timezone.now()
    found = committees.lines(wanted_from(request.GET), user=reader(request), now=now)
    header = [
        "Account",
        "Domain",
        "Tier",
        "Owner",
        "Known",
        "Engaged",
        "Missing roles",
        "Open pipeline",
        "Value",
    ]
    return csv_answer("committees", header, _cells(found))


def _cells(found: list[committees.Line]) -> Iterator[list[Any]]:
    for line in found:
        owner = line.account.owner.name if line.account.owner else ""
        pipeline = "" if line.pipeline is None else round(line.pipeline, 2)
        yield [
            line.account.name, line.account.domain, line.account.tier, owner, line.known, line.engaged,
            ", ".join(line.missing_names), pipeline, round(line.worth, 2),
        ]  # fmt: skip


def _address(query: QueryDict, name: str, value: str) -> str:
    params = query.copy()
    params.pop("page", None)
    params[name] = value
    if not value:
        params.pop(name)
    return f"?{params.urlencode()}"
