"""The list itself as of any day, what changed between two, and what went past a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from abmops.lib.choices import TIERS, Side
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.domain.membership import Move
from accounts.models import Account, AccountDomain, ListMembership, User
from accounts.selectors import target_list as facts
from accounts.selectors.list_history import ListMove, list_as_of, list_diff
from accounts.views.people import reader
from accounts.views.target_list import asking
from accounts.views.target_list.tabs import tab_answer

PAGE_SIZE = 50
POOL = "none"
SORTS = {
    "name": "account__name",
    "tier": "tier",
    "owner": "account__owner__name",
    "since": "valid_from",
    "side": "side",
}
COLUMNS = (
    ("name", "Account"), ("tier", "Tier"), ("owner", "Owner"), ("since", "Since"), ("side", "Side"), ("why", "Why"),
)  # fmt: skip
MOVES = ((Move.JOINED, "Joined"), (Move.LEFT, "Left"), (Move.RETIERED, "Changed tier"))
SIDES = [(side.value, str(side.label)) for side in Side]
SIDE_NAMES = dict(SIDES)


@page()
def accounts(request: HttpRequest) -> HttpResponse:
    """Who was on the list at the end of a day, in which tier, since when and why."""
    now, query = timezone.now(), request.GET
    day = min(asking.day_of(query, "as_of", asking.today(now)), asking.today(now))
    rows, sort = _members(request, day, now)
    owners = list_as_of(asking.end_of(day, now)).values_list("account__owner", flat=True)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(query.get("page")),
        "day": day,
        "is_today": day == asking.today(now),
        "headings": asking.headings(query, COLUMNS, SORTS, sort),
        "tiers": [(str(tier), label, str(tier) in query.getlist("tier")) for tier, label in TIERS],
        "sides": SIDES,
        "people": User.objects.filter(pk__in=owners).order_by("name"),
        "narrowed": any(query.get(name) for name in ("q", "tier", "owner", "side")),
    }
    return tab_answer(request, "accounts", "accounts/target_list/accounts.html", context, now=now)


@page()
def accounts_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list of that day as narrowed and sorted."""
    now = timezone.now()
    day = min(asking.day_of(request.GET, "as_of", asking.today(now)), asking.today(now))
    rows, _ = _members(request, day, now)
    header = [
        "Account",
        "Domain",
        "Tier",
        "Owner",
        "Since",
        "Side",
        "Changed by",
        "Why",
        "Past the rules",
        "Why past",
    ]
    return csv_answer(f"target-list-{day.isoformat()}", header, map(_member_cells, rows.iterator(500)))


def _members(request: HttpRequest, day: date, now: datetime) -> tuple[QuerySet[ListMembership], str]:
    query, user = request.GET, reader(request)
    rows = facts.members(asking.end_of(day, now)).filter(account__in=Account.objects.visible_to(user))
    if tiers := asking.chosen(query, "tier", asking.TIER_VALUES):
        rows = rows.filter(tier__in=tiers)
    if (owner := query.get("owner", "")) == POOL:
        rows = rows.filter(account__owner__isnull=True)
    elif person := typed.row_id(owner):
        rows = rows.filter(account__owner=person)
    if sides := asking.chosen(query, "side", Side.values):
        rows = rows.filter(side__in=sides)
    if q := asking.words(query):
        known = AccountDomain.objects.filter(domain__contains=q.lower()).values("account")
        rows = rows.filter(Q(account__name__icontains=q) | Q(account__in=known))
    sort = asking.order_of(query, SORTS, "tier")
    path = F(SORTS[sort.removeprefix("-")])
    order = path.desc(nulls_last=True) if sort.startswith("-") else path.asc(nulls_last=True)
    return rows.order_by(order, Upper("account__name"), "account"), sort


def _member_cells(row: ListMembership) -> list[Any]:
    owner = row.account.owner.name if row.account.owner else ""
    since = row.valid_from.isoformat(timespec="seconds")
    by = row.by.name if row.by else ""
    past = " ".join(row.passed_over)
    return [
        row.account.name, row.account.domain, row.tier, owner, since, row.get_side_display(), by, row.reason, past,
        row.override,
    ]  # fmt: skip


