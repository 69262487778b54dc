"""One import: how far it is, what became of its rows, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.domain.tables.table import titles_of
from accounts.models import Import, ImportRow
from accounts.selectors import imports as selectors
from accounts.services import importing
from accounts.services.importing.headers import WHAT_IS_WRONG
from accounts.views.imports.columns import other_systems, visible_import
from accounts.views.imports.listing import KEEPERS
from accounts.views.people import reader

PAGE_SIZE = 50
SHOWN = 3
BLOCKED_SHOWN = 50
S = Import.State
AT_WORK = (S.CHECKING, S.RUNNING, S.UNDOING)
_TABS = (
    ("new", "New", "created"),
    ("changed", "Changes", "updated"),
    ("same", "Same", "unchanged"),
    ("error", "Wrong", "refused"),
)
VERDICTS = {"new", "changed", "same", "error", "suggested"}


@dataclass(frozen=True, slots=True)
class RowShown:
    """One row as the report draws it."""

    row: ImportRow
    cells: list[str]
    changes: list[tuple[str, str, str]]
    errors: list[dict[str, Any]]
    url: str


@page(*KEEPERS)
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The import's page, whatever its state."""
    import_ = visible_import(request, pk)
    if import_.kind == Import.Kind.SIDECAR:
        return other_systems(import_)
    if import_.state == S.UPLOADED:
        return redirect("imports:columns", pk=pk)
    verdict, q = _narrow(request)
    context = _progress(import_) | {
        "now": timezone.now(),
        "verdict": verdict,
        "q": q,
        "may_act": importing.may_import(reader(request), import_.kind),
        "can_undo": bool(import_.change_set_id),
        "back_url": back.url(import_) if (back := importing.KINDS[import_.kind].back) else "",
    }
    if import_.state not in AT_WORK:
        shown = Paginator(selectors.rows_of(import_, verdict=verdict, q=q), PAGE_SIZE).get_page(
            request.GET.get("page")
        )
        context |= {
            "page": shown,
            "rows": [_shown(import_, row) for row in shown],
            "titles": _key_titles(import_),
            "tabs": [(name, label, getattr(import_, count), name == verdict) for name, label, count in _TABS],
            "suggested": selectors.rows_of(import_, verdict="suggested").count(),
        }
    return render(request, "accounts/imports/report.html", context)


def _narrow(request: HttpRequest) -> tuple[str, str]:
    verdict = request.GET.get("verdict", "")
    return (verdict if verdict in VERDICTS else ""), request.GET.get("q", "").strip()[:120]


def _progress(import_: Import) -> dict[str, Any]:
    stage = ""
    if import_.state == S.CHECKING:
        found = import_.found
        stage = (
            f"{import_.total:,} rows read"
            if not found.get("is_read")
            else f"Looking over {import_.total:,} rows"
            if not found.get("is_surveyed")
            else f"{import_.done:,} of {import_.total:,} rows checked"
        )
    elif import_.state == S.RUNNING:
        stage = f"{import_.done:,} of {import_.total:,} rows written"
    elif import_.state == S.UNDOING:
        back = importing.KINDS[import_.kind].back
        stage = back.stage(import_) if back else "Everything that this import changed is being put back"
    return {"import": import_, "stage": stage, "is_at_work": import_.state in AT_WORK}


@page(*KEEPERS)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that renews itself each second; the whole page once the work has ended."""
    import_ = visible_import(request, pk)
    if import_.state not in AT_WORK:
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    return render(request, "accounts/imports/partials/progress.html", _progress(import_))


def _key_columns(import_: Import) -> list[int]:
    return [
        int(number) for number, name in sorted(import_.mapping.items(), key=lambda one: int(one[0])) if name
    ][:SHOWN]


def _key_titles(import_: Import) -> list[str]:
    titles = titles_of(import_.header)
    return [titles[number] for number in _key_columns(import_)]


def _shown(import_: Import, row: ImportRow) -> RowShown:
    changes = [
        (selectors.title_of(import_.kind, name), _said(before), _said(after))
        for name, (before, after) in row.changes.items()
    ]
    url = ""
    if (
        import_.kind == Import.Kind.ACCOUNTS
        and row.row_id
        and row.verdict != "error"
        and import_.state != S.UNDONE
    ):
        url = reverse("accounts:account", args=[row.row_id])
    return RowShown(row, [row.cells[number] for number in _key_columns(import_)], changes, row.errors, url)


def _said(value: Any) -> str:
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.2f}".removesuffix(".00")
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


@page(*KEEPERS)
def rows_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows as they stood in the file with what is wrong beside them: corrected, it can be brought again."""
    import_ = visible_import(request, pk)
    verdict, q = _narrow(request)
    rows = selectors.rows_of(import_, verdict=verdict, q=q)
    keep = [number for number, title in enumerate(import_.header) if title != WHAT_IS_WRONG]
    header = [*(import_.header[number] for number in keep), WHAT_IS_WRONG]

    def lines() -> Iterator[list[str]]:
        for cells, wrong in selectors.file_rows(rows):
            yield [*(cells[number] for number in keep), wrong]

    return csv_answer(f"import-{import_.pk}-{verdict or 'rows'}", header, lines())


def _act(request: HttpRequest, pk: int, act: Callable[[Import], Any], said: str) -> HttpResponseBase:
    import_ = visible_import(request, pk)
    if not importing.may_import(reader(request), import_.kind):
        raise PermissionDenied
    try:
        act(import_)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, said)
    return redirect("imports:import", pk=pk)


@page(*KEEPERS)
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write what the check has shown."""
    user, now = reader(request), timezone.now()
    return _act(
        request,
        pk,
        lambda one: importing.start_run(import_=one, by=user, now=now),
        "The rows are being written.",
    )


@page(*KEEPERS)
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What taking the import back would do; sent, a worker does it."""
    import_, user, now = visible_import(request, pk), reader(request), timezone.now()
    if request.method == "POST":
        return _act(
            request,
            pk,
            lambda one: importing.start_undo(import_=one, by=user, now=now),
            "The import is being taken back.",
        )
    if import_.state not in (S.DONE, S.FAILED) or not import_.change_set_id:
        return redirect("imports:import", pk=pk)
    context = {"import": import_, "may_act": importing.may_import(user, import_.kind), "now": now}
    if back := importing.KINDS[import_.kind].back:
        try:
            context |= {"own": back.template, "plan": back.plan(import_, now)}
        except AbmopsError as error:
            context["refused"] = error.message
    else:
        plan = importing.undo_plan(import_)
        more = len(plan.blocked) - BLOCKED_SHOWN
        context |= {"plan": plan, "blocked": plan.blocked[:BLOCKED_SHOWN], "more": more}
    return render(request, "accounts/imports/undo.html", context)
