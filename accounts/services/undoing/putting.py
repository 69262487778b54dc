"""Putting every row of a set of changes back as it was, a statement a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from accounts.models import Change, ListMembership, User
from accounts.services.membership import Place, place_many
from accounts.services.undoing.rows import (
    DERIVED,
    LIST,
    goes_by_history,
    made_by,
    model_of,
    relations,
    tables_of,
)


def put_back(change_set: UUID, *, by: User | None, now: datetime) -> None:
    """Changed rows first, so that none hangs on a row about to go; then made rows go; then removed ones return.

    Foreign keys are checked at the end of the transaction, unique ones at once.
    """
    tables = tables_of(change_set)
    if LIST in tables and goes_by_history(change_set, LIST):
        tables.remove(LIST)
        _take_back(made_by(change_set, LIST), by=by, now=now)
    for table in tables:
        _restore(change_set, table, now=now)
    for table in tables:
        _unmake(change_set, table)
    for table in tables:
        _return(change_set, table)
    if LIST in tables:
        _settle_list(change_set)


def _take_back(made: models.QuerySet[Change, Any], *, by: User | None, now: datetime) -> None:
    """Put each account where it was before, as a change of its own."""
    before = ListMembership.objects.filter(
        account=models.OuterRef("account"), valid_from__lt=models.OuterRef("valid_from")
    ).order_by("-valid_from")
    rows = ListMembership.objects.filter(pk__in=made).annotate(was=models.Subquery(before.values("tier")[:1]))
    place_many(
        places=[Place(row.account_id, row.was, row.side, f"Taken back: {row.reason}") for row in rows],
        by=by,
        now=now,
        taking_back=True,
    )


_CHANGED_FIELDS = """
SELECT DISTINCT f.field FROM accounts_change c, jsonb_object_keys(c.before) f(field)
WHERE c.change_set_id = %s AND c."table" = %s AND c.op = 'U'
"""

# The oldest value of each field is what stood there before the set.
_WAS = """
    SELECT row_id, jsonb_object_agg(key, value) AS was FROM (
        SELECT DISTINCT ON (c.row_id, f.key) c.row_id, f.key, f.value
        FROM accounts_change c, jsonb_each(c.before) f
        WHERE c.change_set_id = %(set)s AND c."table" = %(table)s AND c.op = 'U'
        ORDER BY c.row_id, f.key, c.id) oldest
    GROUP BY row_id
"""


def _restore(change_set: UUID, table: str, *, now: datetime) -> None:
    meta = model_of(table)._meta  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_FIELDS, [change_set, table])
        fields = [field for (field,) in cursor.fetchall()]
        if not fields:
            return
        pairs = [
            f"{_q(name)} = CASE WHEN w.was ? {_literal(name)} THEN r.{_q(name)} ELSE t.{_q(name)} END"
            for name in fields
        ]
        pairs += [f"{_q(f.column)} = %(now)s" for f in meta.concrete_fields if getattr(f, "auto_now", False)]
        cursor.execute(
            f"WITH w AS ({_WAS}) UPDATE {_q(table)} t SET {', '.join(pairs)} "  # noqa: S608
            f"FROM w CROSS JOIN LATERAL jsonb_populate_record(NULL::{_q(table)}, w.was) r WHERE t.id = w.row_id",
            {"set": change_set, "table": table, "now": now},
        )


def _unmake(change_set: UUID, table: str) -> None:
    made = made_by(change_set, table)
    if not made.exists():
        return
    for relation in relations(model_of(table)):
        other = relation.related_model
        rows = other._base_manager.filter(**{f"{relation.field.attname}__in": made})  # noqa: SLF001
        if other in DERIVED:
            rows.delete()
        elif relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.attname: None})
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {_q(table)} WHERE id IN (SELECT row_id FROM accounts_change "  # noqa: S608
            "WHERE change_set_id = %s AND \"table\" = %s AND op = 'I')",
            [change_set, table],
        )


_RETURN = """
WITH w AS ({was}) INSERT INTO {table}
SELECT (jsonb_populate_record(NULL::{table}, c.before || COALESCE(w.was, '{{}}'))).*
FROM accounts_change c LEFT JOIN w USING (row_id)
WHERE c.change_set_id = %(set)s AND c."table" = %(table)s AND c.op = 'D' AND NOT EXISTS (
    SELECT FROM accounts_change i
    WHERE i.change_set_id = %(set)s AND i."table" = %(table)s AND i.row_id = c.row_id AND i.op = 'I')
"""


def _return(change_set: UUID, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RETURN.format(was=_WAS, table=_q(table)), {"set": change_set, "table": table})


_SETTLE = """
UPDATE accounts_listmembership m SET valid_to = n.ends FROM (
    SELECT id, lead(valid_from) OVER (PARTITION BY account_id ORDER BY valid_from) AS ends
    FROM accounts_listmembership WHERE account_id IN (
        SELECT account_id FROM accounts_change WHERE change_set_id = %s AND "table" = 'accounts_listmembership')) n
WHERE m.id = n.id AND m.valid_to IS DISTINCT FROM n.ends
"""


def _settle_list(change_set: UUID) -> None:
    """What stood before an imported list change reaches to its successor again."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [change_set])


def _q(name: str | None) -> str:
    return connection.ops.quote_name(name or "")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
