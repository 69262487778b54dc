"""A query as the SQL that goes into a larger statement."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet


def statement(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """The text and its parameters, also where Django knows that no row can match (`id IN ()`).

    `sql_with_params` raises there: a page of an installation without a single signal type would be an error.
    """
    sql, params = rows.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    return sql, tuple(params)
