"""The Accounts page: the one list, with its filters, its side panel and its CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib import columns
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.selectors import account_list as listing
from accounts.views.account_columns import Heading, headings, placed
from accounts.views.people import reader

PAGE_SIZE = 50
CSV_SLICE = 500
# Figures are looked at from the top, names from A.
DOWN_FIRST = frozenset({"fit", "sales", "marketing"})
PREFERRED_SORT = "-score"


@dataclass(frozen=True, slots=True)
class Sort:
    """A heading that sorts: its address, and aria-sort where the list is sorted by it."""

    heading: Heading
    url: str
    aria: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One narrowing in force, and the address without it."""

    label: str
    url: str


def wanted_from(query: QueryDict) -> listing.Wanted:
    """What the address asks for; whatever it does not know, it leaves out."""
    names = (*listing.NARROW, *(facet.name for facet in columns.facets()))
    chosen = {name: tuple(query.getlist(name)) for name in names if query.getlist(name)}
    known = listing.sort_paths()
    sort = query.get("sort", PREFERRED_SORT)
    if sort.removeprefix("-") not in known:
        sort = PREFERRED_SORT if PREFERRED_SORT.removeprefix("-") in known else "name"
    view = query.get("view", "list")
    views = {ready.name for ready in listing.VIEWS}
    return listing.Wanted(
        view=view if view in views else "list", q=query.get("q", "").strip()[:120], sort=sort, chosen=chosen
    )


@page()
def account_list(request: HttpRequest) -> HttpResponse:
    """One page of the list, with its ready-made views and filters."""
    now, user = timezone.now(), reader(request)
    wanted = wanted_from(request.GET)
    found = listing.matching(wanted, user=user, now=now).select_related("owner")
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    titles, zone = headings(), timezone.get_current_timezone()
    counts = listing.view_counts(user=user, now=now)
    facets = listing.facets(wanted, user=user, now=now)
    context = {
        "now": now,
        "wanted": wanted,
        "page": shown,
        "rows": [
            (row, placed(row, titles, now=now, zone=zone)) for row in listing.rows(shown.object_list, now=now)
        ],
        "name_sort": _sort(Heading("name", "Account", False, "", True), request.GET, wanted.sort),
        "tier_sort": _sort(Heading("tier", "Tier", False, "", True), request.GET, wanted.sort),
        "sorts": [_sort(heading, request.GET, wanted.sort) for heading in titles],
        "views": [(view, counts[view.name], view.name == wanted.view) for view in listing.VIEWS],
        "facets": facets,
        "chips": _chips(facets, wanted, request.GET),
        "may_edit": user.has_role("revops", "marketer", "rep"),
    }
    return render(request, "accounts/account_list.html", context)


@page()
def account_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole list as narrowed and sorted, not only its page; times in ISO 8601 with the reader's offset."""
    now = timezone.now()
    found = listing.matching(wanted_from(request.GET), user=reader(request), now=now).select_related(
        "owner", "territory"
    )
    titles = headings()
    header = [
        "Account",
        "Domain",
        "Tier",
        *(heading.title for heading in titles),
        "Territory",
        "Lifecycle",
        "Country",
        "Industry",
    ]
    return csv_answer("accounts", header, _csv_rows(found, titles, now))


def _csv_rows(found: Any, titles: list[Heading], now: datetime) -> Iterator[list[Any]]:
    zone = timezone.get_current_timezone()
    accounts = found.iterator(chunk_size=CSV_SLICE)
    for part in _slices(accounts, CSV_SLICE):
        for row in listing.rows(part, now=now):
            account = row.account
            cells = [
                one.cell.plain if one.cell.plain != "" else one.cell.text
                for one in placed(row, titles, now=now, zone=zone)
            ]
            place = account.territory.name if account.territory else ""
            yield [
                account.name,
                account.domain,
                account.tier,
                *cells,
                place,
                account.get_lifecycle_display(),
                account.country,
                account.industry,
            ]


def _slices(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    part: list[Any] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _sort(heading: Heading, query: QueryDict, sort: str) -> Sort:
    """The address that sorts by a heading; pressed again, the other way round."""
    key, is_down = sort.removeprefix("-"), sort.startswith("-")
    is_sorted = heading.sortable and key == heading.name
    down_first = heading.name in DOWN_FIRST or (
        heading.numeric and heading.name not in ("sales", "marketing")
    )
    down = not is_down if is_sorted else down_first
    return Sort(
        heading,
        _address(query, {"sort": [f"-{heading.name}" if down else heading.name], "page": []})
        if heading.sortable
        else "",
        ("descending" if is_down else "ascending") if is_sorted else "",
    )


def _chips(facets: list[listing.FacetShown], wanted: listing.Wanted, query: QueryDict) -> list[Chip]:
    chips = [Chip(f"“{wanted.q}”", _address(query, {"q": [], "page": []}))] if wanted.q else []
    for facet in facets:
        chosen = [option for option in facet.options if option.is_chosen]
        for option in chosen:
            rest = [other.value for other in chosen if other is not option]
            chips.append(
                Chip(f"{facet.title}: {option.label}", _address(query, {facet.name: rest, "page": []}))
            )
    return chips


def _address(query: QueryDict, changed: dict[str, list[str]]) -> str:
    """This page's address with some parameters replaced; an empty list takes one away."""
    params = query.copy()
    for name, values in changed.items():
        params.setlist(name, values)
        if not values:
            params.pop(name)
    return f"?{params.urlencode()}"
