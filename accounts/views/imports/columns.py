"""What the columns of a file hold, and what only a person can say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Side
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain
from accounts.domain.tables import DELIMITERS, ENCODINGS, Type, field_of, fields_of
from accounts.models import Import
from accounts.selectors import imports as selectors
from accounts.services import importing
from accounts.views.imports.listing import KEEPERS
from accounts.views.people import reader

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the file with the fields that it may hold."""

    number: int
    title: str
    samples: list[str]
    chosen: str
    is_sure: bool
    options: list[tuple[str, str]]


def visible_import(request: HttpRequest, pk: int) -> Import:
    """The import, if the reader may see it."""
    return get_object_or_404(selectors.imports_for(reader(request)), pk=pk)


def other_systems(import_: Import) -> HttpResponse:
    """What another system holds is compared and never written: it has pages of its own."""
    if import_.target:
        return redirect("sidecars:being_read", slug=import_.target, pk=import_.pk)
    return redirect("sidecars:list")


@page(*KEEPERS)
def columns(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The columns with what they are offered for; sent, the file is checked by a worker."""
    import_, user = visible_import(request, pk), reader(request)
    if import_.kind == Import.Kind.SIDECAR:
        return other_systems(import_)
    if import_.state not in (Import.State.UPLOADED, Import.State.CHECKED):
        return redirect("imports:import", pk=pk)
    problem = ""
    if request.method == "POST":
        mapping, answers = _said(request.POST)
        try:
            importing.map_columns(
                import_=import_,
                mapping=mapping,
                answers=answers,
                side=request.POST.get("side", ""),
                reason=request.POST.get("reason", ""),
                by=user,
                now=timezone.now(),
            )
            return redirect("imports:import", pk=pk)
        except AbmopsError as error:
            problem = error.message
            import_.mapping = {str(number): name for number, name in mapping.items()}
            import_.answers = answers
    return render(
        request, "accounts/imports/columns.html", _context(import_, problem), status=422 if problem else 200
    )


def _said(data: QueryDict) -> tuple[dict[int, str], dict[str, str]]:
    """The fields of the columns and the answers, as the form sends them."""
    system = data.get("system", "").strip().lower()
    mapping = {}
    for key, value in data.items():
        number = key.removeprefix("column-")
        if key.startswith("column-") and number.isdecimal() and value:
            name = str(value)
            mapping[int(number)] = f"external_ids.{system}" if name == f"external_ids.{OTHER}" else name
    answers = {
        key.removeprefix("answer-"): str(value) for key, value in data.items() if key.startswith("answer-")
    }
    return mapping, answers


def _context(import_: Import, problem: str) -> dict[str, Any]:
    offered = importing.offered(import_)
    answers = importing.answers_of(import_)
    questions = import_.found.get("questions", [])
    asks = importing.KINDS[import_.kind].asks
    asked = {question["key"] for question in questions} | {ask.field for ask in asks}
    systems = selectors.known_systems()
    fields = fields_of(import_.kind)
    zone = answers.get("zone") or (import_.by.time_zone if import_.by else "") or "UTC"
    return {
        "import": import_,
        "problem": problem,
        "lines": [
            Line(
                one.number,
                one.title,
                one.samples,
                one.field,
                one.is_sure,
                _options(import_.kind, one, systems),
            )
            for one in offered
        ],
        "questions": questions,
        "asks": [(ask, ask.choices(), answers.get(ask.field, "")) for ask in asks],
        "kept_answers": [
            (key, value) for key, value in answers.items() if key not in asked and key != "zone"
        ],
        "zone": zone if any(field.type == Type.MOMENT for field in fields) else "",
        "has_systems": any(field.name == "external_ids." for field in fields),
        "sides": Side.choices,
        "encodings": ENCODINGS.items(),
        "delimiters": DELIMITERS.items(),
        "sheets": import_.found.get("sheets", []),
        "notes": [*import_.found.get("notes", []), *import_.found.get("survey_notes", [])],
        "problems": import_.found.get("problems", []),
    }


def _options(kind: str, column: Any, systems: list[str]) -> list[tuple[str, str]]:
    """The fields a column may hold: open ones with the names that are likely, and what it holds now."""
    options: list[tuple[str, str]] = []
    for field in fields_of(kind):
        if not field.open:
            options.append((field.name, field.title))
        elif field.name == "external_ids.":
            options += [(f"external_ids.{system}", f"{field.title}: {system}") for system in systems]
            options.append((f"external_ids.{OTHER}", f"{field.title}: the one named below"))
        else:
            options.append((f"{field.name}{column.title}", f"{field.title}: {column.title}"))
    known = {name for name, _ in options}
    if column.field and column.field not in known and (named := field_of(kind, column.field)):
        options.append((column.field, named.title))
    return options


@page(*KEEPERS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file another way: another sheet, encoding or separator."""
    import_ = visible_import(request, pk)
    try:
        importing.reopen(
            import_=import_,
            sheet=request.POST.get("sheet", ""),
            encoding=request.POST.get("encoding", ""),
            delimiter=request.POST.get("delimiter", ""),
        )
    except AbmopsError as error:
        complain(request, error.message)
    return redirect("imports:columns", pk=pk)
