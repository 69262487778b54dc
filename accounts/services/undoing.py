"""Taking a set of changes back, whole, while nothing newer stands on it: an import, a bulk action."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.models import (
    Account,
    AccountEvent,
    AccountFigures,
    Change,
    ChangeSet,
    DuplicatePair,
    IcpModel,
    ListMembership,
    Merge,
    TierProposal,
    User,
    Via,
)
from accounts.services.account.fit import refresh_fit
from accounts.services.account.naming import fill_name_keys
from accounts.services.changes import acting
from accounts.services.locking import take_turn
from accounts.services.membership import Place, place_many
from accounts.services.reacting import evaluate_later

_NOUNS = ("account", "contact", "opportunity", "touch", "list")
_LIST = ListMembership._meta.db_table  # noqa: SLF001
_ACCOUNT = Account._meta.db_table  # noqa: SLF001
# What the program itself derives from a row: it goes with the row and holds nothing back.
_DERIVED: list[type[models.Model]] = [AccountEvent, AccountFigures, DuplicatePair, TierProposal]


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


def derives(model: type[models.Model]) -> None:
    """Say that rows of a model are only worked out from their account; called from an upper app's `ready()`."""
    _DERIVED.append(model)


def plan(*, change_set: UUID) -> UndoPlan:
    """What undoing the set would do. A row is blocked where a newer change touched what the set changed, where it is
    gone, or where newer rows hang on a row that the set made. A few queries a table, however many rows."""
    tables = _tables(change_set)
    blocked: list[Blocked] = [*_merges(change_set), *_profiles(change_set)]
    for table in tables:
        if _goes_by_history(change_set, table):
            blocked += _moved_on(change_set)
        else:
            blocked += _newer(change_set, table)
            blocked += _hanging(change_set, table, tables)
    rows = (
        Change.objects.filter(change_set=change_set).order_by().values("table", "row_id").distinct().count()
    )
    return UndoPlan(rows, tuple(blocked))


@transaction.atomic
def undo(*, change_set: UUID, by: User | None, now: datetime) -> UUID:
    """Put every row of the set back as it was, all or nothing; gives the id of the set that undoes it.

    List changes that were not imported are taken back by new changes, so that the list's history loses nothing; an
    imported history is taken out as it came. Fits and scores of the accounts are worked out anew.
    """
    for noun in _NOUNS:
        take_turn(noun)
    done = ChangeSet.objects.select_for_update().filter(pk=change_set).first()
    if done is None:
        raise NotKnown("Nothing was changed there, so there is nothing to take back.")
    if ChangeSet.objects.filter(undoes=done).exists():
        raise Conflict("This was taken back already.")
    found = plan(change_set=change_set)
    if found.blocked:
        first = found.blocked[0]
        more = f" And {len(found.blocked) - 1} more." if len(found.blocked) > 1 else ""
        raise Refused(f"This can't be taken back: {first.why}{more}", code="newer_changes")
    touched = Change.objects.filter(change_set=change_set).order_by().values("account_id")
    with acting(by=by, via=Via.PAGE, what=f"Undo of: {done}"[:200], undoes=change_set) as set_id:
        try:
            _put_back(change_set, by=by, now=now)
        except IntegrityError as error:
            raise Refused(f"This can't be taken back: {error}".split("\n", 1)[0]) from error
        fill_name_keys()
        left = set(Account.objects.filter(id__in=touched).values_list("id", flat=True))
        refresh_fit(now=now, accounts=left)
        evaluate_later(left)
    return set_id


def _tables(change_set: UUID) -> list[str]:
    named = Change.objects.filter(change_set=change_set).order_by("table")
    return list(named.values_list("table", flat=True).distinct())


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


def _model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)  # noqa: SLF001


def _goes_by_history(change_set: UUID, table: str) -> bool:
    return table == _LIST and ChangeSet.objects.get(pk=change_set).via != Via.IMPORT


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
    name = str(_model_of(table)._meta.verbose_name)  # noqa: SLF001
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
            _LIST,
            row.pk,
            row.account_id,
            f"{row.account.name} was moved again on {row.valid_to:%Y-%m-%d %H:%M} UTC.",
        )
        for row in ListMembership.objects.filter(
            pk__in=_made(change_set, _LIST), valid_to__isnull=False
        ).select_related("account")
    ]


def _hanging(change_set: UUID, table: str, tables: Container[str]) -> list[Blocked]:
    """Rows that the set made and that newer rows now belong to."""
    model = _model_of(table)
    made = _made(change_set, table)
    if not made.exists():
        return []
    blocked = []
    name = str(model._meta.verbose_name)  # noqa: SLF001
    for relation in _relations(model):
        other = relation.related_model
        if other in _DERIVED or relation.on_delete is models.SET_NULL:
            continue
        column = relation.field.attname
        hanging = other._base_manager.filter(**{f"{column}__in": made})  # noqa: SLF001
        if (ours := other._meta.db_table) in tables:  # noqa: SLF001
            hanging = hanging.exclude(pk__in=_made(change_set, ours))
        found = hanging.values_list(column).annotate(n=models.Count("pk")).order_by(column)
        what = str(other._meta.verbose_name_plural)  # noqa: SLF001
        blocked += [
            Blocked(
                table, row_id, row_id if table == _ACCOUNT else None, f"{name} {row_id} has {n} {what} since."
            )
            for row_id, n in found
        ]
    return blocked


def _relations(model: type[models.Model]) -> Iterable[Any]:
    return [
        relation
        for relation in model._meta.related_objects  # noqa: SLF001
        if not relation.many_to_many and relation.related_model is not None
    ]


def _made(change_set: UUID, table: str) -> models.QuerySet[Change, Any]:
    """The ids of the rows that the set made, to be put into a query."""
    return Change.objects.filter(change_set=change_set, table=table, op="I").order_by().values("row_id")


def _put_back(change_set: UUID, *, by: User | None, now: datetime) -> None:
    """Changed rows first, so that none hangs on a row about to go; then made rows go; then removed ones return.

    Foreign keys are checked at the end of the transaction, unique ones at once.
    """
    tables = _tables(change_set)
    if _LIST in tables and _goes_by_history(change_set, _LIST):
        tables.remove(_LIST)
        _take_back(_made(change_set, _LIST), by=by, now=now)
    for table in tables:
        _restore(change_set, table, now=now)
    for table in tables:
        _unmake(change_set, table)
    for table in tables:
        _return(change_set, table)
    if _LIST in tables:
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
    meta = _model_of(table)._meta  # noqa: SLF001
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
    made = _made(change_set, table)
    if not made.exists():
        return
    for relation in _relations(_model_of(table)):
        other = relation.related_model
        rows = other._base_manager.filter(**{f"{relation.field.attname}__in": made})  # noqa: SLF001
        if other in _DERIVED:
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
