"""Working out the keys of names that were written without one."""

from __future__ import annotations

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.domain.names import normal_name
from accounts.models import Account

_BATCH = 2_000


def fill_name_keys() -> int:
    """Give every account without a key its own; returns how many. A name changed meanwhile keeps its null."""
    filled = 0
    while True:
        rows = list(
            Account.objects.filter(name_key__isnull=True)
            .order_by("id")
            .values_list("id", "name", "country")[:_BATCH]
        )
        if rows:
            with transaction.atomic(), connection.cursor() as cursor:
                execute_values(
                    cursor,
                    _FILL,
                    [(pk, name, country, normal_name(name, country)) for pk, name, country in rows],
                    page_size=_BATCH,
                )
        filled += len(rows)
        if len(rows) < _BATCH:
            return filled


_FILL = """
UPDATE accounts_account a SET name_key = v.key FROM (VALUES %s) AS v(id, name, country, key)
WHERE a.id = v.id AND a.name = v.name AND a.country = v.country AND a.name_key IS NULL
"""
