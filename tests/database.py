"""The test database: a copy of one that is migrated once, and after a test that commits again what it was."""

import fcntl
import hashlib
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from abmops.embedded import postgres
from abmops.embedded.home import DATABASE, Home
from signals.services import weights

KEPT = "as_migrated"
TABLES = """
SELECT format('%I', c.relname) FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""


def template(home: Home) -> str:
    """The name of the database to copy. It is made anew where a migration differs from those it was made by."""
    migrations = [
        path for app in apps.get_app_configs() for path in sorted(Path(app.path, "migrations").glob("*.py"))
    ]
    made_by = hashlib.sha256(django.__version__.encode())
    for path in migrations:
        made_by.update(path.read_bytes())
    with (home.data / "migrated").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)  # one worker makes it, the others wait
        mark.seek(0)
        if mark.read() != made_by.hexdigest():
            mark.truncate(0)
            postgres.start_over(home)
            call_command("migrate", verbosity=0)
            connection.close()
            mark.write(made_by.hexdigest())
    return DATABASE


def keep() -> None:
    """Remember the rows that the migrations wrote."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in _tables():
            cursor.execute(f"SELECT EXISTS (TABLE {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"CREATE TABLE {KEPT}.{table} AS TABLE {table}")


def restore() -> None:
    """Every table as the migrations left it, without triggers and without a look at those that nobody touched.

    Django's own flush empties them all, and the next test would find a database that no installation has. A statement
    that is still under way on another connection is waited for, and what it writes goes too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        tables = _tables()
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = '{KEPT}'")
        kept = {table for (table,) in cursor.fetchall()}
        cursor.execute(" UNION ALL ".join(_differs(table, table in kept) for table in tables))
        for (table,) in cursor.fetchall():
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"DELETE FROM {table}")
            if table in kept:
                cursor.execute(f"INSERT INTO {table} TABLE {KEPT}.{table}")
    weights._noted = None  # a process knows that this row is there; now it is not


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [table for (table,) in cursor.fetchall()]


def _differs(table: str, is_kept: bool) -> str:
    if not is_kept:
        return f"SELECT '{table}' WHERE EXISTS (TABLE {table})"
    old, new = f"TABLE {KEPT}.{table}", f"TABLE {table}"
    return f"SELECT '{table}' WHERE EXISTS (({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old}))"
