"""The next slice's rows are made records while the database writes this one: they share no work, and there is more than
one core. What was made ahead is only a saving: another worker makes it itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread
from typing import Any

from django.db import connection

from accounts.models import Import
from accounts.services.importing import keeping
from accounts.services.importing.kinds import Record
from accounts.services.importing.reading import Records


@dataclass(frozen=True, slots=True)
class Made:
    """One row: its record or its errors, or the earlier line that it repeats; and the line that it refers to."""

    pk: int
    number: int
    repeats: int | None
    link: int | None
    record: Record
    errors: list[dict[str, Any]]


# How long the thread ahead may hold the interpreter while an answer of the database waits to be taken: at Python's own
# 5 ms a slice of 40 statements waited a fifth of a second for it.
_TURN = 0.0005

_ahead: tuple[tuple[Any, ...], list[Made]] | None = None


def made(reader: Records, after: int, limit: int, now: datetime) -> list[Made]:
    """The next rows behind a line, here and now."""
    return _made(reader, keeping.rows_after(reader.import_, after, limit), now)


def taken(import_: Import, limit: int, now: datetime) -> list[Made] | None:
    """The next rows, where this process has made them already."""
    global _ahead
    kept, _ahead = _ahead, None
    return kept[1] if kept is not None and kept[0] == _key(import_, import_.upto, limit) else None


@contextmanager
def going(reader: Records, after: int, limit: int, now: datetime) -> Iterator[None]:
    """Make the rows behind a line ready while the block waits for the database, and only then: two threads that both
    have something to do would share one core and hold each other up."""
    global _ahead
    stored = keeping.rows_after(reader.import_, after, limit)
    ready: list[list[Made]] = []
    waiting = Event()

    def told(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        waiting.set()
        try:
            return execute(sql, params, many, context)
        finally:
            waiting.clear()

    thread = Thread(
        target=lambda: ready.append(_made(reader, stored, now, waiting)), name="lookahead", daemon=True
    )
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    thread.start()
    try:
        with connection.execute_wrapper(told):
            yield
    finally:
        waiting.set()
        thread.join()
        sys.setswitchinterval(before)
    if ready:
        _ahead = (_key(reader.import_, after, limit), ready[0])


def _made(
    reader: Records, stored: list[keeping.Stored], now: datetime, may_go: Event | None = None
) -> list[Made]:
    rows = []
    for pk, row, repeats, link in stored:
        if may_go is not None:
            may_go.wait()
        record, errors = ({}, []) if repeats is not None else reader.read(row, now)
        rows.append(Made(pk, row.number, repeats, link, {} if errors else record, errors))
    return rows


def _key(import_: Import, after: int, limit: int) -> tuple[Any, ...]:
    """What the rows were made of: another mapping or another answer makes other records."""
    said = json.dumps([import_.mapping, import_.answers, import_.side, import_.reason], sort_keys=True)
    return import_.pk, import_.state, after, limit, said
