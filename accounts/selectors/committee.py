"""Committees: one account's people with what is known of each, and the gaps over the whole list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, FloatField, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from abmops.lib import engagement
from accounts.domain.committee import (
    ENGAGED_DAYS,
    TARGET,
    WANTED_ROLES,
    Branch,
    Picture,
    chart,
    fitting_roles,
    picture,
)
from accounts.models import Account, Contact, Touch
from accounts.selectors.account_list import ROLE_NAMES, sort_paths
from accounts.selectors.fit import latest_rates
from accounts.selectors.statement import statement

ENGAGED_FOR = timedelta(days=ENGAGED_DAYS)


@dataclass(frozen=True, slots=True)
class Member:
    """A contact with when they were last touched and last heard from, and whether that makes them engaged."""

    contact: Contact
    touched_at: datetime | None
    heard_at: datetime | None
    is_engaged: bool

    @property
    def may_be_mailed(self) -> bool:
        """Whether an e-mail may be proposed."""
        return bool(self.contact.email) and not self.contact.refuses("email")


@dataclass(frozen=True, slots=True)
class Seat:
    """A part in the decision: who plays it, or who might."""

    role: str
    name: str
    holders: tuple[Member, ...]
    might: tuple[Contact, ...]

    @property
    def is_missing(self) -> bool:
        """Whether a wanted part is played by nobody."""
        return not self.holders and self.role in WANTED_ROLES


@dataclass(frozen=True, slots=True)
class Map:
    """One account's committee, whole. `erased` counts the rows that are left of erased people."""

    members: tuple[Member, ...]
    seats: tuple[Seat, ...]
    branches: list[Branch[Contact]]
    picture: Picture[Contact]
    by_contact: dict[int, Member]
    erased: int

    @property
    def size(self) -> int:
        """How many people are known."""
        return len(self.members)

    @property
    def missing(self) -> tuple[Seat, ...]:
        """The parts that nobody plays."""
        return tuple(seat for seat in self.seats if seat.is_missing)

    @property
    def last_seen(self) -> dict[int, datetime]:
        """When each was last touched or heard from."""
        moments = {
            member.contact.pk: [at for at in (member.touched_at, member.heard_at) if at is not None]
            for member in self.members
        }
        return {contact: max(each) for contact, each in moments.items() if each}

    @property
    def engaged(self) -> int:
        """How many are engaged."""
        return sum(member.is_engaged for member in self.members)

    @property
    def wanted(self) -> int:
        """How many more people are wanted, up to the least of the target."""
        return max(0, TARGET[0] - len(self.members))


def map_of(account: Account, *, now: datetime) -> Map:
    """Everything the map shows, in four queries and one for each app that hears from contacts."""
    every = list(
        account.contacts.select_related("reports_to").prefetch_related("opt_outs").order_by("name", "pk")
    )
    people = [one for one in every if one.erased_at is None]
    people.sort(key=lambda person: -(person.influence or 0))
    touched = _newest(Touch.objects.filter(account=account, contact__isnull=False, occurred_at__lt=now))
    since = now - ENGAGED_FOR
    heard: dict[int, datetime] = {}
    for rows in engagement.sources(since, now):
        for contact, at in _newest(rows.filter(account=account)).items():
            heard[contact] = max(at, heard.get(contact, at))
    members = tuple(
        Member(
            one,
            touched.get(one.pk),
            heard.get(one.pk),
            _is_since(since, touched.get(one.pk), heard.get(one.pk)),
        )
        for one in people
    )
    branches = chart(people)
    return Map(
        members=members,
        seats=tuple(_seat(role, members) for role in ROLE_NAMES),
        branches=branches,
        picture=picture(branches),
        by_contact={member.contact.pk: member for member in members},
        erased=len(every) - len(people),
    )


def _newest(rows: QuerySet[Any]) -> dict[int, datetime]:
    return dict(rows.order_by().values_list("contact").annotate(newest=Max("occurred_at")))


def _is_since(since: datetime, *moments: datetime | None) -> bool:
    return any(at is not None and at >= since for at in moments)


def _seat(role: str, members: Sequence[Member]) -> Seat:
    holders = tuple(member for member in members if member.contact.role == role)
    might = tuple(
        member.contact
        for member in members
        if not member.contact.role and role in fitting_roles(member.contact.title)
    )
    return Seat(role, ROLE_NAMES[role], holders, () if holders else might)


def worth_sql(score: str = "b.score", pipeline: str = "p.amount") -> str:
    """What an account is worth looking after, in SQL over `b` (tier, score) and the open pipeline.

    Tier weight (3, 2, 1; off the list a half) x (1 + score / 100) x (1 + log10(1 + open pipeline) / 6): a million open
    doubles it.
    """
    return (
        f"(CASE b.tier WHEN 1 THEN 3.0 WHEN 2 THEN 2.0 WHEN 3 THEN 1.0 ELSE 0.5 END * (1 + {score} / 100.0) "
        f"* (1 + log(1 + GREATEST(COALESCE({pipeline}, 0), 0)::double precision) / 6))"
    )


def base_of(accounts: QuerySet[Account]) -> tuple[str, tuple[Any, ...]]:
    """The narrowed accounts as SQL for a CTE: id, name, tier, owner, score (fit where nobody scores)."""
    path = sort_paths().get("score")
    score = Coalesce(F(path), F("fit"), output_field=FloatField()) if path else F("fit")
    rows = (
        accounts.order_by()
        .annotate(worth_score=score)
        .values_list("id", "name", "tier", "owner_id", "worth_score")
    )
    return statement(rows)


PIPELINE = """
    SELECT o.account_id, sum(o.amount * r.rate) AS amount FROM accounts_opportunity o
    JOIN unnest(%s::text[], %s::numeric[]) AS r(currency, rate) ON r.currency = o.currency
    WHERE o.closed_at IS NULL AND o.amount IS NOT NULL AND o.account_id IN (SELECT id FROM base) GROUP BY 1
"""


def rates() -> tuple[list[str], list[Any]]:
    """Currencies and their newest rates, as the pipeline's parameters. One query."""
    known = latest_rates()
    return list(known), list(known.values())


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
