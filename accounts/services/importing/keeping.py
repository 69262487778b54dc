"""The file in its pieces and its rows: in and out of the database, in bounded memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

from django.db import connection
from psycopg2.extras import execute_values

from abmops.lib.errors import Refused
from accounts.domain.tables import Problem, Row
from accounts.models import Import, ImportFile, ImportRow

PIECE = 1024 * 1024
CHUNK = 2_000
# Marks a problem that the survey has found, beside those of the file itself.
REPEATS = "repeats"
# Marks no problem: [line, field, LINK] says that another line of the file holds what the field names.
LINK = "link"


def pieces_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


@contextmanager
def opened(import_: Import) -> Iterator[BinaryIO]:
    """The file, seekable, on disk and not in memory."""
    with tempfile.TemporaryFile() as source:
        fill(import_, source)
        yield source


def fill(import_: Import, source: Any) -> None:
    """Write the file's pieces into `source` and go back to its start. Raises Refused where the file is gone."""
    pieces = ImportFile.objects.filter(of=import_)
    count = pieces.count()
    if not count:
        raise Refused("The file of this import has been dropped. Upload it again.")
    for number in range(count):
        source.write(pieces.values_list("body", flat=True).get(number=number))
    source.seek(0)


def keep_rows(import_: Import, rows: Sequence[Row], *, afresh: bool = False) -> None:
    """Store rows as they stand in the file; `afresh` forgets those that were kept before."""
    if afresh:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_importrow WHERE of_id = %s", [import_.pk])
    if not rows:
        return
    values = [
        (import_.pk, row.number, [_storable(cell) for cell in row.cells], _problems(row.problems))
        for row in rows
    ]
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO accounts_importrow"
            " (of_id, number, cells, problems, verdict, changes, errors, suggestions) VALUES %s",
            values,
            "(%s, %s, %s::text[], %s::jsonb, '', '{}', '[]', '[]')",
            page_size=CHUNK,
        )


class Stored(NamedTuple):
    """A row as it is stored: with the earlier line that it repeats, and the line that holds what it names."""

    pk: int
    row: Row
    repeats: int | None
    link: int | None


def rows_after(import_: Import, number: int, limit: int) -> list[Stored]:
    """The next rows behind a line."""
    stored = ImportRow.objects.filter(of=import_, number__gt=number).order_by("number")[:limit]
    found = []
    for pk, line, cells, noted, repeats in stored.values_list("pk", "number", "cells", "problems", "repeats"):
        problems = tuple(Problem(one[0], one[1]) for one in noted if one[2:] != [LINK])
        link = next((one[0] for one in noted if one[2:] == [LINK]), None)
        found.append(Stored(pk, Row(line, cells, problems), repeats, link))
    return found


def every_row(import_: Import) -> Iterator[Row]:
    """All rows, in chunks."""
    number = 0
    while chunk := rows_after(import_, number, CHUNK):
        yield from (stored.row for stored in chunk)
        number = chunk[-1].row.number


def _storable(text: str) -> str:
    """PostgreSQL keeps every text but NUL."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _problems(problems: Sequence[Problem]) -> str:
    return (
        json.dumps([[problem.column, _storable(problem.detail)] for problem in problems])
        if problems
        else "[]"
    )
