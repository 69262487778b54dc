"""Pairs of accounts that share something: a name, most of a name, a domain's name, people, an id. Found in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from accounts.models import Account

Pair = tuple[int, int]
# A domain's name or an id of fewer characters is shared by chance.
_LEAST = 4


@dataclass(slots=True)
class Shared:
    """What two accounts share besides their names."""

    labels: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Company:
    """What is compared of an account."""

    id: int
    name: str
    country: str
    parent_id: int | None
    domain: str


def candidates(account_ids: Sequence[int]) -> dict[Pair, Shared]:
    """Every account that shares something with one of these: five queries."""
    found: dict[Pair, Shared] = defaultdict(Shared)
    ids = list(account_ids)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.similarity_threshold = 0.5")
        for sql in (_SAME_NAME, _ALIKE):
            cursor.execute(sql, [ids])
            for one, other in cursor.fetchall():
                _at(found, one, other)
        for sql, kind in ((_LABELS, "labels"), (_PEOPLE, "people"), (_IDS, "ids")):
            cursor.execute(sql, {"ids": ids, "least": _LEAST})
            for one, other, what in cursor.fetchall():
                getattr(_at(found, one, other), kind).add(what)
    return dict(found)


def companies(account_ids: Iterable[int]) -> dict[int, Company]:
    """The accounts to compare: one query."""
    rows = Account.objects.filter(id__in=set(account_ids))
    return {
        pk: Company(pk, name, country, parent_id, domain or "")
        for pk, name, country, parent_id, domain in rows.values_list(
            "id", "name", "country", "parent_id", "domain"
        )
    }


def _at(found: dict[Pair, Shared], one: int, other: int) -> Shared:
    return found[min(one, other), max(one, other)]


_SAME_NAME = """
SELECT a.id, b.id FROM accounts_account a JOIN accounts_account b ON b.name_key = a.name_key AND b.id <> a.id
WHERE a.id = ANY(%s) AND a.name_key <> ''
"""
_ALIKE = """
SELECT a.id, b.id FROM accounts_account a CROSS JOIN LATERAL (
    SELECT id FROM accounts_account WHERE name_key %% a.name_key AND id <> a.id
    ORDER BY similarity(name_key, a.name_key) DESC, id LIMIT 10
) b WHERE a.id = ANY(%s) AND a.name_key <> ''
"""
_LABELS = """
SELECT d.account_id, o.account_id, split_part(d.domain, '.', 1)
FROM accounts_accountdomain d JOIN accounts_accountdomain o
    ON split_part(o.domain, '.', 1) = split_part(d.domain, '.', 1) AND o.account_id <> d.account_id
WHERE d.account_id = ANY(%(ids)s) AND length(split_part(d.domain, '.', 1)) >= %(least)s
"""
_PEOPLE = """
SELECT c.account_id, d.account_id, d.domain
FROM accounts_contact c JOIN accounts_accountdomain d ON d.domain = split_part(lower(c.email), '@', 2)
WHERE c.account_id = ANY(%(ids)s) AND d.account_id <> c.account_id
UNION
SELECT d.account_id, c.account_id, d.domain
FROM accounts_accountdomain d JOIN accounts_contact c ON split_part(lower(c.email), '@', 2) = d.domain
WHERE d.account_id = ANY(%(ids)s) AND c.account_id <> d.account_id
"""
_IDS = """
SELECT e.account_id, o.account_id, e.value
FROM accounts_accountexternalid e JOIN accounts_accountexternalid o
    ON o.value = e.value AND o.account_id <> e.account_id
WHERE e.account_id = ANY(%(ids)s) AND length(e.value) > %(least)s
"""
