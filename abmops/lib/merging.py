"""Two accounts made one: each app says which of its rows go along, and how they come back.

An app registers its parts in `ready()`. A part counts what would move, says in words what cannot simply move, moves it
and gives back a manifest (JSON) with which `undo` puts everything where it was. Parts run in the order of registration,
taking apart in the reverse order, all in one transaction that holds both accounts' rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

# What a part keeps for the way back; anything that JSON can hold.
Manifest = Any


class NotExact(Exception):
    """A merge cannot be taken apart exactly; the message is a sentence that says what is in the way."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The account that stays and the one that becomes part of it."""

    winner: int
    loser: int
    winner_name: str
    loser_name: str
    at: datetime


class Part:
    """One kind of row that belongs to accounts. `one` and `many` name it in sentences."""

    name: str
    one: str
    many: str

    def count(self, loser: int) -> int:
        """How many rows would come over."""
        raise NotImplementedError

    def conflicts(self, pair: Pair) -> list[str]:
        """What cannot simply come over and what becomes of it, in sentences."""
        return []

    def lock(self, pair: Pair) -> None:
        """Take, in id order, the locks that this part's other writers take."""

    def move(self, pair: Pair) -> Manifest:
        """Bring the loser's rows to the winner."""
        raise NotImplementedError

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        """Give them back; raises `NotExact` where that cannot be done exactly."""
        raise NotImplementedError

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        """Work out anew, for the accounts that exist now, what is only computed from rows."""


_parts: dict[str, Part] = {}


def register(*parts: Part) -> None:
    """Add parts; called from an app's `ready()`."""
    for part in parts:
        _parts[part.name] = part


def parts() -> tuple[Part, ...]:
    """Every part, in the order of registration."""
    return tuple(_parts.values())


def tables() -> set[tuple[str, str]]:
    """Every (table, column) that some part takes care of."""
    return {held for part in parts() for held in getattr(part, "holds", ())}


@dataclass(frozen=True, slots=True)
class Collision:
    """Rows of the loser that may not stand beside the winner's as they are.

    `where` is SQL over the row `t` with %(winner)s and %(loser)s. With `becomes` (column -> value) they are changed so
    that they may; without, they are taken out and kept whole for the way back. `says` is the sentence, with {count}.
    """

    where: str
    says: str
    becomes: Mapping[str, Any] | None = None


@dataclass
class Rows(Part):
    """A table whose rows point to their account."""

    name: str
    table: str
    one: str
    many: str
    column: str = "account_id"
    pk: str = "id"
    pk_type: str = "bigint"
    collisions: tuple[Collision, ...] = ()
    # Whether a row that is no longer there stands in the way of taking apart.
    exact: bool = True
    # SQL over the row `t`: which rows of the table are meant.
    only: str = "TRUE"
    holds: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.holds = ((self.table, self.column),)

    def count(self, loser: int) -> int:
        sql = f"SELECT count(*) FROM {self.table} t WHERE t.{self.column} = %s AND {self.only}"  # noqa: S608
        return int(_one(sql, [loser]))

    def conflicts(self, pair: Pair) -> list[str]:
        said = []
        for collision in self.collisions:
            count = len(self._colliding(collision, pair))
            if count:
                said.append(
                    collision.says.format(count=count, winner=pair.winner_name, loser=pair.loser_name)
                )
        return said

    def move(self, pair: Pair) -> Manifest:
        changed: list[dict[str, Any]] = []
        out: list[dict[str, Any]] = []
        for collision in self.collisions:
            rows = self._colliding(collision, pair)
            if collision.becomes is None:
                take_out(self.table, self.pk, self.pk_type, [row[self.pk] for row in rows])
                out += rows
            else:
                changed += rewrite(self.table, self.pk, rows, self._becomes(collision.becomes, pair))
        moved = _column(
            f"UPDATE {self.table} t SET {self.column} = %s "  # noqa: S608
            f"WHERE t.{self.column} = %s AND {self.only} RETURNING t.{self.pk}",
            [pair.winner, pair.loser],
        )
        return {"moved": [_plain(pk) for pk in moved], "changed": changed, "out": out}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        back = _column(
            f"UPDATE {self.table} SET {self.column} = %s "  # noqa: S608
            f"WHERE {self.pk} = ANY(%s::{self.pk_type}[]) AND {self.column} = %s RETURNING {self.pk}",
            [pair.loser, manifest["moved"], pair.winner],
        )
        lost = len(manifest["moved"]) - len(back)
        if lost and self.exact:
            words = f"1 {self.one} that came" if lost == 1 else f"{lost} {self.many} that came"
            raise NotExact(
                f"{words} from {pair.loser_name} to {pair.winner_name} since went elsewhere or is gone."
            )
        rewrite_back(self.table, self.pk, manifest["changed"], what=self.one, exact=self.exact)
        put_back(self.table, manifest["out"])

    def _colliding(self, collision: Collision, pair: Pair) -> list[dict[str, Any]]:
        sql = (
            f"SELECT to_jsonb(t) FROM {self.table} t "  # noqa: S608
            f"WHERE t.{self.column} = %(loser)s AND {self.only} AND ({collision.where}) ORDER BY t.{self.pk}"
        )
        return [_read(row) for row in _column(sql, {"winner": pair.winner, "loser": pair.loser})]

    def _becomes(self, values: Mapping[str, Any], pair: Pair) -> dict[str, Any]:
        said = {"winner": pair.winner_name, "loser": pair.loser_name}
        return {
            column: pair.at if value is NOW else value.format(**said) if isinstance(value, str) else value
            for column, value in values.items()
        }


