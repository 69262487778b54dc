"""What was posted to a hook, opened: JSON, NDJSON or CSV, and the lines of it that cannot be read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from abmops.lib.errors import FieldError, Refused
from abmops.rest import bodies
from abmops.rest.problems import Malformed
from accounts.domain import tables
from accounts.domain.tables import values
from signals.domain import segment
from signals.domain.mapping import Damaged

MAX_BODY = 10 * 1024 * 1024
_NUL = re.compile(rb"(\\u0000)|\\.", re.DOTALL)


class Unreadable(Refused):
    """Nothing of a body can be read; the message is a sentence for the sender."""

    code = "malformed"


@dataclass(slots=True)
class Opened:
    """A body taken apart. `broken`: lines that cannot be read, each with its reason and its beginning."""

    form: str
    payload: Any
    broken: list[tuple[int, FieldError, str]] = field(default_factory=list)


def open_body(body: bytes, content_type: str) -> Opened:
    """Take a body apart. Its type is believed where it says CSV or NDJSON; else the body shows what it is."""
    said = content_type.partition(";")[0].strip().lower()
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        raise Unreadable(
            "The body is empty. Send JSON, one JSON object a line, or CSV with a line of titles."
        )
    if said in ("text/csv", "application/csv", "text/tab-separated-values") or (
        start not in b"{[" and said != "application/json"
    ):
        return _csv(body)
    body = _storable(body.removeprefix(b"\xef\xbb\xbf"))
    if said in ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"):
        return _lines(body)
    try:
        return Opened("json", bodies.decode(body))
    except Malformed as error:
        if start == b"{" and b"\n" in body.strip() and _is_json(body.lstrip().split(b"\n", 1)[0]):
            return _lines(body)
        raise Unreadable(str(error.detail)) from error


def _is_json(line: bytes) -> bool:
    try:
        bodies.decode(line)
    except Malformed:
        return False
    return True


def _storable(body: bytes) -> bytes:
    """U+FFFD for what no text of the database can hold: half an emoji, and NUL. The rest of the body is not spoilt."""
    body = segment.mended(body)
    if b"\\u0000" not in body:
        return body
    return _NUL.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)


def _lines(body: bytes) -> Opened:
    opened = Opened("ndjson", [])
    for index, item in bodies.lines(body):
        if isinstance(item, Malformed):
            opened.broken.append((index, FieldError("", str(item.detail)), ""))
        else:
            opened.payload.append(item)
    return opened


def _csv(body: bytes) -> Opened:
    """Rows by their titles. What a spreadsheet has spoilt is refused where it is used, a ragged row as a whole."""
    opened = Opened("csv", [])
    try:
        table = tables.read(io.BytesIO(body), "hook.csv")
        titles = table.titles
        for index, row in enumerate(table.rows()):
            whole = next((one.detail for one in row.problems if one.column is None), "")
            if whole:
                told = FieldError("", f"Line {row.number}: {whole}")
                opened.broken.append((index, told, ",".join(row.cells)[:2048]))
            else:
                opened.payload.append(dict(_cells(titles, row)))
    except tables.Unreadable as error:
        raise Unreadable(error.message) from error
    return opened


def _cells(titles: list[str], row: tables.Row) -> Iterator[tuple[str, str]]:
    wrong = {one.column: one.detail for one in row.problems}
    for number, title in enumerate(titles):
        cell = values.clean(row.cells[number]).replace("\0", "\ufffd")
        if not cell:
            continue
        why = wrong.get(number) or values.damage(cell)
        if why:
            damaged = Damaged(cell)
            damaged.why = f"Column “{title[:60]}”: {why}"
            yield title, damaged
        else:
            yield title, str(cell)
