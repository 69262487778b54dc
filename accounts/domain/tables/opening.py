"""Opening a file: what it is by its first bytes, not by its name."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import BinaryIO

from accounts.domain.tables import delimited, workbook
from accounts.domain.tables.table import MOST_BYTES, Table, Unreadable

_SAVE_AS = "Save it as “Excel workbook (.xlsx)” or as “CSV UTF-8”, and upload that."
_NOT_THESE: tuple[tuple[bytes, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"This is an old Excel workbook (.xls), or one that is protected by a password. Open it. {_SAVE_AS}",
    ),
    (b"%PDF", "This is a PDF, which holds a picture of a table. Export the table itself as CSV or XLSX."),
    (b"\x1f\x8b", "This file is compressed. Unpack it, and upload what is inside."),
    (b"{\\rtf", f"This is a text document. {_SAVE_AS}"),
)
_TAGS = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta", b"<div")


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
    if source.seek(0, os.SEEK_END) > MOST_BYTES:
        raise Unreadable(
            f"The file has more than {MOST_BYTES // 1024 // 1024} MB. Split it, and upload the parts one after another."
        )
    source.seek(0)
    head = source.read(1024)
    for mark, sentence in _NOT_THESE:
        if head.startswith(mark):
            raise Unreadable(sentence)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return workbook.read(source, sheet=sheet or None)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_TAGS):
        raise Unreadable(
            f"This is a web page, even if its name says {_ending(file_name)}. Open it. {_SAVE_AS}"
        )
    if _ending(file_name) in (".xlsx", ".xlsm"):
        raise Unreadable(
            f"The name says {_ending(file_name)}, but this is no workbook. Save it again. {_SAVE_AS}"
        )
    if _ending(file_name) in (".json", ".ndjson", ".jsonl"):
        raise Unreadable(f"This is JSON, which programs send to /api/v1/. {_SAVE_AS}")
    return delimited.read(source, encoding=encoding or None, delimiter=delimiter or None)


def _ending(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()[:12] or "otherwise"
