"""Holes in the data over many accounts: found, counted and sorted by the database in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.domain.committee import TARGET, WANTED_ROLES
from accounts.domain.gaps import BY_KEY, CATALOGUE, REACHING, STALE_DAYS, Gap, cost_of
from accounts.models import Account, GapAssignment
from accounts.models.figures import bit_of
from accounts.selectors.committee import PIPELINE, base_of, rates, worth_sql
from accounts.selectors.fit import criteria_in_force

# When the hole is there, in SQL: `a` the account, `f` its figures, `c` its people taken together.
_IS_OPEN: Mapping[str, str] = {
    "domain": "a.domain IS NULL",
    "industry": "a.industry = ''",
    "employees": "a.employees IS NULL",
    "annual_revenue": "a.annual_revenue IS NULL",
    "country": "a.country = ''",
    "owner": "a.owner_id IS NULL",
    "territory": "a.territory_id IS NULL",
    "technologies": "a.technologies = '{}'",
    **{f"role:{role}": f"f.roles & {bit_of(role)} = 0" for role in WANTED_ROLES},
    "contacts": f"f.people < {TARGET[0]}",
    "email": "f.people > 0 AND COALESCE(c.with_email, 0) = 0",
    "reachable": "f.people > 0 AND COALESCE(c.reachable, 0) = 0",
    "stale": "a.updated_at < %(stale)s",
    "stale_contacts": "COALESCE(c.stale, 0) > 0",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked for. `view` is list or all; `assignee` a user's id, me is said by the view, none nobody."""

    view: str = "list"
    q: str = ""
    gaps: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    owner: str = ""
    assignee: str = ""
    sort: str = "-worth"


@dataclass(frozen=True, slots=True)
class Hole:
    """One hole of one account: what it is, what it costs, and who was asked to fill it."""

    gap: Gap
    cost: str
    assignment: GapAssignment | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One account with its holes."""

    account: Account
    worth: float
    holes: tuple[Hole, ...] = field(default=())


SORTS = {
    "worth": "worth",
    "name": "upper(name)",
    "tier": "tier",
    "gaps": "cardinality(gaps)",
    "fit": "fit",
    "id": "id",
}


def accounts_of(wanted: Wanted, *, user: Any) -> QuerySet[Account]:
    """The accounts that were asked for, before their holes are looked at."""
    rows = Account.objects.visible_to(user)
    if wanted.view != "all":
        rows = rows.on_list()
    if wanted.tiers:
        rows = rows.on_tier(*wanted.tiers)
    if wanted.owner == "none":
        rows = rows.filter(owner__isnull=True)
    elif wanted.owner.isdecimal():
        rows = rows.filter(owner=int(wanted.owner))
    if wanted.q:
        rows = rows.filter(Q(name__icontains=wanted.q) | Q(domain__icontains=wanted.q))
    return rows


def _query(accounts: QuerySet[Account], wanted: Wanted, now: datetime) -> tuple[str, dict[str, Any]]:
    base, base_params = base_of(accounts)
    cases = ", ".join(f"CASE WHEN {_IS_OPEN[gap.key]} THEN '{gap.key}' END" for gap in CATALOGUE)
    currencies, worths = rates()
    params: dict[str, Any] = {f"b{index}": value for index, value in enumerate(base_params)}
    params |= {
        "stale": now - timedelta(days=STALE_DAYS),
        "reaching": list(REACHING),
        "currencies": currencies,
        "rates": worths,
        "gaps": list(wanted.gaps),
        "assignee": int(wanted.assignee) if wanted.assignee.isdecimal() else None,
    }
    named_base = base % tuple(f"%(b{index})s" for index in range(len(base_params)))
    pipeline = PIPELINE.replace(
        "unnest(%s::text[], %s::numeric[])", "unnest(%(currencies)s::text[], %(rates)s::numeric[])"
    )
    sql = f"""
WITH base(id, name, tier, owner_id, score) AS MATERIALIZED ({named_base}),
closed AS (SELECT contact_id FROM accounts_contactoptout WHERE channel = ANY(%(reaching)s)
           GROUP BY 1 HAVING count(*) = {len(REACHING)}),
seen AS (SELECT DISTINCT contact_id FROM accounts_touch WHERE occurred_at >= %(stale)s AND contact_id IS NOT NULL),
people AS (
    SELECT k.account_id, count(k.email) AS with_email,
           count(*) FILTER (WHERE NOT k.do_not_contact AND s.contact_id IS NULL) AS reachable,
           count(*) FILTER (WHERE k.updated_at < %(stale)s AND t.contact_id IS NULL) AS stale
    FROM accounts_contact k LEFT JOIN closed s ON s.contact_id = k.id LEFT JOIN seen t ON t.contact_id = k.id
    WHERE k.erased_at IS NULL AND k.account_id IN (SELECT id FROM base) GROUP BY 1),
