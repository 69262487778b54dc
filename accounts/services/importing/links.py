"""Lines that name each other: a parent, a superior. One slice cannot see the others, so what a line names in a later
slice is put off until every row is there, and a dry run takes it for given."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldError
from accounts.domain.tables import Row
from accounts.models import Import, ImportRow, Via
from accounts.services.account import upsert_accounts
from accounts.services.changes import acting
from accounts.services.contact import upsert_contacts
from accounts.services.importing import keeping
from accounts.services.importing.kinds import Record
from accounts.services.importing.lookahead import Made
from accounts.services.importing.reading import Records

AT_ONCE = 2_000
V = ImportRow.Verdict


@dataclass(frozen=True, slots=True)
class Link:
    """The field that names another record of its kind, by which of its keys, and who writes it."""

    field: str
    key: str
    write: Callable[..., BulkResult]


LINKS = {
    "accounts": Link("parent_domain", "domain", upsert_accounts),
    "contacts": Link("reports_to", "email", upsert_contacts),
}


def put_off(import_: Import, rows: Sequence[Made], records: dict[int, Record], *, dry: bool) -> None:
    """Take out of these records what lines outside their slice hold: later ones always, earlier ones in a dry run, but
    not where that line is wrong, since the row then is wrong too."""
    link = LINKS.get(import_.kind)
    first, last = rows[0].number, rows[-1].number
    outside = {
        row.number: row.link
        for row in rows
        if row.link is not None and row.number in records and not first <= row.link <= last
    }
    if link is None or not outside:
        return
    wrong = set(
        ImportRow.objects.filter(
            of=import_, number__in=set(outside.values()), verdict=V.ERROR, number__lt=first
        ).values_list("number", flat=True)
    )
    for number, line in outside.items():
        if line > last or (dry and line not in wrong):
            records[number] = {name: value for name, value in records[number].items() if name != link.field}


def take(import_: Import, *, now: datetime) -> bool:
    """Write what the next lines name, now that every row is there; False where none are left."""
    link = LINKS[import_.kind]
    waiting = (
        ImportRow.objects.filter(of=import_, number__gt=import_.upto, problems__contains=[[keeping.LINK]])
        .exclude(verdict=V.ERROR)
        .exclude(row_id=None)
        .order_by("number")[:AT_ONCE]
    )
    rows = {row.number: row for row in waiting}
    if not rows:
        return False
    reader = Records(import_)
    records: dict[int, Any] = {}
    for number, row in rows.items():
        record, _ = reader.read(Row(number, row.cells), now)
        if record.get(link.field):
            records[number] = {link.field: record[link.field]}
    assert import_.change_set_id is not None, "A run has its set of changes from its start."
    with acting(
        by=import_.by,
        via=Via.IMPORT,
        what=f"Import {import_.pk}: {import_.file_name}",
        side=import_.side,
        reason=import_.reason,
        change_set=UUID(str(import_.change_set_id)),
    ):
        pinned = {number: rows[number].row_id for number in records}
        result = link.write(records=records, now=now, pinned=pinned)
    _store(import_, rows, result, reader)
    import_.upto = max(rows)
    return True


def _store(import_: Import, rows: dict[int, ImportRow], result: BulkResult, reader: Records) -> None:
    """A row that has got a parent has changed; one that could not have it says so, and stays as it was written."""
    counts = {V.NEW: "created", V.CHANGED: "updated", V.SAME: "unchanged"}
    moved: list[tuple[int, str, str]] = []
    for number, outcome in result.outcomes.items():
        if outcome.verdict == "updated" and rows[number].verdict == V.SAME:
            moved.append((rows[number].pk, V.CHANGED.value, "[]"))
            import_.unchanged, import_.updated = import_.unchanged - 1, import_.updated + 1
    for error in result.in_order():
        told = reader.wrong(FieldError(error.pointer, f"{error.detail} The rest of the row is written."))
        moved.append((rows[error.index].pk, V.ERROR.value, json.dumps([told])))
        name = counts[V(rows[error.index].verdict)]
        setattr(import_, name, getattr(import_, name) - 1)
        import_.refused += 1
    if moved:
        ids, words, errors = (list(part) for part in zip(*moved, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [ids, words, errors])


_MOVE = """
UPDATE accounts_importrow r SET verdict = v.verdict, errors = v.errors::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(id, verdict, errors) WHERE r.id = v.id
"""
