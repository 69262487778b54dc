"""What a slice changed, from A to B, read from the change log that the database has just written."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import Account, Contact, Territory, User
from accounts.services.importing.kinds import Kind

# field -> [before, after]
Changed = dict[str, list[Any]]

# Columns that hold another row, and the column of that row which people know it by.
_NAMED: dict[str, tuple[Any, str]] = {
    "owner_id": (User, "email"),
    "person_id": (User, "email"),
    "account_id": (Account, "name"),
    "parent_id": (Account, "name"),
    "contact_id": (Contact, "email"),
    "reports_to_id": (Contact, "email"),
    "territory_id": (Territory, "name"),
}
_LEFT_OUT = frozenset({"by_id", "name_key", "do_not_contact_at", "warning"})


def newest_change() -> int:
    """A mark behind which the changes of what comes next lie."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM accounts_change_id_seq")
        return int(cursor.fetchone()[0])


def changes_of(kind: Kind, change_set: UUID, after: int, rows: Collection[int]) -> dict[int, Changed]:
    """The changes of these rows and their parts, by row; other rows are named instead of numbered."""
    found: dict[int, Changed] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [after, str(change_set)])
        for table, row_id, before, after_, op in cursor.fetchall():
            was, is_now = _loaded(before), _loaded(after_)
            if table == kind.table and op == "U" and row_id in rows:
                changed = found.setdefault(row_id, {})
                changed.update(
                    (name, [was.get(name), value]) for name, value in is_now.items() if name not in _LEFT_OUT
                )
            elif op == "I" and (owner := is_now.get(kind.parts.get(table, ""))) in rows:
                name, value = _part(table, is_now)
                found.setdefault(int(owner or 0), {}).setdefault(name, [None, []])[1].append(value)
    _name(found)
    return found


def _loaded(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return json.loads(value) if isinstance(value, str) else dict(value)


def _part(table: str, row: dict[str, Any]) -> tuple[str, Any]:
    """What a part adds, as the record calls it."""
    match table:
        case "accounts_accountdomain":
            return "domains", row["domain"]
        case "accounts_contactoptout":
            return "opt_outs", row["channel"]
        case "accounts_opportunitystage":
            return f"stages.{row['stage']}", row["at"]
        case _:
            return f"external_ids.{row['system']}", row["value"]


def _name(found: dict[int, Changed]) -> None:
    for column, (model, name) in _NAMED.items():
        pairs = [changed[column] for changed in found.values() if column in changed]
        ids = {value for pair in pairs for value in pair if value is not None}
        if not ids:
            continue
        names = dict(model.objects.filter(pk__in=ids).values_list("pk", name))
        for changed in found.values():
            if column in changed:
                changed[column.removesuffix("_id")] = [names.get(value) for value in changed.pop(column)]


_CHANGES = """
SELECT "table", row_id, before, after, op FROM accounts_change
WHERE id > %s AND change_set_id = %s::uuid AND op IN ('U', 'I') ORDER BY id
"""
