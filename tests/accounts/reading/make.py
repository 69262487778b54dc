"""Files for the reader's tests, made in memory."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

from accounts.domain.tables import Reader, Reading, Survey, Table, Unreadable, read, survey


def opened(body: bytes | str, name: str = "file.csv", **ways: Any) -> Table:
    """A file, open."""
    return read(io.BytesIO(body.encode() if isinstance(body, str) else body), name, **ways)


def cells(body: bytes | str, **ways: Any) -> list[list[str]]:
    """Header and rows, without their numbers."""
    table = opened(body, **ways)
    return [table.header, *(row.cells for row in table.rows())]


def why_not(body: bytes | str, name: str = "file.csv", **ways: Any) -> str:
    """The sentence that a file, or one of its rows, is refused with; "" where it is read to its end."""
    try:
        for _ in opened(body, name, **ways).rows():
            pass
    except Unreadable as refused:
        return refused.message
    return ""


def workbook(*rows: Sequence[Any], **sheets: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file of one sheet, or of several by name."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(list(row))
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook as the bytes of its file."""
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def rewritten(body: bytes, parts: Mapping[str, bytes]) -> bytes:
    """An archive with some of its parts replaced or added."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in parts:
                new.writestr(entry.filename, old.read(entry.filename))
        for name, part in parts.items():
            new.writestr(name, part)
    return into.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(inside: str) -> bytes:
    """A workbook whose sheet has exactly this between its <sheetData> marks."""
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{inside}</sheetData></worksheet>"
    )
    return rewritten(workbook(["x"]), {SHEET: xml.encode()})


def column(
    kind: str,
    field: str,
    values: Sequence[str],
    *,
    answers: Mapping[str, str] | None = None,
    zone: str = "UTC",
) -> tuple[Survey, list[Reading]]:
    """One column of cells, surveyed and read as a field."""
    body = "\n".join(["Title,Row", *(f'"{value.replace(chr(34), chr(34) * 2)}",x' for value in values)])
    table = opened(body, delimiter=",")
    found = survey(table, kind, {0: field}, answers=answers, zone=zone)
    reader = Reader(kind, table.titles, {0: field}, found.answers)
    return found, [reader.read(row) for row in table.rows()]


def value(kind: str, field: str, text: str, **answers: str) -> Any:
    """What one cell becomes, or the sentence that it is refused with."""
    _, (reading,) = column(
        kind, field, [text], answers={key.replace("_", "."): one for key, one in answers.items()}
    )
    if reading.errors:
        return reading.errors[0].detail
    return reading.record.get(field.partition(".")[0])
