"""The one change log: acts newest first, each with what it changed; narrowed, searched, and opened to its rows.

Pages go by keys (moment and id), never by numbers: page one and page ten thousand cost the same. Where rows have to be
looked into, a page looks through a bounded number of acts and says where to go on. Measured with 210,000 acts of
2,440,000 rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account, Change, ChangeSet, OpportunityAmount, OpportunityStage, Touch, User
from accounts.selectors.change_words import Told, noun_of, tell

ACTS_A_PAGE = 25
ROWS_A_PAGE = 100
# How many rows of an act are counted, and how many told, on the page of acts.
COUNTED = 1_000
TOLD = 3
# How many acts one page looks through for rows of a kind or a field.
LOOKED_THROUGH = 10_000
_HTTP = re.compile(r"(POST|PUT|PATCH|DELETE) /")
# Touches stand on the timeline, a deal's stages and amounts in what is told of the deal.
_TOLD_ELSEWHERE = [model._meta.db_table for model in (Touch, OpportunityStage, OpportunityAmount)]  # noqa: SLF001
_OPS = {"I": "added", "U": "changed", "D": "removed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """How the log is narrowed; what is empty does not narrow."""

    person: int | None = None
    via: str = ""
    table: str = ""
    field: str = ""
    account: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""

    @property
    def looks_into_rows(self) -> bool:
        """Whether rows of many acts have to be looked into; those of one account are found by themselves."""
        return self.account is None and bool(self.table or self.field)

    @property
    def by_row(self) -> Q:
        """The condition on single rows; empty where there is none."""
        rows = Q()
        if self.table:
            rows &= Q(table=self.table)
        if self.account is not None:
            rows &= Q(account_id=self.account)
        if self.field:
            rows &= Q(after__has_key=self.field) | Q(before__has_key=self.field)
        return rows


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page ended."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Act:
    """One act as drawn. `is_more` where it has more rows than were counted."""

    row: ChangeSet
    title: str
    summary: str
    told: list[Told]
    count: int
    is_more: bool
    undone_by: ChangeSet | None

    @property
    def untold(self) -> int:
        """How many rows are not on the page."""
        return self.count - len(self.told)


@dataclass(frozen=True, slots=True)
class Acts:
    """A page; `older` continues it, None at its end. `looked` where not all acts were looked through."""

    acts: list[Act]
    older: Key | None
    looked: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of rows ended."""

    table: str
    id: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of one act's rows, kind by kind as they were written; `after` continues it."""

    told: list[Told]
    after: Place | None


@dataclass(slots=True)
class _Size:
    kinds: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


def acts(asked: Asked, *, user: User, before: Key | None, now: datetime, zone: tzinfo) -> Acts:
    """One page of acts: a fixed number of queries, however many rows an act has."""
    found = _sets(asked, user)
    if before is not None:
        found = found.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.id))
    looked: Key | None = None
    if asked.looks_into_rows:
        last = found.values_list("at", "pk")[LOOKED_THROUGH - 1 : LOOKED_THROUGH].first()
        looked = Key(*last) if last else None
        if looked is not None:
            found = found.filter(Q(at__gt=looked.at) | Q(at=looked.at, pk__gte=looked.id))
        found = found.filter(Exists(Change.objects.filter(asked.by_row, change_set=OuterRef("pk"))))
    page = list(found.select_related("by", "undoes")[: ACTS_A_PAGE + 1])
    rows, is_more = page[:ACTS_A_PAGE], len(page) > ACTS_A_PAGE
    older = Key(rows[-1].at, rows[-1].pk) if is_more else looked
    return Acts(_drawn(rows, asked, now, zone), older, 0 if is_more or looked is None else LOOKED_THROUGH)


def act(pk: UUID, *, user: User, now: datetime, zone: tzinfo) -> Act | None:
    """One act; None where there is none that the reader may see."""
    rows = list(_sets(Asked(), user).filter(pk=pk).select_related("by", "undoes"))
    return _drawn(rows, Asked(), now, zone)[0] if rows else None


def rows_of(pk: UUID, *, after: Place | None, now: datetime, zone: tzinfo) -> Rows:
    """The next rows of an act."""
    found = Change.objects.filter(change_set=pk).order_by("table", "pk")
    if after is not None:
        found = found.filter(Q(table__gt=after.table) | Q(table=after.table, pk__gt=after.id))
    page = list(found[: ROWS_A_PAGE + 1])
    rows, is_more = page[:ROWS_A_PAGE], len(page) > ROWS_A_PAGE
    return Rows(tell(rows, now=now, zone=zone), Place(rows[-1].table, rows[-1].pk) if is_more else None)


def of_account(account_id: int, *, user: User, limit: int, now: datetime, zone: tzinfo) -> list[Told]:
    """The newest changes of one account, each with its act. Touches stand on its timeline already."""
    found = Change.objects.visible_to(user).filter(account_id=account_id).exclude(table__in=_TOLD_ELSEWHERE)
    rows = found.select_related("change_set__by").order_by("-pk")[:limit]
    return tell(rows, now=now, zone=zone)


