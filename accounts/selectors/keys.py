"""Whose domains and external ids these are: one statement each, whatever their number.

The keys go as one array. Written as an ORM's IN with thousands of values, a look-up costs more in Python than in the
database.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection


def accounts_by_domain(domains: Collection[str]) -> dict[str, int]:
    """The account of each registrable domain that is known."""
    if not domains:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT domain, account_id FROM accounts_accountdomain WHERE domain = ANY(%s)", [list(domains)]
        )
        return dict(cursor.fetchall())


def accounts_by_external_id(values: Collection[str]) -> list[tuple[str, str, int]]:
    """(system, value, account) of each known id among these values, in any system."""
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system, value, account_id FROM accounts_accountexternalid WHERE value = ANY(%s)",
            [list(values)],
        )
        return list(cursor.fetchall())
