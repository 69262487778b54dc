"""Committees over the whole list: how many people each account has, who is engaged, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from abmops.lib import engagement
from accounts.domain.committee import TARGET, WANTED_ROLES
from accounts.models import Account
from accounts.selectors.account_list import ROLE_NAMES
from accounts.selectors.committee import ENGAGED_FOR
from accounts.selectors.statement import statement
from accounts.selectors.worth import PIPELINE, base_of, rates, worth_sql


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked for."""

    q: str = ""
    tiers: tuple[int, ...] = ()
    owner: str = ""
    role: str = ""
    only: str = ""
    sort: str = "-worth"


@dataclass(frozen=True, slots=True)
class Line:
    """One account of the list, as far as its committee goes."""

    account_id: int
    known: int
    engaged: int
    missing: tuple[str, ...]
    worth: float
    pipeline: float | None
    account: Account = field(compare=False)

    @property
    def missing_names(self) -> tuple[str, ...]:
        """The missing parts, in words."""
        return tuple(ROLE_NAMES[role] for role in self.missing)

    @property
    def short(self) -> int:
        """How many people it is short of the least of the target."""
        return max(0, TARGET[0] - self.known)


@dataclass(frozen=True, slots=True)
class Totals:
    """Over everything that was asked for."""

    accounts: int = 0
    few: int = 0
    none_engaged: int = 0
    by_role: tuple[tuple[str, str, int], ...] = ()


SORTS = {
    "worth": "worth",
    "name": "upper(name)",
    "tier": "tier",
    "known": "known",
    "engaged": "engaged",
    "missing": "cardinality(missing)",
    "pipeline": "pipeline",
}
ONLY = {"few": "known < 3", "none": "engaged = 0", "gaps": "missing <> '{}'"}


def accounts_of(wanted: Wanted, *, user: Any) -> QuerySet[Account]:
    """The list's accounts that were asked for, before committees are looked at."""
    rows = Account.objects.visible_to(user).on_list()
    if wanted.tiers:
        rows = rows.on_tier(*wanted.tiers)
    if wanted.owner == "none":
        rows = rows.filter(owner__isnull=True)
    elif wanted.owner.isdecimal():
        rows = rows.filter(owner=int(wanted.owner))
    if wanted.q:
        rows = rows.filter(Q(name__icontains=wanted.q) | Q(domain__icontains=wanted.q))
    return rows


def _query(wanted: Wanted, *, user: Any, now: datetime) -> tuple[str, list[Any]]:
    base, base_params = base_of(accounts_of(wanted, user=user))
    since = now - ENGAGED_FOR
    of_base = "account_id IN (SELECT id FROM base)"
    parts = [
        f"SELECT contact_id FROM accounts_touch WHERE occurred_at >= %s AND occurred_at < %s AND {of_base}"  # noqa: S608
    ]
    params: list[Any] = [since, now]
    for rows in engagement.sources(since, now):
        sql, more = statement(rows.order_by().values_list("account_id", "contact_id"))
        parts.append(f"SELECT h.contact_id FROM ({sql}) h(account_id, contact_id) WHERE h.{of_base}")  # noqa: S608
        params.extend(more)
    roles = ", ".join("CASE WHEN NOT COALESCE(%s = ANY(c.roles), false) THEN %s END" for _ in WANTED_ROLES)
    sql = f"""
WITH base(id, name, tier, owner_id, score) AS MATERIALIZED ({base}),
active AS ({" UNION ".join(parts)}),
people AS (
    SELECT k.account_id, count(*) AS known, count(a.contact_id) AS engaged,
           array_agg(DISTINCT k.role::text) AS roles
    FROM accounts_contact k LEFT JOIN active a ON a.contact_id = k.id
    WHERE k.erased_at IS NULL AND k.account_id IN (SELECT id FROM base) GROUP BY 1),
pipeline AS ({PIPELINE}),
lines AS (
    SELECT b.id, b.name, b.tier, COALESCE(c.known, 0) AS known, COALESCE(c.engaged, 0) AS engaged,
           array_remove(ARRAY[{roles}]::text[], NULL) AS missing, {worth_sql()} AS worth, p.amount AS pipeline
    FROM base b LEFT JOIN people c ON c.account_id = b.id LEFT JOIN pipeline p ON p.account_id = b.id),
shown AS (SELECT * FROM lines WHERE true{_where(wanted)})
"""  # noqa: S608  (every part is ours; what the reader said goes in as parameters)
    every = [
        *base_params,
        *params,
        *rates(),
        *(role for wanted_role in WANTED_ROLES for role in (wanted_role,) * 2),
    ]
    if wanted.role in WANTED_ROLES:
        every.append(wanted.role)
    return sql, every


def _where(wanted: Wanted) -> str:
    role = " AND %s = ANY(missing)" if wanted.role in WANTED_ROLES else ""
    only = f" AND {ONLY[wanted.only]}" if wanted.only in ONLY else ""
    return role + only


def totals(wanted: Wanted, *, user: Any, now: datetime) -> Totals:
    """The counts of everything asked for, in one query."""
    sql, params = _query(wanted, user=user, now=now)
    counts = ", ".join("count(*) FILTER (WHERE %s = ANY(missing))" for _ in WANTED_ROLES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT count(*), count(*) FILTER (WHERE known < 3), count(*) FILTER (WHERE engaged = 0), "  # noqa: S608
            f"{counts} FROM shown",
            [*params, *WANTED_ROLES],
        )
        row = cursor.fetchone()
    by_role = tuple((role, ROLE_NAMES[role], row[3 + index]) for index, role in enumerate(WANTED_ROLES))
    return Totals(row[0], row[1], row[2], by_role)


def lines(
    wanted: Wanted, *, user: Any, now: datetime, start: int = 0, limit: int | None = None
) -> list[Line]:
    """A stretch of the list in the order asked for: two queries, however many rows."""
    sql, params = _query(wanted, user=user, now=now)
    name = wanted.sort.removeprefix("-")
    way = "DESC" if wanted.sort.startswith("-") else "ASC"
    order = f"{SORTS.get(name, 'worth')} {way} NULLS LAST, upper(name), id"
    cut = "OFFSET %s" + (" LIMIT %s" if limit is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT id, known, engaged, missing, worth, pipeline FROM shown ORDER BY {order} {cut}",  # noqa: S608
            [*params, start, *([limit] if limit is not None else [])],
        )
        rows = cursor.fetchall()
    accounts = _accounts(row[0] for row in rows)
    return [
        Line(pk, known, engaged, tuple(missing), worth, pipeline, accounts[pk])
        for pk, known, engaged, missing, worth, pipeline in rows
        if pk in accounts
    ]


def _accounts(ids: Iterable[int]) -> dict[int, Account]:
    return {row.pk: row for row in Account.objects.filter(pk__in=list(ids)).select_related("owner")}