@page()
def changes(request: HttpRequest) -> HttpResponse:
    """Who joined, left and changed tier between the ends of two days; the last seven where none is said."""
    now, query = timezone.now(), request.GET
    start, end = _days(request, now)
    moves, counts = _moves(request, start, end, now)
    picked = asking.chosen(query, "kind", [move.value for move, _ in MOVES])
    context = {
        "page": Paginator(moves, PAGE_SIZE).get_page(query.get("page")),
        "start": start,
        "end": end,
        "today": asking.today(now),
        "kinds": [(move.value, label, counts[move], move.value in picked) for move, label in MOVES],
        "sides": SIDES,
        "side_names": SIDE_NAMES,
        "narrowed": any(query.get(name) for name in ("q", "kind", "side")),
    }
    return tab_answer(request, "changes", "accounts/target_list/changes.html", context, now=now)


@page()
def changes_csv(request: HttpRequest) -> HttpResponseBase:
    """Every change between the two days as narrowed."""
    now = timezone.now()
    start, end = _days(request, now)
    moves, _ = _moves(request, start, end, now)
    header = [
        "Account",
        "Domain",
        "What",
        "From tier",
        "To tier",
        "When",
        "Side",
        "Changed by",
        "Why",
        "Why past",
    ]
    return csv_answer(f"list-changes-{start.isoformat()}-{end.isoformat()}", header, _move_cells(moves))


def _days(request: HttpRequest, now: datetime) -> tuple[date, date]:
    today = asking.today(now)
    end = min(asking.day_of(request.GET, "to", today), today)
    start = asking.day_of(request.GET, "from", end - timedelta(days=7))
    return min(start, end), end


def _moves(
    request: HttpRequest, start: date, end: date, now: datetime
) -> tuple[list[ListMove], dict[Move, int]]:
    """The moves, newest first, and how many of each kind there are before the filters."""
    query, found = request.GET, list_diff(asking.end_of(start, now), asking.end_of(end, now))
    counts = {Move.JOINED: len(found.joined), Move.LEFT: len(found.left), Move.RETIERED: len(found.retiered)}
    kinds = asking.chosen(query, "kind", [move.value for move, _ in MOVES])
    sides, q = asking.chosen(query, "side", Side.values), asking.words(query).casefold()
    kept = [
        item
        for item in found.every()
        if (not kinds or item.kind in kinds)
        and (not sides or item.side in sides)
        and (not q or q in item.name.casefold() or q in (item.domain or ""))
    ]
    return sorted(kept, key=lambda item: (item.at, item.account_id), reverse=True), counts


def _move_cells(moves: Iterable[ListMove]) -> Iterator[list[Any]]:
    names = dict(MOVES)
    for item in moves:
        when = item.at.isoformat(timespec="seconds")
        what = names[item.kind] if item.kind else ""
        side = SIDE_NAMES.get(item.side, item.side)
        yield [
            item.name, item.domain, what, item.from_tier, item.to_tier, when, side, item.by_name, item.reason,
            item.override,
        ]  # fmt: skip


@page()
def overrides(request: HttpRequest) -> HttpResponse:
    """The changes that went past a rule, with the reason for it, or without where another system sent them."""
    now = timezone.now()
    context = {
        "page": Paginator(_overrides(request), PAGE_SIZE).get_page(request.GET.get("page")),
        "narrowed": bool(request.GET.get("q") or request.GET.get("silent")),
        "silent": "silent" in request.GET,
    }
    return tab_answer(request, "overrides", "accounts/target_list/overrides.html", context, now=now)


@page()
def overrides_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    header = ["Account", "Domain", "Tier", "When", "Side", "Changed by", "Why", "Past the rules", "Why past"]
    rows = (
        [cell for place, cell in enumerate(_member_cells(row)) if place != 3]
        for row in _overrides(request).select_related("account__owner").iterator(500)
    )
    return csv_answer("list-overrides", header, rows)


def _overrides(request: HttpRequest) -> QuerySet[ListMembership]:
    rows = facts.overrides().filter(account__in=Account.objects.visible_to(reader(request)))
    if "silent" in request.GET:
        rows = rows.filter(override="")
    if q := asking.words(request.GET):
        rows = rows.filter(account__name__icontains=q)
    return rows