# In `Collision.becomes`: the moment of the merge.
NOW = object()


def read_rows(table: str, where: str, params: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows whole, as JSON."""
    return [_read(row) for row in _column(f"SELECT to_jsonb(t) FROM {table} t WHERE {where}", params)]  # noqa: S608


def take_out(table: str, pk: str, pk_type: str, ids: Sequence[Any]) -> None:
    """Delete rows that are kept whole elsewhere."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {pk} = ANY(%s::{pk_type}[])", [list(ids)])  # noqa: S608


def put_back(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows as they were, ids included."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",  # noqa: S608
                [json.dumps(list(rows), default=str)],
            )


def rewrite(
    table: str, pk: str, rows: Iterable[Mapping[str, Any]], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Give rows other values; returns what they were and are now, by column."""
    told = []
    for row in rows:
        sets = ", ".join(f"{column} = %s" for column in values)
        after = _one(
            f"UPDATE {table} t SET {sets} WHERE {pk} = %s RETURNING to_jsonb(t)",  # noqa: S608
            [*values.values(), row[pk]],
        )
        new = _read(after)
        told.append(
            {
                "pk": row[pk],
                "before": {column: row[column] for column in values},
                "after": {column: new[column] for column in values},
            }
        )
    return told


def rewrite_back(
    table: str, pk: str, told: Iterable[Mapping[str, Any]], *, what: str, exact: bool = True
) -> None:
    """Give rows the values that they had; not exact where somebody has changed them since."""
    for change in told:
        rows = read_rows(table, f"t.{pk} = %s", [change["pk"]])
        now = {column: rows[0][column] for column in change["before"]} if rows else None
        if now != change["after"]:
            if exact:
                raise NotExact(f"A {what} was changed after the merge had changed it.")
            continue
        columns = list(change["before"])
        sets = ", ".join(f"{column} = r.{column}" for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} t SET {sets} FROM jsonb_populate_record(NULL::{table}, %s::jsonb) r "  # noqa: S608
                f"WHERE t.{pk} = %s",
                [json.dumps(change["before"]), change["pk"]],
            )


def _column(sql: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def _one(sql: str, params: Any) -> Any:
    return _column(sql, params)[0]


def _read(value: Any) -> dict[str, Any]:
    """A row of `to_jsonb`, which the driver hands over as text or read already."""
    row: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return row


def _plain(pk: Any) -> Any:
    return pk if isinstance(pk, int) else str(pk)
