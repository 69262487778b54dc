"""The months that signals live in."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

AHEAD = 3


def ensure(*, now: datetime) -> int:
    """Make the partitions of this month and the next ones; returns how many were new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE signals_make_month((date_trunc('month', %s::timestamptz AT TIME ZONE 'UTC') "
            "+ make_interval(months => n))::date)) FROM generate_series(0, %s) n",
            [now, AHEAD],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
