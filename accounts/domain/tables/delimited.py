"""CSV: separators found on the quoted structure, lines counted as an editor counts them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from accounts.domain.tables.table import Row, Table, Unreadable, noted


def read(source: BinaryIO, *, encoding: str | None, delimiter: str | None) -> Table:
    """The table that a text file holds."""
    used, separator = encoding or "utf-8", delimiter or ","

    def rows() -> Iterator[Row]:
        source.seek(0)
        text = io.TextIOWrapper(source, encoding="utf-8-sig" if used == "utf-8" else used, newline="")
        try:
            reader, begins = csv.reader(text, delimiter=separator), 1
            for cells in reader:
                if any(cells):
                    yield Row(begins, [cell.strip() for cell in cells])
                begins = reader.line_num + 1
        finally:
            text.detach()

    first = next(rows(), None)
    if first is None:
        raise Unreadable("The file is empty.")
    header, width = first.cells, len(first.cells)

    def body() -> Iterator[Row]:
        found = rows()
        next(found)
        for row in found:
            yield Row(row.number, [*row.cells, *[""] * (width - len(row.cells))][:width])

    return Table(
        "csv",
        header,
        body,
        header_number=first.number,
        encoding=used,
        delimiter=separator,
        notes=tuple(noted(header)),
    )
