"""XLSX: one sheet of a workbook, row by row, each cell as the text that an honest CSV would hold."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from accounts.domain.tables import archive as parts
from accounts.domain.tables.archive import Book, Part
from accounts.domain.tables.delimited import fitted, header_of
from accounts.domain.tables.sheet import Cells, Line, column_of
from accounts.domain.tables.table import (
    MOST_ROWS,
    Problem,
    Row,
    Sheet,
    Table,
    Unreadable,
    listed,
    noted,
    titles_of,
)

_CHUNK = 256 * 1024
_VALUE = re.compile(rb"<(?:\w+:)?[vt][ >]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_MERGES = 10_000


def read(source: BinaryIO, *, sheet: str | None) -> Table:
    """The table that a sheet holds: the one named, else the first visible one with anything in it."""
    try:
        archive = parts.opened(source)
        book = parts.book_of(archive)
        filled = [part for part in book.parts if _holds(archive, part.path, _VALUE)]
        chosen = _choose(book, filled, sheet)
        formulas = _holds(archive, chosen.path, _FORMULA)
        merges = _merges(archive, chosen.path)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(parts.BROKEN) from error
    texts: list[list[str]] = []

    def lines() -> Iterator[Line]:
        if not texts:
            texts.append(parts.texts_of(archive, book))
        handler = Cells(book, texts[0])
        for _ in parts.walk(archive, chosen.path, handler):
            yield from handler.ready()

    first = next(_guarded(lines), None)
    if first is None:
        raise Unreadable(f"The sheet {chosen.name} is empty: it has no row with anything in it.")
    header = header_of(first.cells)
    titles = titles_of(header)

    def rows() -> Iterator[Row]:
        found = _guarded(lines)
        next(found)
        for count, line in enumerate(found):
            if count >= MOST_ROWS:
                raise Unreadable(
                    f"The sheet has more than {MOST_ROWS:,} rows. Split it, and upload the parts one after another."
                )
            yield _row(line, titles, merges)

    return Table(
        "xlsx",
        header,
        rows,
        header_number=first.number,
        sheet=chosen.name,
        sheets=tuple(Sheet(part.name, part.hidden, part not in filled) for part in book.parts),
        notes=(*_notes(filled, chosen, sheet, formulas=formulas), *noted(header)),
    )


def _guarded(lines: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    """The lines; whatever a damaged file makes the parsers say becomes one sentence."""
    found = lines()
    while True:
        try:
            line = next(found)
        except StopIteration:
            return
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(parts.BROKEN) from error
        yield line


def _choose(book: Book, filled: list[Part], wanted: str | None) -> Part:
    if not book.parts:
        raise Unreadable("The workbook has no sheet with cells. Save the table as CSV, and upload that.")
    if wanted is not None:
        for part in book.parts:
            if part.name == wanted:
                return part
        names = listed([part.name for part in book.parts], most=20)
        raise Unreadable(f"The workbook has no sheet called {wanted[:60]!r}. It has {names}.")
    visible = [part for part in filled if not part.hidden]
    if not filled:
        raise Unreadable("The workbook is empty: no sheet has anything in it.")
    return (visible or filled)[0]


def _notes(filled: list[Part], chosen: Part, wanted: str | None, *, formulas: bool) -> list[str]:
    notes = []
    others = [part.name for part in filled if part is not chosen and not part.hidden]
    if wanted is None and others:
        notes.append(f"The sheet {chosen.name} is read. The workbook also has {listed(others)}.")
    if chosen.hidden:
        notes.append(f"The sheet {chosen.name} is hidden in the workbook.")
    if formulas:
        notes.append(
            "Some cells hold formulas. Their results are read as they were when the workbook was last saved."
        )
    return notes


def _row(line: Line, titles: list[str], merges: dict[int, set[int]]) -> Row:
    """A line as a row. A workbook leaves empty cells out, so a short line is not a fault."""
    width = len(titles)
    cells = line.cells + [""] * (width - len(line.cells))
    row = fitted(line.number, cells, titles)
    more = [problem for problem in line.problems if problem.column is not None and problem.column < width]
    more += [
        Problem(
            column,
            "Is part of merged cells, of which only the first holds a value. Unmerge them, and fill each.",
        )
        for column in sorted(merges.get(line.number, ()))
        if column < width
    ]
    return Row(row.number, row.cells, (*row.problems, *more)) if more else row


def _holds(archive: zipfile.ZipFile, path: str, pattern: re.Pattern[bytes]) -> bool:
    return any(pattern.search(piece) for piece in _pieces(archive, path))


def _merges(archive: zipfile.ZipFile, path: str) -> dict[int, set[int]]:
    """Row number -> columns that are merged away with another cell, from the second of each range on."""
    merged: dict[int, set[int]] = {}
    count = 0
    seen: set[tuple[Any, ...]] = set()
    for piece in _pieces(archive, path):
        for found in _MERGE.finditer(piece):
            if found.groups() in seen:
                continue
            seen.add(found.groups())
            left, top, right, bottom = (
                column_of(found[1].decode()),
                int(found[2]),
                column_of(found[3].decode()),
                int(found[4]),
            )
            count += (bottom - top + 1) * (min(right, 300) - left + 1)
            if count > _MOST_MERGES:
                raise Unreadable(
                    "The sheet has very many merged cells. Unmerge them, fill each, and upload it again."
                )
            for number in range(top, bottom + 1):
                merged.setdefault(number, set()).update(range(left, min(right, 300) + 1))
            merged[top].discard(left)
    return merged


def _pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """A part unpacked in pieces that overlap, so that nothing short is cut in two."""
    tail = b""
    with archive.open(path) as stream:
        while piece := stream.read(_CHUNK):
            yield tail + piece
            tail = piece[-400:]
