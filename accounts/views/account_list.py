"""The Accounts page: the one list, with its views, filters, columns and its side panel."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from abmops.lib import columns
from abmops.ui.access import page
from accounts.models import SavedView
from accounts.selectors import account_list as listing
from accounts.selectors import account_paging, saved_views
from accounts.selectors.account_facets import FacetShown, facets
from accounts.views.account_columns import (
    Heading,
    chosen_headings,
    names_in,
    offered,
    ordered,
    placed,
)
from accounts.views.people import reader

PAGE = "accounts:list"
# Figures are looked at from the top, names from A.
DOWN_FIRST = frozenset({"fit", "sales", "marketing"})
PREFERRED_SORT = "-score"
FIXED = (Heading("name", "Account", False, "", True), Heading("tier", "Tier", False, "", True))


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a saved view stands for its own query until something else is asked for."""

    query: QueryDict
    wanted: listing.Wanted
    saved: SavedView | None
    columns: list[Heading]

    @property
    def address(self) -> str:
        """The whole of it as a query string, without the page."""
        return kept(self.query)


def asked(request: HttpRequest) -> Asked:
    """What the address asks for; whatever it does not know, it leaves out. Nothing asked: the reader's own start."""
    user = reader(request)
    query: QueryDict = request.GET
    saved = saved_views.named(user, PAGE, query.get("saved", ""))
    if saved is None and not set(query) - {"page", "saved"}:
        saved = saved_views.start_of(user, PAGE)
    if saved is not None and not set(query) - {"page", "saved"}:
        full = QueryDict(saved.query, mutable=True)
        if saved.columns:
            full["cols"] = ",".join(saved.columns)
        full["saved"] = str(saved.pk)
        if "page" in query:
            full["page"] = query.get("page", "")
        query = full
    return Asked(query, wanted_from(query), saved, chosen_headings(names_in(query)))


def wanted_from(query: QueryDict) -> listing.Wanted:
    """The narrowing and the sort of a query."""
    names = (*listing.NARROW, *(facet.name for facet in columns.facets()))
    chosen = {name: tuple(query.getlist(name)) for name in names if query.getlist(name)}
    known = listing.sort_paths()
    sort = query.get("sort", PREFERRED_SORT)
    if sort.removeprefix("-") not in known:
        sort = PREFERRED_SORT if PREFERRED_SORT.removeprefix("-") in known else "name"
    view = query.get("view", "list")
    views = {ready.name for ready in listing.VIEWS}
    return listing.Wanted(
        view=view if view in views else "list",
        q=query.get("q", "").replace("\0", "").strip()[:120],
        sort=sort,
        chosen=chosen,
    )


def kept(query: QueryDict, **changed: list[str]) -> str:
    """The query as a string with some parameters replaced and the page left out."""
    params = query.copy()
    replaced: dict[str, list[str]] = {"page": [], **changed}
    for name, values in replaced.items():
        params.setlist(name, values)
        if not values:
            params.pop(name)
    return params.urlencode()


@page()
def account_list(request: HttpRequest) -> HttpResponse:
    """One page of the list, with its ready-made and saved views, its filters and its columns."""
    now, user = timezone.now(), reader(request)
    ask = asked(request)
    wanted, query = ask.wanted, ask.query
    counts = listing.view_counts(user=user, now=now)
    found = account_paging.page_of(
        wanted,
        user=user,
        now=now,
        number=_number(query.get("page", "")),
        total=None if wanted.narrows else counts[wanted.view],
    )
    shown = Paginator(range(found.total), account_paging.PAGE_SIZE).page(found.number)
    zone = timezone.get_current_timezone()
    menus = facets(wanted, user=user, now=now)
    accounts = listing.in_order(found.ids)
    rows = listing.rows(accounts, now=now, shown=[heading.name for heading in ask.columns])
    context = {
        "now": now,
        "wanted": wanted,
        "ask": ask,
        "page": shown,
        "rows": [(row, placed(row, ask.columns, now=now, zone=zone)) for row in rows],
        "name_sort": _sort(FIXED[0], query, wanted.sort),
        "tier_sort": _sort(FIXED[1], query, wanted.sort),
        "sorts": [_sort(heading, query, wanted.sort) for heading in ask.columns],
        "views": [
            (view, counts[view.name], view.name == wanted.view and ask.saved is None)
            for view in listing.VIEWS
        ],
        "saved_views": saved_views.of(user, PAGE),
        "is_changed": ask.saved is not None and not saved_views.says_the_same(ask.saved, query),
        "may_save_changes": ask.saved is not None and saved_views.may_change(user, ask.saved),
        "facets": menus,
        "chips": _chips(menus, wanted, query),
        "clear": f"?{kept(query, q=[], **{facet.name: [] for facet in menus})}",
        "may_edit": user.has_role("revops", "marketer", "rep"),
    }
    return render(request, "accounts/account_list.html", context)


@page()
def choose_columns(request: HttpRequest) -> HttpResponseBase:
    """Which columns the list shows, and in which order; the answer is an address, so that it can be saved and sent."""
    query = request.GET.copy()
    if request.method == "POST":
        names = [] if "reset" in request.POST else ordered(request.POST)
        address = kept(query, cols=[",".join(names)] if names else [])
        return redirect(f"{reverse(PAGE)}?{address or 'view=list'}")
    context = {"offered": offered(names_in(query)), "back": kept(query)}
    return render(request, "accounts/columns.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


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
        f"?{kept(query, sort=[f'-{heading.name}' if down else heading.name])}" if heading.sortable else "",
        ("descending" if is_down else "ascending") if is_sorted else "",
    )


def _chips(menus: list[FacetShown], wanted: listing.Wanted, query: QueryDict) -> list[Chip]:
    chips = [Chip(f"“{wanted.q}”", f"?{kept(query, q=[])}")] if wanted.q else []
    for facet in menus:
        chosen = [option for option in facet.options if option.is_chosen]
        for option in chosen:
            rest = [other.value for other in chosen if other is not option]
            chips.append(Chip(f"{facet.title}: {option.label}", f"?{kept(query, **{facet.name: rest})}"))
    return chips
