"""How concurrent writers of the account graph take turns: one bulk write of a noun at a time, rows in id order."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from django.db import connection

# A bulk write may wait for another one, and may think between two statements, longer than a page may.
PATIENCE = """
SET LOCAL lock_timeout = '20s'; SET LOCAL statement_timeout = '60s';
SET LOCAL idle_in_transaction_session_timeout = '60s'
"""


def take_turn(noun: str) -> None:
    """Wait until no other transaction writes this noun, and hold it until ours ends.

    New rows have nothing to lock, so two calls that create the same key would collide; a parent's circle can span
    rows that neither call touches. One turn a noun settles both. Waits up to 20 s.
    """
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_SPACE, zlib.crc32(noun.encode()) & 0x7FFFFFFF]
        )


def take_turns_of_owners(ids: Iterable[int]) -> None:
    """Wait until no other transaction decides for these owners, and hold them until ours ends: for what is counted an
    owner over many accounts.

    In id order, and after the accounts: whoever has them locks no account any more, so that nobody waits in a circle.
    """
    owners = sorted(set(ids))
    if owners:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, (owner %% 2147483647)::int) FROM unnest(%s::bigint[]) AS owner",
                [_OWNERS, owners],
            )


_OWNERS = 7_402
_SPACE = 7_401  # keep our locks apart from other users of advisory locks
