"""Which column holds what: offered from last time or by its title, said by a person, remembered for the next file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from abmops.lib.errors import Conflict, Refused
from accounts.domain import tables
from accounts.domain.tables.table import titles_of
from accounts.models import Import, ImportMapping, ImportRow, User
from accounts.services.importing import steps
from accounts.services.importing.headers import WHAT_IS_WRONG, header_hash
from accounts.services.importing.kinds import KINDS

SAMPLES = 3
_OPEN = (Import.State.UPLOADED, Import.State.CHECKED)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the page shows it: some values, and the field it is offered for. `is_sure` False: look twice."""

    number: int
    title: str
    samples: list[str]
    field: str
    is_sure: bool


def offered(import_: Import) -> list[Column]:
    """The columns, each with what it was said to hold, or held last time, or probably holds."""
    guesses = tables.suggest(import_.kind, import_.header)
    known = import_.mapping or _remembered(import_)[0]
    rows = ImportRow.objects.filter(of=import_).order_by("number").values_list("cells", flat=True)[:50]
    titles, cells = titles_of(import_.header), list(rows)
    columns = []
    for number, title in enumerate(titles):
        samples = list(dict.fromkeys(row[number] for row in cells if number < len(row) and row[number]))[
            :SAMPLES
        ]
        guess = guesses.get(number)
        field, is_sure = (guess.field, guess.sure) if guess else ("", True)
        if known:
            field, is_sure = known.get(str(number), ""), True
        if title == WHAT_IS_WRONG:
            field, is_sure = "", True
        columns.append(Column(number, title, samples, field, is_sure))
    return columns


def answers_of(import_: Import) -> dict[str, str]:
    """What was answered for this file, or for the last one with its titles."""
    return dict(import_.answers or _remembered(import_)[1])


def _remembered(import_: Import) -> tuple[dict[str, str], dict[str, str]]:
    known = ImportMapping.objects.filter(kind=import_.kind, header_hash=header_hash(import_.header)).first()
    return (known.mapping, known.answers) if known else ({}, {})


@transaction.atomic
def map_columns(
    *,
    import_: Import,
    mapping: Mapping[int, str],
    answers: Mapping[str, str],
    side: str,
    reason: str,
    by: User,
    now: datetime,
) -> Import:
    """Say what the columns hold and have the file checked by a worker. Refuses a field that two columns hold, and a
    mapping without what such a record cannot do without. Remembered for the next file with these titles."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.state not in _OPEN:
        raise Conflict("This import is on its way already; its columns cannot be changed any more.")
    clean = {number: name.strip() for number, name in sorted(mapping.items()) if name.strip()}
    _check(locked, clean)
    _check_asked(locked, clean.values(), answers)
    if (zone := answers.get("zone")) and zone not in available_timezones():
        raise Refused(f"There is no time zone {zone[:60]}. Write it like Europe/Berlin.")
    if locked.kind == Import.Kind.LIST_CHANGES:
        _say_why(clean.values(), side, reason)
    locked.mapping = {str(number): name for number, name in clean.items()}
    locked.answers = {key: value for key, value in answers.items() if value}
    locked.side, locked.reason = side, reason.strip()
    ImportMapping.objects.update_or_create(
        kind=locked.kind,
        header_hash=header_hash(locked.header),
        defaults={"mapping": locked.mapping, "answers": locked.answers, "by": by, "used_at": now},
    )
    steps.start_check(locked)
    return locked


def _check(import_: Import, mapping: Mapping[int, str]) -> None:
    titles = titles_of(import_.header)
    taken: dict[str, int] = {}
    for number, name in mapping.items():
        if not 0 <= number < len(titles):
            raise Refused(f"The file has no column {number}; it has {len(titles)}, counted from 0.")
        field = tables.field_of(import_.kind, name)
        if field is None and name.endswith("."):
            raise Refused(f"Say which system the ids of “{titles[number]}” are from, for example pipedrive.")
        if field is None:
            raise Refused(
                f"There is no field {name} in {import_.get_kind_display().lower()}. Choose one of the list."
            )
        if name in taken:
            raise Refused(
                f"“{titles[taken[name]]}” and “{titles[number]}” are both said to hold {field.title}. "
                "Choose one of them and leave the other out."
            )
        taken[name] = number
    records = {name.partition(".")[0] for name in taken}
    for group in KINDS[import_.kind].needed:
        if records.isdisjoint(group):
            raise Refused(f"No column holds {_either(import_.kind, group)}. Without it no row can be taken.")


def _check_asked(import_: Import, fields: Iterable[str], answers: Mapping[str, str]) -> None:
    """What the kind asks a person is said by a column or an answer that can be given."""
    held = set(fields)
    for ask in KINDS[import_.kind].asks:
        said = answers.get(ask.field, "")
        if said and said not in dict(ask.choices()):
            raise Refused(f"“{said[:60]}” is no answer to “{ask.text}” Choose one of the list.")
        if not said and ask.field not in held:
            raise Refused(f"{ask.text} No column says it. Choose one of the list.")


def _either(kind: str, group: Sequence[str]) -> str:
    names = {field.record: field.title for field in reversed(tables.fields_of(kind))}
    return " or ".join(f"“{names[name]}”" for name in group)


def _say_why(fields: Any, side: str, reason: str) -> None:
    missing = [
        word for word, said in (("side", side), ("reason", reason.strip())) if not said and word not in fields
    ]
    if missing:
        raise Refused(
            f"Say the {' and the '.join(missing)} of these changes: every change of the list carries them. "
            "A column may hold them as well."
        )
