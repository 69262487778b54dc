"""Accounts by their names: the same name in the same country, and names that are merely alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.domain.likeness import WORTH_A_LOOK, likeness
from accounts.domain.names import Parsed, parse, same_company
from accounts.models import Account, AccountExternalId

MOST_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An account that may be meant: never taken without a person."""

    account_id: int
    name: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A name to find, with what could speak against it."""

    name: str
    country: str
    has_domain: bool
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Named:
    id: int
    name: str
    country: str
    has_domain: bool

    def parsed(self) -> Parsed:
        return parse(self.name, self.country)


def find(asked: Mapping[int, Asked], *, suggest: bool) -> dict[int, tuple[int | None, list[Suggestion]]]:
    """The one account of each name in its country, or suggestions: best first, at most five."""
    keys = {
        index: parsed
        for index, row in asked.items()
        if row.name and (parsed := parse(row.name, row.country)).key
    }
    if not keys:
        return {}
    unkeyed = _unkeyed()
    exact = _exact(asked, keys, unkeyed)
    systems = _systems({account.id for accounts in exact.values() for account in accounts})
    found: dict[int, tuple[int | None, list[Suggestion]]] = {}
    open_: list[int] = []
    for index, parsed in keys.items():
        row = asked[index]
        same = [account for account in exact[index] if same_company(parsed, account.parsed())]
        if len(same) == 1 and not _contradicted(row, same[0], systems):
            found[index] = (same[0].id, [])
        else:
            open_.append(index)
    alike = _alike({index: keys[index].key for index in open_}) if suggest else {}
    for index in open_:
        others = [*exact[index], *alike.get(index, ()), *(unkeyed if suggest else ())]
        found[index] = (None, _suggestions(keys[index], asked[index].country, others))
    return found


def _suggestions(parsed: Parsed, country: str, others: Iterable[_Named]) -> list[Suggestion]:
    best: dict[int, Suggestion] = {}
    for account in others:
        alike = likeness(parsed, account.parsed())
        if country and account.country and country != account.country:
            alike -= 0.05
        if alike >= WORTH_A_LOOK:
            best[account.id] = Suggestion(account.id, account.name, round(alike, 3))
    return sorted(best.values(), key=lambda one: (-one.likeness, one.account_id))[:MOST_SUGGESTIONS]


def _contradicted(row: Asked, account: _Named, systems: Mapping[int, Mapping[str, set[str]]]) -> bool:
    """Whether a key speaks against a name: both have domains, and other ones; another id in the same system."""
    if row.has_domain and account.has_domain:
        return True
    known = systems.get(account.id, {})
    return any(value and system in known for system, value in row.external_ids.items())


def _exact(
    asked: Mapping[int, Asked], keys: Mapping[int, Parsed], unkeyed: list[_Named]
) -> dict[int, list[_Named]]:
    """The accounts of the same key in the same country; both must be known."""
    found: dict[int, list[_Named]] = {index: [] for index in keys}
    wanted: dict[tuple[str, str], list[int]] = {}
    for index, parsed in keys.items():
        if asked[index].country:
            wanted.setdefault((parsed.key, asked[index].country), []).append(index)
    if not wanted:
        return found
    rows = Account.objects.filter(
        name_key__in={key for key, _ in wanted}, country__in={country for _, country in wanted}
    ).order_by("id")
    pairs = [
        (account.name_key, account) for account in rows.only("id", "name", "country", "domain", "name_key")
    ]
    known = [(str(key), _Named(row.pk, row.name, row.country, row.domain is not None)) for key, row in pairs]
    for key, account in [*known, *((account.parsed().key, account) for account in unkeyed)]:
        for index in wanted.get((key, account.country), ()):
            found[index].append(account)
    return found


def _unkeyed() -> list[_Named]:
    """Accounts whose key has not been worked out yet: few, read by an index of their own."""
    rows = Account.objects.filter(name_key__isnull=True).order_by("id")
    return [
        _Named(pk, name, country, domain is not None)
        for pk, name, country, domain in rows.values_list("id", "name", "country", "domain")
    ]


def _systems(account_ids: set[int]) -> dict[int, dict[str, set[str]]]:
    known: dict[int, dict[str, set[str]]] = {}
    if account_ids:
        rows = AccountExternalId.objects.filter(account_id__in=account_ids)
        for account_id, system, value in rows.values_list("account_id", "system", "value"):
            known.setdefault(account_id, {}).setdefault(system, set()).add(value)
    return known


def _alike(keys: Mapping[int, str]) -> dict[int, list[_Named]]:
    """The accounts whose keys share most of their three-letter pieces with a key."""
    if not keys:
        return {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.similarity_threshold = 0.45")
        cursor.execute(_ALIKE, [list(keys), list(keys.values())])
        rows = cursor.fetchall()
    found: dict[int, list[_Named]] = {}
    for index, *account in rows:
        found.setdefault(index, []).append(_Named(*account))
    return found


_ALIKE = """
SELECT w.index, a.id, a.name, a.country, a.domain IS NOT NULL
FROM unnest(%s::bigint[], %s::text[]) AS w(index, key)
CROSS JOIN LATERAL (
    SELECT id, name, country, domain FROM accounts_account
    WHERE name_key %% w.key ORDER BY similarity(name_key, w.key) DESC, id LIMIT 12
) a
"""
