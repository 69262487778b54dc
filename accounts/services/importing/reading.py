"""From the file to its stored rows, and from a row to the record that a service takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from abmops.lib.errors import FieldError, Refused
from abmops.rest.records import read_fields
from accounts.domain import tables
from accounts.domain.tables import Reader, Row
from accounts.domain.tables.table import titles_of
from accounts.models import Import, User
from accounts.services.importing import keeping
from accounts.services.importing.kinds import KINDS, Record, fields_of

AT_ONCE = 10_000


@dataclass(slots=True)
class _Open:
    """A file that this worker is in the middle of, so that the next piece need not begin at the top."""

    import_id: int
    sha256: str
    read: int
    rows: Iterator[Row]
    source: Any


_open: _Open | None = None


def read_on(import_: Import) -> None:
    """Store the next rows of the file; at its end says so. Another worker may go on: it skips what is stored."""
    global _open
    if not import_.found.get("is_reading"):
        import_.total, import_.found["is_reading"] = 0, True
        keeping.keep_rows(import_, [], afresh=True)
    at = _open
    _open = None
    if at is None or (at.import_id, at.sha256, at.read) != (import_.pk, import_.sha256, import_.total):
        if at is not None:
            at.source.close()
        at = _opened(import_)
    rows = list(islice(at.rows, AT_ONCE))
    keeping.keep_rows(import_, rows)
    import_.total += len(rows)
    at.read = import_.total
    if len(rows) < AT_ONCE:
        at.source.close()
        if not import_.total:
            raise Refused("The file has a header and no rows. Export it again.")
        import_.found.pop("is_reading")
        import_.found["is_read"] = True
    else:
        _open = at


def _opened(import_: Import) -> _Open:
    source = tempfile.TemporaryFile()  # noqa: SIM115  (stays open until its last row)
    keeping.fill(import_, source)
    table = tables.read(
        source,
        import_.file_name,
        sheet=import_.sheet or None,
        encoding=import_.encoding or None,
        delimiter=import_.delimiter or None,
    )
    rows = table.rows()
    for _ in islice(rows, import_.total):
        pass
    return _Open(import_.pk, import_.sha256, import_.total, rows, source)


class Records:
    """Makes records of rows: the table's reader for the form of each cell, then the checks that every door shares."""

    def __init__(self, import_: Import, only: Sequence[str] | None = None) -> None:
        self.import_, self.kind = import_, KINDS[import_.kind]
        self.titles = titles_of(import_.header)
        self.reader = Reader(import_.kind, self.titles, import_.mapping, import_.answers)
        self.fields = tuple(field for field in fields_of(import_.kind) if only is None or field.name in only)
        self._known = {field.name for field in self.fields}
        self._only = only is not None
        self._people = (
            _people() if any(name in ("owner", "person") for name in import_.mapping.values()) else {}
        )

    def read(self, row: Row, now: datetime) -> tuple[Record, list[dict[str, Any]]]:
        """The clean record of a row, or everything that is wrong with it, each with its column."""
        reading = self.reader.read(row)
        if reading.errors:
            return {}, [error.as_json() for error in reading.errors]
        raw = reading.record
        for name, value in self.kind.before(self.import_, row.number).items():
            raw.setdefault(name, value)
        for name in ("owner", "person"):
            said = raw.get(name)
            if isinstance(said, str) and "@" not in said:
                raw[name] = self._people.get(said.strip().casefold(), said)
        if self._only:
            raw = {name: value for name, value in raw.items() if name in self._known}
        clean, errors = read_fields(self.fields, raw, now)
        return clean, [self.wrong(error) for error in errors]

    def wrong(self, error: FieldError) -> dict[str, Any]:
        """An error of a record as an error of its column."""
        column = self.reader.column_of(error.pointer) if error.pointer else None
        title = "" if column is None else self.titles[column]
        return {"pointer": error.pointer, "column": column, "title": title, "detail": error.detail}


def _people() -> dict[str, str]:
    """E-mails by name, of the active people whose name no other has: exports call owners by their names."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, email in User.objects.here().values_list("name", "email"):
        key = name.strip().casefold()
        if key in found:
            twice.add(key)
        found[key] = email
    return {name: email for name, email in found.items() if name and name not in twice}
