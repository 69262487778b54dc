"""What stands in the way of taking a set of changes back."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models

from accounts.models import Change, IcpModel, ListMembership, Merge
from accounts.services.undoing.rows import (
    ACCOUNTS,
    DERIVED,
    LIST,
    goes_by_history,
    made_by,
    model_of,
    relations,
    tables_of,
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A row that something newer stands on. `why` is a sentence."""

    table: str
    row_id: int
    account_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What would be taken back: how many rows, and those that can't be."""

    rows: int
    blocked: tuple[Blocked, ...]


def plan(*, change_set: UUID) -> UndoPlan:
    """What undoing the set would do. A row is blocked where a newer change touched what the set changed, where it is
    gone, or where newer rows hang on a row that the set made. A few queries a table, however many rows."""
    tables = tables_of(change_set)
    blocked: list[Blocked] = [*_merges(change_set), *_profiles(change_set)]
    for table in tables:
        if goes_by_history(change_set, table):
            blocked += _moved_on(change_set)
        else:
            blocked += _newer(change_set, table)
            blocked += _hanging(change_set, table, tables)
    rows = (
        Change.objects.filter(change_set=change_set).order_by().values("table", "row_id").distinct().count()
    )
    return UndoPlan(rows, tuple(blocked))


def _merges(change_set: UUID) -> Iterable[Blocked]:
    """A merge moved rows of every app, of which this log knows only some: it has an undo of its own."""
    merges = Change.objects.filter(change_set=change_set, table=Merge._meta.db_table)  # noqa: SLF001
    for row_id, account_id in merges.values_list("row_id", "account_id"):
        why = "This is a merge of accounts. Take it apart under Duplicates, Merges, where everything of it comes back."
        yield Blocked(Merge._meta.db_table, row_id, account_id, why)  # noqa: SLF001


def _profiles(change_set: UUID) -> Iterable[Blocked]:
    """A profile that came into force moved every fit; a version is gone back to, not taken out of the history."""
    table = IcpModel._meta.db_table  # noqa: SLF001
    made = Change.objects.filter(change_set=change_set, table=table, op=Change.Op.MADE)
    for row_id in made.values_list("row_id", flat=True):
        why = "This brought a customer profile into force. Go back to a version under Customer profile, Versions."
        yield Blocked(table, row_id, None, why)


_NEWER = """
WITH ours AS (
    SELECT row_id, max(id) AS last, bool_or(op = 'I') AS made, bool_or(op = 'D') AS removed,
           max(account_id) AS account_id
    FROM accounts_change WHERE change_set_id = %(set)s AND "table" = %(table)s GROUP BY row_id),
fields AS (
    SELECT DISTINCT c.row_id, f.field FROM accounts_change c, jsonb_object_keys(c.after) f(field)
    WHERE c.change_set_id = %(set)s AND c."table" = %(table)s AND c.op = 'U')
SELECT DISTINCT ON (o.row_id) o.row_id, o.account_id, n.op, s.at, COALESCE(u.name, '')
FROM ours o
JOIN accounts_change n ON n."table" = %(table)s AND n.row_id = o.row_id AND n.id > o.last
JOIN accounts_changeset s ON s.id = n.change_set_id
LEFT JOIN accounts_user u ON u.id = s.by_id
WHERE NOT o.removed AND (o.made OR n.op = 'D' OR EXISTS (
    SELECT FROM fields f WHERE f.row_id = o.row_id AND n.after ? f.field))
ORDER BY o.row_id, n.id
"""


def _newer(change_set: UUID, table: str) -> list[Blocked]:
    """Rows whose fields somebody has changed since."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWER, {"set": change_set, "table": table})
        rows = cursor.fetchall()
    name = str(model_of(table)._meta.verbose_name)  # noqa: SLF001
    return [
        Blocked(
            table,
            row_id,
            account_id,
            f"{name} {row_id} was {'removed' if op == 'D' else 'changed'} again on {at:%Y-%m-%d %H:%M} UTC"
            + (f" by {who}." if who else "."),
        )
        for row_id, account_id, op, at, who in rows
    ]


def _moved_on(change_set: UUID) -> list[Blocked]:
    """Accounts whose place on the list was changed again."""
    return [
        Blocked(
            LIST,
            row.pk,
            row.account_id,
            f"{row.account.name} was moved again on {row.valid_to:%Y-%m-%d %H:%M} UTC.",
        )
        for row in ListMembership.objects.filter(
            pk__in=made_by(change_set, LIST), valid_to__isnull=False
        ).select_related("account")
    ]


def _hanging(change_set: UUID, table: str, tables: Container[str]) -> list[Blocked]:
    """Rows that the set made and that newer rows now belong to."""
    model = model_of(table)
    made = made_by(change_set, table)
    if not made.exists():
        return []
    blocked = []
    name = str(model._meta.verbose_name)  # noqa: SLF001
    for relation in relations(model):
        other = relation.related_model
        if other in DERIVED or relation.on_delete is models.SET_NULL:
            continue
        column = relation.field.attname
        hanging = other._base_manager.filter(**{f"{column}__in": made})  # noqa: SLF001
        if (ours := other._meta.db_table) in tables:  # noqa: SLF001
            hanging = hanging.exclude(pk__in=made_by(change_set, ours))
        found = hanging.values_list(column).annotate(n=models.Count("pk")).order_by(column)
        what = str(other._meta.verbose_name_plural)  # noqa: SLF001
        blocked += [
            Blocked(
                table, row_id, row_id if table == ACCOUNTS else None, f"{name} {row_id} has {n} {what} since."
            )
            for row_id, n in found
        ]
    return blocked
