"""The views that people keep of a list: which are there for whom, and who may change them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef
from django.http import QueryDict

from abmops.lib.choices import Role
from accounts.models import DefaultView, SavedView, User

# What belongs to a visit, not to a view.
_PASSING = frozenset({"page", "saved", "cols"})


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list of which people keep views. `whole`: what its address asks for where no view is wanted, not even one's own
    start; `passing`: what else of its address belongs to a visit.
    """

    title: str
    whole: str
    passing: frozenset[str] = frozenset()


LISTS: Final[dict[str, KeptList]] = {"accounts:list": KeptList("Accounts", "view=list")}
"""The list's URL name -> what is said of it; upper apps add theirs in `ready()`."""


def of(user: User, page: str) -> list[SavedView]:
    """One's own and the shared ones, by name; `starts_with` picks the one to begin with of them."""
    rows = SavedView.objects.visible_to(user).filter(page=page).select_related("owner")
    starts = DefaultView.objects.filter(user=user, page=page, view=OuterRef("pk"))
    return list(rows.annotate(is_start=Exists(starts)))


def starts_with(views: Collection[SavedView]) -> SavedView | None:
    """Of the views that `of` found the one that the reader begins with."""
    return next((view for view in views if getattr(view, "is_start", False)), None)


def named(user: User, page: str, number: str) -> SavedView | None:
    """`?saved=12`, if the reader may see it."""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return SavedView.objects.visible_to(user).filter(page=page, pk=int(number)).first()


def start_of(user: User, page: str) -> SavedView | None:
    """The view that a person wants to begin with; one that is gone or no longer shared is none."""
    visible = SavedView.objects.visible_to(user).filter(page=page)
    return visible.filter(pk__in=DefaultView.objects.filter(user=user, page=page).values("view")).first()


def may_change(user: User, view: SavedView) -> bool:
    """Its owner; a shared one RevOps, too."""
    return view.owner_id == user.pk or (view.is_shared and user.has_role(Role.REVOPS))


def columns_of(query: QueryDict) -> list[str]:
    """The columns that an address names."""
    return [name for name in query.get("cols", "").split(",") if name]


def query_of(query: QueryDict, *, page: str = "accounts:list") -> str:
    """What a view keeps of an address: no page, no columns, in one order, so that two can be compared."""
    passing = _PASSING | LISTS[page].passing
    pairs: Iterable[tuple[str, str]] = (
        (name, value)
        for name in sorted(query)
        if name not in passing
        for value in sorted(query.getlist(name))
        if value
    )
    clean = QueryDict(mutable=True)
    for name, value in pairs:
        clean.appendlist(name, value)
    return clean.urlencode()


def says_the_same(view: SavedView, query: QueryDict) -> bool:
    """Whether the address still is the view."""
    return view.query == query_of(query, page=view.page) and list(view.columns) == columns_of(query)


def address_of(view: SavedView) -> str:
    """The view as a query string, its columns included."""
    full = QueryDict(view.query, mutable=True)
    if view.columns:
        full["cols"] = ",".join(view.columns)
    return full.urlencode()
