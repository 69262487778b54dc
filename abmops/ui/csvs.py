"""CSV for spreadsheets: a cell never starts a formula, whatever a stranger wrote into it."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet takes for a formula, also written full-width, at the start of a cell or of a line in it; blanks
# before it are cut by some programs.
_FORMULA = re.compile(
    r"(?:\A(?=[ \u00a0\u3000\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
    r"|(?<=[\r\n])(?=[ \u00a0\u3000\ufeff]*[=+\-@\t\uff1d\uff0b\uff0d\uff20]))"
)


def safe(value: object) -> object:
    """The value as a cell: numbers as they are, text that a spreadsheet would run with an apostrophe before it."""
    if value is None:
        return ""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


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
