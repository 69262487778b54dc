"""Where the rolling states are stored: rows that are written again with every signal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from abmops.lib import prepared
from abmops.lib.arrays import NUMBERS, listed


def memories_of(cursor: CursorWrapper, account_ids: Sequence[int]) -> dict[int, bytes]:
    """The stored states of these accounts, in one query; accounts without one are left out."""
    prepared.run(cursor, _READ, [listed(account_ids)])
    return {account_id: bytes(state) for account_id, state in cursor.fetchall()}


def remember(dumps: Sequence[tuple[int, bytes]]) -> None:
    """Store the states of accounts; the caller has locked their `AccountState`."""
    if dumps:
        rows = [{"account_id": account_id, "state": state} for account_id, state in dumps]
        with connection.cursor() as cursor:
            prepared.run(cursor, _REMEMBER, [msgspec.json.encode(rows).decode()])


_READ = f"SELECT account_id, state FROM signals_accountmemory WHERE account_id = ANY({NUMBERS})"  # noqa: S608  (a constant)
_REMEMBER = """
INSERT INTO signals_accountmemory (account_id, state)
SELECT account_id, decode(state, 'base64') FROM json_to_recordset(%s) AS v(account_id bigint, state text)
ON CONFLICT (account_id) DO UPDATE SET state = excluded.state
"""
