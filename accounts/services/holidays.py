"""Days that are no working days, for a territory or for everybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from abmops.lib.errors import Conflict, FieldErrors
from accounts.models import Holiday, Territory

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted list brought."""

    added: int
    known: int


@transaction.atomic
def add_holiday(*, day: date, name: str, territory: Territory | None) -> Holiday:
    """One day off. Due times that were worked out before stay as they are."""
    if Holiday.objects.filter(day=day, territory=territory).exists():
        raise Conflict(
            f"{day:%-d %B %Y} is a holiday {'of ' + territory.name if territory else 'for all'} already."
        )
    return Holiday.objects.create(day=day, name=name.strip(), territory=territory)


@transaction.atomic
def remove_holiday(*, holiday: Holiday) -> None:
    """The day is a working day again; due times that were worked out before stay as they are."""
    holiday.delete()


@transaction.atomic
def paste_holidays(*, text: str) -> Pasted:
    """Many at once, a line each: day (2026-12-25), name, and the territory where it is not everybody's.

    All or none: every wrong line is named. A day that is known already is left as it is.
    """
    lines = [row for row in csv.reader(io.StringIO(text.strip()), delimiter=_delimiter(text)) if any(row)]
    if len(lines) > MOST_LINES:
        raise FieldErrors.one("/text", f"At most {MOST_LINES} lines at once.")
    places = {word.casefold(): one for one in Territory.objects.all() for word in (one.slug, one.name)}
    rows, wrong = [], []
    for number, line in enumerate(lines, start=1):
        if number == 1 and line[0].strip().casefold() in ("day", "date"):
            continue
        found = _read(line, places)
        if isinstance(found, str):
            wrong.append(f"Line {number}: {found}")
        else:
            rows.append(found)
    if wrong:
        raise FieldErrors.one("/text", " ".join(wrong[:10]))
    before = Holiday.objects.count()
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)
    added = Holiday.objects.count() - before
    return Pasted(added=added, known=len(rows) - added)


def _delimiter(text: str) -> str:
    first = text.strip().split("\n", 1)[0]
    return next((mark for mark in ("\t", ";") if mark in first), ",")


def _read(line: list[str], places: Mapping[str, Territory]) -> Holiday | str:
    cells = [cell.strip() for cell in (*line, "", "")]
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        return f"“{cells[0]}” is no day. Write it as 2026-12-25."
    if not cells[1]:
        return "The name of the day is missing."
    if cells[2] and cells[2].casefold() not in places:
        return f"There is no territory “{cells[2]}”."
    return Holiday(day=day, name=cells[1][:80], territory=places.get(cells[2].casefold()))
