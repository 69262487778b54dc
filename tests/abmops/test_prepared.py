"""Statements planned once a session: prepared at their first use, again in a new session, not behind a pooler."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

from abmops.lib import prepared

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
SQL = "SELECT %s::int + 1, %s::timestamptz, %s::text"


def answered(cursor: CursorWrapper, number: int) -> tuple[object, ...]:
    """What the statement says."""
    prepared.run(cursor, SQL, [number, NOW, "O'Brien %s $1"])
    row: tuple[object, ...] = cursor.fetchone()
    return row


def known() -> int:
    """How many of its kind the session holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%$1::int + 1%"]
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_once_a_session() -> None:
    with connection.cursor() as cursor:
        assert [answered(cursor, number) for number in (1, 41)] == [
            (2, NOW, "O'Brien %s $1"),
            (42, NOW, "O'Brien %s $1"),
        ]
    assert known() == 1
    connection.close()
    with connection.cursor() as cursor:
        assert known() == 0
        assert answered(cursor, 1)[0] == 2
    assert known() == 1


@pytest.mark.django_db(transaction=True)
def test_it_outlives_the_transaction_that_prepared_it() -> None:
    connection.close()
    connection.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            answered(cursor, 1)
            connection.rollback()
            assert answered(cursor, 2)[0] == 3
    finally:
        connection.rollback()
        connection.set_autocommit(True)


@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_of_transactions_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with connection.cursor() as cursor:
        assert answered(cursor, 1)[0] == 2
    assert known() == 0


@pytest.mark.django_db
def test_without_parameters() -> None:
    with connection.cursor() as cursor:
        prepared.run(cursor, "SELECT 7")
        assert cursor.fetchone() == (7,)