pipeline AS ({pipeline}),
lines AS (
    SELECT b.id, b.name, b.tier, a.fit, {worth_sql()} AS worth,
           array_remove(ARRAY[{cases}]::text[], NULL) AS gaps
    FROM base b JOIN accounts_account a ON a.id = b.id JOIN accounts_accountfigures f ON f.account_id = b.id
    LEFT JOIN people c ON c.account_id = b.id LEFT JOIN pipeline p ON p.account_id = b.id),
shown AS MATERIALIZED (SELECT * FROM lines WHERE gaps <> '{{}}'{_where(wanted)})
"""  # noqa: S608  (every part is ours; what the reader said goes in as parameters)
    return sql, params


def _where(wanted: Wanted) -> str:
    parts = " AND gaps && %(gaps)s::text[]" if wanted.gaps else ""
    asked = "SELECT FROM accounts_gapassignment g WHERE g.account_id = lines.id AND g.closed_at IS NULL"
    if wanted.assignee == "none":
        parts += f" AND NOT EXISTS ({asked} AND g.field = ANY(gaps))"
    elif wanted.assignee.isdecimal():
        parts += f" AND EXISTS ({asked} AND g.to_id = %(assignee)s AND g.field = ANY(gaps))"
    return parts


def counts(wanted: Wanted, *, user: Any, now: datetime) -> tuple[int, dict[str, int]]:
    """How many accounts have holes, and how many have each; one query besides the rates."""
    sql, params = _query(accounts_of(wanted, user=user), wanted, now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT NULL, count(*) FROM shown UNION ALL "  # noqa: S608
            "SELECT gap, count(*) FROM shown, unnest(gaps) AS u(gap) GROUP BY 1",
            params,
        )
        found = dict(cursor.fetchall())
    return found.pop(None, 0), found


def lines(
    wanted: Wanted,
    *,
    user: Any,
    now: datetime,
    start: int = 0,
    limit: int | None = None,
    after: int | None = None,
) -> list[Line]:
    """A stretch of the accounts with holes, in the order asked for: a fixed number of queries.

    `after` takes only accounts with a greater id, for pages that are sorted by it.
    """
    accounts = accounts_of(wanted, user=user)
    sql, params = _query(accounts if after is None else accounts.filter(pk__gt=after), wanted, now)
    name = wanted.sort.removeprefix("-")
    way = "DESC" if wanted.sort.startswith("-") else "ASC"
    cut = "OFFSET %(start)s" + (" LIMIT %(limit)s" if limit is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT id, worth, gaps FROM shown "  # noqa: S608
            f"ORDER BY {SORTS.get(name, 'worth')} {way} NULLS LAST, upper(name), id {cut}",
            params | {"start": start, "limit": limit},
        )
        rows = cursor.fetchall()
    return _drawn(rows)


def _drawn(rows: Sequence[tuple[int, float, list[str]]]) -> list[Line]:
    ids = [row[0] for row in rows]
    accounts = {
        one.pk: one for one in Account.objects.filter(pk__in=ids).select_related("owner", "territory")
    }
    asked = {
        (one.account_id, one.field): one
        for one in GapAssignment.objects.filter(account__in=ids, closed_at=None).select_related("to")
    }
    criteria = criteria_in_force()
    costs = {gap.key: cost_of(gap, criteria) for gap in CATALOGUE}
    return [
        Line(
            accounts[pk],
            worth,
            tuple(Hole(BY_KEY[key], costs[key], asked.get((pk, key))) for key in gaps),
        )
        for pk, worth, gaps in rows
        if pk in accounts
    ]


def open_gaps(ids: Iterable[int], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """The holes of these accounts, by account; those without any are left out. Two queries."""
    accounts = Account.objects.filter(pk__in=set(ids))
    sql, params = _query(accounts, Wanted(view="all"), now)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} SELECT id, gaps FROM shown", params)  # noqa: S608
        return {pk: tuple(gaps) for pk, gaps in cursor.fetchall()}


def in_slices(wanted: Wanted, *, user: Any, now: datetime, size: int = 2_000) -> Iterator[Line]:
    """Everything asked for, a slice at a time, so that a file of 100,000 accounts needs no memory for them all."""
    start = 0
    while part := lines(wanted, user=user, now=now, start=start, limit=size):
        yield from part
        start += size
