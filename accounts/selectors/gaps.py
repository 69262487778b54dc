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
from accounts.selectors.fit import criteria_in_force
from accounts.selectors.worth import PIPELINE, base_of, rates, worth_sql

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
people AS (
    SELECT k.account_id, count(k.email) AS with_email,
           count(*) FILTER (WHERE NOT k.do_not_contact AND s.contact_id IS NULL) AS reachable,
           count(CASE WHEN k.updated_at < %(stale)s AND NOT EXISTS (SELECT FROM accounts_touch t
               WHERE t.contact_id = k.id AND t.occurred_at >= %(stale)s) THEN 1 END) AS stale
    FROM accounts_contact k LEFT JOIN closed s ON s.contact_id = k.id
    WHERE k.erased_at IS NULL AND k.account_id IN (SELECT id FROM base) GROUP BY 1),
pipeline AS ({pipeline}),
lines AS MATERIALIZED (
    SELECT b.id, b.name, b.tier, a.fit, {worth_sql()} AS worth,
           array_remove(ARRAY[{cases}]::text[], NULL) AS gaps
    FROM base b JOIN accounts_account a ON a.id = b.id JOIN accounts_accountfigures f ON f.account_id = b.id
    LEFT JOIN people c ON c.account_id = b.id LEFT JOIN pipeline p ON p.account_id = b.id),
holed AS (SELECT * FROM lines WHERE gaps <> '{{}}'{_asked_of(wanted)}),
shown AS (SELECT * FROM holed{" WHERE gaps && %(gaps)s::text[]" if wanted.gaps else ""})
"""  # noqa: S608  (every part is ours; what the reader said goes in as parameters)
    return sql, params


def _asked_of(wanted: Wanted) -> str:
    asked = "SELECT FROM accounts_gapassignment g WHERE g.account_id = lines.id AND g.closed_at IS NULL"
    if wanted.assignee == "none":
        return f" AND NOT EXISTS ({asked} AND g.field = ANY(gaps))"
    if wanted.assignee.isdecimal():
        return f" AND EXISTS ({asked} AND g.to_id = %(assignee)s AND g.field = ANY(gaps))"
    return ""


def _order(wanted: Wanted) -> str:
    way = "DESC" if wanted.sort.startswith("-") else "ASC"
    return f"ORDER BY {SORTS.get(wanted.sort.removeprefix('-'), 'worth')} {way} NULLS LAST, upper(name), id"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page of the list, how many accounts there are in all, and how many have each hole, chosen or not."""

    lines: list[Line]
    total: int
    counts: dict[str, int]


def page_of(wanted: Wanted, *, user: Any, now: datetime, number: int, size: int) -> Stretch:
    """A page by its number, the last one where there are fewer: all its figures from one pass over the accounts."""
    sql, params = _query(accounts_of(wanted, user=user), wanted, now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{sql}, counted AS (SELECT count(*) AS n FROM shown),
            cut AS (
                SELECT LEAST(%(number)s::bigint, GREATEST((n + %(size)s - 1) / %(size)s, 1)) AS number FROM counted),
            paged AS (SELECT row_number() OVER () AS place, id, worth, gaps FROM (
                SELECT id, worth, gaps FROM shown {_order(wanted)}
                OFFSET (SELECT (number - 1) * %(size)s FROM cut) LIMIT %(size)s) ordered)
            SELECT 0, NULL::text, n, NULL::double precision, NULL::text[] FROM counted
            UNION ALL SELECT 1, gap, count(*), NULL, NULL FROM holed, unnest(gaps) AS u(gap) GROUP BY gap
            UNION ALL (SELECT 2, NULL, id, worth, gaps FROM paged ORDER BY place)""",  # noqa: S608
            params | {"number": max(number, 1), "size": size},
        )
        rows = cursor.fetchall()
    return Stretch(
        lines=_drawn([(row[2], row[3], row[4]) for row in rows if row[0] == 2]),
        total=next(row[2] for row in rows if row[0] == 0),
        counts={row[1]: row[2] for row in rows if row[0] == 1},
    )


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
    cut = "OFFSET %(start)s" + (" LIMIT %(limit)s" if limit is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT id, worth, gaps FROM shown {_order(wanted)} {cut}",  # noqa: S608
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
