"""CSV for spreadsheets: a cell never starts a formula, whatever a stranger wrote into it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(value: object) -> object:
    """The value as a cell: numbers as they are, text that a spreadsheet would run with an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip(" \u00a0\ufeff").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


class _Line:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file, line by line, opened by the mark that makes spreadsheets read UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff"
    yield writer.writerow([safe(cell) for cell in header])
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download called `name`.csv, streamed."""
    return StreamingHttpResponse(
        lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
