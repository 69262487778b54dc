"""Where the rolling states are stored: rows that are written again with every signal."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2.extras import execute_values


def memories_of(cursor: CursorWrapper, account_ids: Sequence[int]) -> dict[int, bytes]:
    """The stored states of these accounts, in one query; accounts without one are left out."""
    cursor.execute(_READ, [list(account_ids)])
    return {account_id: bytes(state) for account_id, state in cursor.fetchall()}


def remember(dumps: Sequence[tuple[int, bytes]]) -> None:
    """Store the states of accounts; the caller has locked their `AccountState`."""
    if dumps:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _REMEMBER, dumps, page_size=len(dumps))


_READ = "SELECT account_id, state FROM signals_accountmemory WHERE account_id = ANY(%s)"
_REMEMBER = """
INSERT INTO signals_accountmemory (account_id, state) VALUES %s
ON CONFLICT (account_id) DO UPDATE SET state = excluded.state
"""
