"""The accounts behind every figure of a draft's preview, as a page and as CSV."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.domain.icp import BANDS, BINS, finished, read_draft
from accounts.selectors import icp_preview as previews
from accounts.selectors.fit import model_in_force
from accounts.views.icp import draft_of
from accounts.views.people import reader

PAGE_SIZE = 50
CSV_SLICE = 500


def _which(query: QueryDict) -> previews.Which:
    """Which accounts an address asks for; what it does not know, it leaves out."""

    def place(name: str, below: int) -> int | None:
        text = query.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 4 and int(text) < below else None

    def band(name: str) -> str | None:
        return query.get(name) if query.get(name) in BANDS else None

    listed = query.get("list", "")
    return previews.Which(
        tier=place("tier", 4),
        band_now=band("now"),
        band_then=band("then"),
        bin_now=place("bin_now", BINS),
        bin_then=place("bin_then", BINS),
        on_list={"on": True, "off": False}.get(listed),
        changed="changed" in query,
        q=query.get("q", "").replace("\0", "").strip()[:120],
    )


class _Moves:
    """The accounts of a preview as a paginator takes them: counted and sliced by the database."""

    def __init__(
        self, made: previews.Preview, which: previews.Which, request: HttpRequest, sort: str
    ) -> None:
        self._made, self._which, self._user, self._sort = made, which, reader(request), sort

    def count(self) -> int:
        return self._made.count(self._which)

    def everyone(self) -> list[previews.Found]:
        """All of them, without their reasons."""
        return self._made.found(self._which, sort=self._sort)

    def explained(self, found: Sequence[previews.Found]) -> list[previews.Move]:
        """Some of them, with their reasons."""
        return self._made.explained(found, user=self._user)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[previews.Move]:
        return self._made.moves(
            self._which, user=self._user, sort=self._sort, start=part.start, limit=part.stop - part.start
        )


def _asked(request: HttpRequest) -> tuple[previews.Preview, _Moves, str]:
    raw, _ = draft_of(request, model_in_force())
    made = previews.preview(finished(read_draft(raw)), now=timezone.now())
    sort = request.GET.get("sort", "change")
    sort = sort if sort in previews.SORTS else "change"
    return made, _Moves(made, _which(request.GET), request, sort), sort


@page()
def moves(request: HttpRequest) -> HttpResponse:
    """The accounts behind a figure of the preview."""
    _, rows, sort = _asked(request)
    titles = (("name", "Account"), ("tier", "Tier"), ("now", "Now"), ("then", "Then"), ("change", "Change"))
    context = {
        "now": timezone.now(),
        "page": Paginator(cast("Sequence[previews.Move]", rows), PAGE_SIZE).get_page(request.GET.get("page")),
        "which": _which(request.GET),
        "sort": sort,
        "titles": [
            (name, title, f"-{name}" if sort == name else name, _aria(name, sort)) for name, title in titles
        ],
        "bands": BANDS,
        "draft": request.GET.get("draft", ""),
    }
    return render(request, "accounts/icp/moves.html", context)


def _aria(name: str, sort: str) -> str:
    down_first = name in ("now", "then", "change")
    if sort.removeprefix("-") != name:
        return ""
    return "descending" if down_first != sort.startswith("-") else "ascending"


@page()
def moves_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them."""
    _, rows, _ = _asked(request)
    header = ("Account", "Domain", "Tier", "Owner", "Fit now", "Fit then", "Change", "Why")
    return csv_answer("fit-moves", header, _csv_rows(rows))


def _csv_rows(rows: _Moves) -> Iterator[list[Any]]:
    found = rows.everyone()
    for start in range(0, len(found), CSV_SLICE):
        for move in rows.explained(found[start : start + CSV_SLICE]):
            account = move.account
            why = "; ".join(f"{one.points:+.1f} {one.label}" for one in move.why)
            owner = account.owner.name if account.owner else ""
            change = round(move.change, 6)
            yield [account.name, account.domain, account.tier, owner, move.now, move.then, change, why]
