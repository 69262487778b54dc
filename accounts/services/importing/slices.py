"""One slice of rows, dry or for good, by the same code: the services write it, and a dry run takes it back."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from abmops.lib.errors import FieldError, Refused
from accounts.models import Import, ImportRow, User, Via
from accounts.services import undoing
from accounts.services.changes import acting
from accounts.services.importing import links, lookahead, verdicts
from accounts.services.importing.kinds import KINDS, Record, Written
from accounts.services.importing.reading import Records

# So many that the fixed cost of a call is small, so few that other writers of the graph wait under a second.
SLICE = 4_000
V = ImportRow.Verdict
_VERDICTS = {"created": V.NEW, "updated": V.CHANGED, "unchanged": V.SAME}
_COUNTS = {V.NEW: "created", V.CHANGED: "updated", V.SAME: "unchanged", V.ERROR: "refused"}


class _Rehearsed(Exception):
    """Takes back what a dry run has written."""


@dataclass(slots=True)
class _Slice:
    """The rows at hand, by line, and what became of them."""

    ids: dict[int, int] = field(default_factory=dict)
    repeats: list[int] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    errors: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: a slice makes a million small objects and leaves no circles behind, and a third
    of its time went into looking for them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def take(import_: Import, *, dry: bool, now: datetime) -> bool:
    """Take the next rows of a locked import; False where there are none left."""
    reader = Records(import_)
    rows = lookahead.taken(import_, SLICE, now) or lookahead.made(reader, import_.upto, SLICE, now)
    if not rows:
        return False
    part = _Slice()
    for row in rows:
        part.ids[row.number] = row.pk
        if row.repeats is not None:
            part.repeats.append(row.number)
        elif row.errors:
            part.errors[row.number] = row.errors
        else:
            part.records[row.number] = row.record
    links.put_off(import_, rows, part.records, dry=dry)
    found: dict[int, verdicts.Changed] = {}
    with lookahead.going(reader, rows[-1].number, SLICE, now):
        written = _write(import_, part, found, dry=dry, now=now) if part.records else None
    if written is not None:
        for error in written.result.in_order():
            told = reader.wrong(FieldError(error.pointer, _of_lines(error.detail)))
            part.errors.setdefault(error.index, []).append(told)
    _store(import_, part, written, found, dry=dry)
    import_.done += len(rows)
    import_.upto = rows[-1].number
    return len(rows) == SLICE


def _write(
    import_: Import, part: _Slice, found: dict[int, verdicts.Changed], *, dry: bool, now: datetime
) -> Written:
    kind = KINDS[import_.kind]
    set_id = uuid4() if dry else import_.change_set_id
    assert set_id is not None, "A run has its set of changes from its start."
    with acting(
        by=import_.by,
        via=Via.IMPORT,
        what=f"Import {import_.pk}: {import_.file_name}",
        side=import_.side,
        reason=import_.reason,
        change_set=set_id,
    ):
        try:
            with transaction.atomic():
                mark = verdicts.newest_change()
                written = kind.write(part.records, import_, now)
                updated = {
                    outcome.row_id
                    for outcome in written.result.outcomes.values()
                    if outcome.verdict == "updated" and outcome.row_id is not None
                }
                if updated:
                    found.update(verdicts.changes_of(kind, UUID(str(set_id)), mark, updated))
                if dry:
                    raise _Rehearsed
        except _Rehearsed:
            pass
    return written


def _of_lines(detail: str) -> str:
    """The services count records of a call; a file has lines."""
    if " of this call already" in detail:
        detail = detail.replace("stands in record", "stands in line").replace(
            " of this call already", " already"
        )
        return detail.replace("Send one record for it", "Keep one of them")
    return detail.replace("Repeats record", "Repeats line")


def _store(
    import_: Import,
    part: _Slice,
    written: Written | None,
    found: Mapping[int, verdicts.Changed],
    *,
    dry: bool,
) -> None:
    """Keep the verdict of every row of the slice, in two statements, and count them."""
    ids, words, changed, wrong, hints, rows = [], [], [], [], [], []
    counts = dict.fromkeys(_COUNTS, 0)
    outcomes = written.result.outcomes if written else {}
    suggestions = written.suggestions if written else {}
    for line, pk in part.ids.items():
        if line in part.errors:
            verdict, row_id = V.ERROR, None
        elif (outcome := outcomes.get(line)) is not None:
            verdict, row_id = _VERDICTS[outcome.verdict], outcome.row_id
        else:
            continue
        counts[verdict] += 1
        ids.append(pk)
        words.append(verdict.value)
        changes = found.get(row_id) if row_id is not None and verdict == V.CHANGED else None
        changed.append(json.dumps(changes) if changes else "{}")
        wrong.append(json.dumps(part.errors[line]) if verdict == V.ERROR else "[]")
        hint = suggestions.get(line) if verdict != V.SAME else None
        hints.append(json.dumps(hint) if hint else "[]")
        rows.append(None if dry and verdict == V.NEW else row_id)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [ids, words, changed, wrong, hints, rows])
        if part.repeats:
            cursor.execute(_REPEAT, {"import": import_.pk, "lines": part.repeats})
            for (word,) in cursor.fetchall():
                counts[V(word)] += 1
    for verdict, name in _COUNTS.items():
        setattr(import_, name, getattr(import_, name) + counts[verdict])


def undo_plan(import_: Import) -> undoing.UndoPlan:
    """What taking the import back would do."""
    if import_.change_set_id is None:
        raise Refused("This import has not been run; there is nothing to take back.")
    return undoing.plan(change_set=UUID(str(import_.change_set_id)))


def undo(import_: Import, *, now: datetime) -> bool:
    """Take the whole import back, for the person who asked for it; True while some of it is left to be done."""
    if back := KINDS[import_.kind].back:
        return back.step(import_, now)
    by = User.objects.filter(pk=import_.found.get("undone_by")).first() or import_.by
    if by is None or import_.change_set_id is None:
        raise Refused("Nobody is named who takes this import back. Press the button again.")
    undoing.undo(change_set=UUID(str(import_.change_set_id)), by=by, now=now)
    return False


_KEEP = """
UPDATE accounts_importrow r
SET verdict = v.verdict, changes = v.changes::jsonb, errors = v.errors::jsonb, suggestions = v.hints::jsonb,
    row_id = v.row_id
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
     AS v(id, verdict, changes, errors, hints, row_id)
WHERE r.id = v.id
"""
# A line that says what an earlier one said is the same as that one, or as wrong.
_REPEAT = """
UPDATE accounts_importrow r
SET verdict = CASE WHEN first.verdict = 'error' THEN 'error' ELSE 'same' END, changes = '{}', errors = first.errors,
    suggestions = '[]', row_id = first.row_id
FROM accounts_importrow first
WHERE r.of_id = %(import)s AND r.number = ANY(%(lines)s) AND first.of_id = r.of_id AND first.number = r.repeats
RETURNING r.verdict
"""
