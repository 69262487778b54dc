"""Before the first row is tried: what only a person can say, and which lines are about the same record."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from accounts.domain import tables
from accounts.domain.tables import Row, Table
from accounts.models import Import, ImportMapping
from accounts.services.importing import keeping
from accounts.services.importing.headers import header_hash
from accounts.services.importing.kinds import KINDS, Key
from accounts.services.importing.links import LINKS
from accounts.services.importing.reading import Records

_KEYS = (
    "domain",
    "domains",
    "external_ids",
    "email",
    "external_id",
    "account_domain",
    "account_external_id",
    "at",
    "source",
    "message_id",
)


def survey(import_: Import) -> bool:
    """Look at every row, for what it leaves open, then (the next piece of work) for what it repeats. False where a
    person has to answer something first; the page asks it then."""
    if import_.found.get("is_clear"):
        _mark_repeats(import_)
        import_.found["is_surveyed"] = True
        return True
    table = Table(
        "stored",
        list(import_.header),
        lambda: keeping.every_row(import_),
        encoding=import_.encoding,
        delimiter=import_.delimiter,
        sheet=import_.sheet,
    )
    zone = (import_.by.time_zone if import_.by else "") or "UTC"
    found = tables.survey(table, import_.kind, import_.mapping, answers=import_.answers, zone=zone)
    import_.answers = dict(found.answers)
    import_.found["survey_notes"] = list(found.notes)
    import_.found["questions"] = [_asked(question) for question in found.questions]
    import_.found["problems"] = list(found.problems)
    if found.questions or found.problems:
        return False
    ImportMapping.objects.filter(kind=import_.kind, header_hash=header_hash(import_.header)).update(
        answers=import_.answers
    )
    import_.found["is_clear"] = True
    return True


def _asked(question: tables.Question) -> dict[str, Any]:
    return {
        "key": question.key,
        "column": question.column,
        "text": question.text,
        "choices": [[choice.value, choice.label] for choice in question.choices],
    }


def _mark_repeats(import_: Import) -> None:
    """Find the lines whose key an earlier line has: one that says the same is marked as its repeat, one that says
    something else has that for its problem. Whatever slices the rows are taken in, they come out the same."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"import": import_.pk})
    link = LINKS.get(import_.kind)
    records, keys_of = (
        Records(import_, only=(*_KEYS, link.field) if link else _KEYS),
        KINDS[import_.kind].keys,
    )
    named: list[tuple[int, Key]] = []
    mapped = sorted(records.reader.fields)
    now = import_.created_at
    owner: dict[Key, int] = {}
    said: dict[int, int] = {}
    marks: list[tuple[int, int | None, str]] = []
    for row in keeping.every_row(import_):
        record, _ = records.read(row, now)
        keys = keys_of(record)
        if link and record.get(link.field):
            named.append((row.number, (link.key, record[link.field])))
        if not keys:
            continue
        shared = next((key for key in keys if key in owner), None)
        said[row.number] = hash(tuple(row.cells[number] for number in mapped))
        if shared is None:
            owner.update((key, row.number) for key in keys)
        elif said[owner[shared]] == said[row.number]:
            marks.append((row.number, owner[shared], "[]"))
        else:
            marks.append((row.number, None, _differs(records, row, keys[shared], shared, owner[shared])))
    if link:
        marks += [
            (number, None, json.dumps([[owner[key], link.field, keeping.LINK]]))
            for number, key in named
            if owner.get(key, number) != number
        ]
    import_.found["has_links"] = bool(named)
    for start in range(0, len(marks), keeping.CHUNK):
        _mark(import_, marks[start : start + keeping.CHUNK])


def _differs(records: Records, row: Row, pointer: str, key: Key, earlier: int) -> str:
    values = [part for part in key[1:] if part]
    what = values[-1] if key[0] != "account_domain" else values[0]
    detail = (
        f"{what} stands in line {earlier} already, and the two lines differ. "
        "Keep one of them, or take the key out of the wrong one."
    )
    return json.dumps([[records.reader.column_of(pointer), detail, keeping.REPEATS]])


def _mark(import_: Import, marks: list[tuple[int, int | None, str]]) -> None:
    if marks:
        with connection.cursor() as cursor:
            execute_values(
                cursor, _MARK.format(int(import_.pk)), marks, "(%s, %s::int, %s::jsonb)", page_size=len(marks)
            )


_FORGET = """
UPDATE accounts_importrow SET repeats = NULL, problems = (
  SELECT coalesce(jsonb_agg(problem), '[]') FROM jsonb_array_elements(problems) problem WHERE problem->>2 IS NULL)
WHERE of_id = %(import)s AND (repeats IS NOT NULL OR problems <> '[]')
"""
_MARK = """
UPDATE accounts_importrow r SET repeats = coalesce(m.repeats, r.repeats), problems = r.problems || m.problems
FROM (VALUES %s) m(number, repeats, problems) WHERE r.of_id = {} AND r.number = m.number
"""