def every_row(asked: Asked, *, user: User, now: datetime, zone: tzinfo) -> Iterator[Told]:
    """All rows that are asked for, newest first, a slice at a time."""
    found = Change.objects.visible_to(user).select_related("change_set__by").order_by("-pk")
    found = found.filter(asked.by_row)
    if replace(asked, table="", field="", account=None) != Asked():
        found = found.filter(change_set__in=_narrowed(asked).values("pk"))
    last = None
    while part := list((found if last is None else found.filter(pk__lt=last))[:1_000]):
        yield from tell(part, now=now, zone=zone)
        last = part[-1].pk


def kinds() -> list[tuple[str, str]]:
    """The kinds of rows that the log knows, by name: one step of the index a kind, not a scan."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS)
        return sorted(((table, noun_of(table)) for (table,) in cursor.fetchall()), key=lambda pair: pair[1])


_KINDS = """
WITH RECURSIVE kinds AS (
    (SELECT "table" FROM accounts_change ORDER BY "table" LIMIT 1)
    UNION ALL
    SELECT (SELECT c."table" FROM accounts_change c WHERE c."table" > k."table" ORDER BY c."table" LIMIT 1)
    FROM kinds k WHERE k."table" IS NOT NULL)
SELECT "table" FROM kinds WHERE "table" IS NOT NULL
"""


def _sets(asked: Asked, user: User) -> QuerySet[ChangeSet]:
    found = _narrowed(asked)
    if not Change.objects.visible_to(user).query.is_empty():
        return found.order_by("-at", "-pk")
    return found.none()


def _narrowed(asked: Asked) -> QuerySet[ChangeSet]:
    found = ChangeSet.objects.order_by()
    if asked.person is not None:
        found = found.filter(by=asked.person)
    if asked.via:
        found = found.filter(via=asked.via)
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.until:
        found = found.filter(at__lt=asked.until)
    if asked.account is not None:
        found = found.filter(pk__in=Change.objects.filter(asked.by_row).order_by().values("change_set_id"))
    if asked.q:
        named = Account.objects.filter(name__icontains=asked.q).order_by().values("pk")
        of_named = Change.objects.filter(account_id__in=named).order_by().values("change_set_id")
        words = Q(what__icontains=asked.q) | Q(reason__icontains=asked.q)
        found = found.filter(words | Q(pk__in=of_named))
    return found


def _drawn(rows: Sequence[ChangeSet], asked: Asked, now: datetime, zone: tzinfo) -> list[Act]:
    ids = [row.pk for row in rows]
    sizes = _sizes(ids)
    told: dict[UUID, list[Told]] = {}
    for one in tell(_first(ids, asked), now=now, zone=zone):
        told.setdefault(one.change.change_set_id, []).append(one)
    undone = {row.undoes_id: row for row in ChangeSet.objects.filter(undoes__in=ids).select_related("by")}
    return [_act(row, sizes.get(row.pk, _Size()), told.get(row.pk, []), undone.get(row.pk)) for row in rows]


def _act(row: ChangeSet, size: _Size, told: list[Told], undone_by: ChangeSet | None) -> Act:
    summary = _summary(size)
    is_route = not row.what or _HTTP.match(row.what)
    title = (told[0].sentence if size.total == 1 and told else summary) if is_route else row.what
    is_more = size.total > COUNTED
    return Act(row, title, summary, told, min(size.total, COUNTED), is_more, undone_by)


def _summary(size: _Size) -> str:
    """`3 contacts added, 1 account changed`."""
    said = []
    for (table, op), count in sorted(size.kinds.items(), key=lambda pair: -pair[1]):
        noun = noun_of(table)
        several = (
            f"{noun[:-1]}ies"
            if noun.endswith("y")
            else f"{noun}es"
            if noun.endswith(("h", "s"))
            else f"{noun}s"
        )
        number = f"over {COUNTED:,}" if count > COUNTED else f"{count:,}"
        said.append(f"{number} {noun if count == 1 else several} {_OPS[op]}")
    text = ", ".join(said[:4]) + (" and others" if len(said) > 4 else "")
    return text[:1].upper() + text[1:] if text else "Nothing that is kept here"


def _sizes(ids: Sequence[UUID]) -> Mapping[UUID, _Size]:
    """How many rows of each kind, counted up to `COUNTED` an act."""
    sizes: dict[UUID, _Size] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [list(ids), COUNTED + 1])
        lines: list[tuple[Any, str, str, int]] = cursor.fetchall()
    for pk, table, op, count in lines:
        sizes.setdefault(pk, _Size()).kinds[table, op] = count
    return sizes


_SIZES = """
SELECT s.id, c."table", c.op, count(*) FROM unnest(%s::uuid[]) s(id) CROSS JOIN LATERAL (
    SELECT "table", op FROM accounts_change WHERE change_set_id = s.id ORDER BY "table", id LIMIT %s) c
GROUP BY s.id, c."table", c.op
"""


def _first(ids: Sequence[UUID], asked: Asked) -> list[Change]:
    """The first rows of each act; of one account where only its changes are asked for."""
    condition = "" if asked.account is None else "AND account_id = %(account)s"
    sql = f"""
        SELECT c.* FROM unnest(%(ids)s::uuid[]) s(id) CROSS JOIN LATERAL (
            SELECT * FROM accounts_change WHERE change_set_id = s.id {condition}
            ORDER BY "table", id LIMIT %(told)s) c
        ORDER BY c."table", c.id
    """  # noqa: S608
    return list(Change.objects.raw(sql, {"ids": list(ids), "told": TOLD, "account": asked.account}))
