"""Processes say that they are alive."""

from django.db import connection


def beat(*, name: str, role: str) -> None:
    """Record that the process `name` lives, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO work_worker (name, role) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET heartbeat_at = statement_timestamp(), role = excluded.role",
            [name, role],
        )
