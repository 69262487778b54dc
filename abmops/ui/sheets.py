"""Workbooks for spreadsheets: rows go to disk one by one, and a text is never a formula."""

import re
from collections.abc import Iterable, Sequence
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

# What XML 1.0 can't hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST = 32_767
MOST_ROWS = 1_048_576


def sheet_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """A download called `name`.xlsx. Written row by row to a temporary file; rows past what a sheet holds are cut."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for number, row in enumerate(rows, start=2):
        if number > MOST_ROWS:
            break
        sheet.append([_cell(sheet, value) for value in row])
    file = TemporaryFile()  # noqa: SIM115  (the answer closes it)
    book.save(file)
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{name}.xlsx",
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


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
