"""One reading of a system: its findings by kind, their CSV, and the correction in the system's own columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer, safe
from abmops.ui.headings import heading
from accounts.domain.drift import is_harmless
from accounts.domain.tables.table import titles_of
from accounts.models import SidecarFinding, SidecarReading
from accounts.selectors.sidecars import PARTS, correction
from accounts.views.people import reader
from accounts.views.target_list.tabs import tab_answer

PAGE_SIZE = 50
SORTS = {
    "account": ("account__name", "Account"),
    "line": ("line", "Line"),
    "theirs": ("theirs", "There"),
    "ours": ("ours", "Here"),
}
# Columns that other systems match by: an apostrophe before one would break the match.
MATCHED_BY = ("account_external_id", "account_domain", "account_name", "owner")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    kind: str
    q: str
    mine: bool
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """What is not known is left out."""
        kind, sort = query.get("kind", ""), query.get("sort", "account")
        return cls(
            kind if kind in SidecarFinding.Kind.values else "",
            query.get("q", "").strip()[:120],
            "mine" in query,
            sort if sort.removeprefix("-") in SORTS else "account",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether more than the kind narrows."""
        return bool(self.q or self.mine)


def _reading(pk: int) -> SidecarReading:
    return get_object_or_404(SidecarReading.objects.select_related("sidecar__owner", "by"), pk=pk)


def _found(request: HttpRequest, row: SidecarReading, asked: Asked) -> QuerySet[SidecarFinding]:
    found = SidecarFinding.objects.filter(reading=row)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.q:
        found = found.filter(
            Q(account__name__icontains=asked.q)
            | Q(account__domain__icontains=asked.q)
            | Q(account__isnull=True, cells__icontains=asked.q)
        )
    if asked.mine:
        found = found.filter(account__owner=reader(request))
    path = SORTS[asked.sort.removeprefix("-")][0]
    order = F(path).desc(nulls_last=True) if asked.sort.startswith("-") else F(path).asc(nulls_last=True)
    return found.select_related("account__owner").order_by(order, "pk")


@page()
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """The findings of one reading, all or of one kind."""
    row, asked = _reading(pk), Asked.of(request.GET)
    shown = Paginator(_found(request, row, asked), PAGE_SIZE).get_page(request.GET.get("page"))
    titles = titles_of(row.header)
    context = {
        "reading": row,
        "sidecar": row.sidecar,
        "asked": asked,
        "page": shown,
        "rows": [(one, _shown(one, titles)) for one in shown.object_list],
        "kinds": [(kind, label, getattr(row, kind)) for kind, label in SidecarFinding.Kind.choices],
        "sorts": [
            heading(name, label, query=request.GET, sort=asked.sort) for name, (_, label) in SORTS.items()
        ],
        "parts": PARTS,
        "in_one": {"tier", "member"} & set(row.layout.get("columns", {})),
    }
    return tab_answer(request, "drift", "accounts/sidecars/reading.html", context, now=timezone.now())


def _shown(one: SidecarFinding, titles: Sequence[str]) -> str:
    """The row as it stands in the file."""
    return "; ".join(f"{title}: {cell}" for title, cell in zip(titles, one.cells, strict=False) if cell)


@page()
def findings_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The findings as narrowed, beside the file's own columns."""
    row, asked = _reading(pk), Asked.of(request.GET)
    found = _found(request, row, asked)

    def lines() -> Iterator[list[Any]]:
        for one in found.iterator(chunk_size=500):
            account = one.account
            owner = account.owner.email if account and account.owner else ""
            place = [account.name, account.domain, account.tier] if account else ["", "", ""]
            yield [one.kind, *place, owner, one.theirs, one.ours, one.line, *one.cells]

    header = [
        "finding",
        "account",
        "domain",
        "tier",
        "owner",
        "there",
        "here",
        "line",
        *titles_of(row.header),
    ]
    return csv_answer(f"drift-{row.sidecar.slug}-{row.at:%Y-%m-%d}", header, lines())


@page()
def correction_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that set the system right, in the very columns that it gave: one part of them, or all."""
    row = _reading(pk)
    asked = request.GET.get("part", "")
    parts = [asked] if asked in PARTS else list(PARTS)
    columns: dict[str, int] = row.layout.get("columns", {})
    keys = {columns[name] for name in MATCHED_BY if name in columns}
    name = f"{row.sidecar.slug}-{asked if asked in PARTS else 'correction'}-{row.at:%Y-%m-%d}"
    return StreamingHttpResponse(
        _lines(row.header, correction(row, parts), keys),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]], keys: set[int]) -> Iterator[str]:
    """The file for a machine: no cell runs as a formula, and no apostrophe stands before a key that could not run."""
    yield "\ufeff"
    for row in chain([header], rows):
        out = io.StringIO()
        csv.writer(out).writerow(
            [cell if at in keys and is_harmless(cell) else safe(cell) for at, cell in enumerate(row)]
        )
        yield out.getvalue()
