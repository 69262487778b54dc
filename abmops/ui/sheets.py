"""Workbooks for spreadsheets: rows go to disk one by one, and a text is never a formula."""

import re
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any

from django.http import StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

# What XML 1.0 can't hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST = 32_767
MOST_ROWS = 1_048_576
_CHUNK = 65_536


def sheet_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download called `name`.xlsx. Rows past what a sheet holds are cut."""
    return StreamingHttpResponse(
        _file(name, header, rows),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )


def _file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The workbook, written row by row to a temporary file that nobody else sees: memory does not grow with it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, text) for text in header])
    for number, row in enumerate(rows, start=2):
        if number > MOST_ROWS:
            break
        sheet.append([_cell(sheet, value) for value in row])
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _cell(sheet: Any, value: object) -> object:
    """Numbers as they are; a text that would be read as a formula as the text it is."""
    if not isinstance(value, str):
        return value
    text = _UNFIT.sub("", value)[:LONGEST]
    if not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell
