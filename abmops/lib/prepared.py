"""Statements that a session plans once. On the way of a signal, with 1,000 of them a second and so with small batches,
planning took a sixth of PostgreSQL's time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
_numbers = count()


def run(cursor: CursorWrapper, sql: str, parameters: Sequence[Any] = ()) -> None:
    """As `cursor.execute(sql, parameters)`, for a constant `sql` with a `%s` for each parameter.

    For tables that are large or stay small: the plan is made anew when one of them is analyzed, not when it grows.
    Behind a pooler that gives each transaction another session (Django's `DISABLE_SERVER_SIDE_CURSORS`) nothing is
    prepared.
    """
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        cursor.execute(sql, parameters)
        return
    name, prepare, execute = _statements(sql)
    session = connection.connection
    known = _prepared.setdefault(session, set())
    if name not in known:
        with session.cursor() as plain:
            plain.execute(prepare)
        known.add(name)
    cursor.execute(execute, parameters)


@cache
def _statements(sql: str) -> tuple[str, str, str]:
    """The name of a statement, what prepares it, and what executes it."""
    parts = sql.split("%s")
    text = parts[0] + "".join(f"${place}{part}" for place, part in enumerate(parts[1:], 1))
    name = f"abmops_{next(_numbers)}"
    values = f"({', '.join(['%s'] * (len(parts) - 1))})" if len(parts) > 1 else ""
    return name, f"PREPARE {name} AS {text}", f"EXECUTE {name}{values}"
