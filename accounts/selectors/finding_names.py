"""Accounts by their names: the same name in the same country, and names that are merely alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.domain.likeness import WORTH_A_LOOK, likeness
from accounts.domain.names import Parsed, parse, same_company
from accounts.models import Account, AccountExternalId

MOST_SUGGESTIONS = 5
# Names that are merely alike are looked for where a call has at most so many rows that nothing else has found (some ten
# milliseconds each); a whole file's worth is left to the look for duplicates that follows it.
MOST_ALIKE = 100


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
    """The one account of each name in its country, or suggestions: best first, at most five. The key is looked up in
    every country, since the same name elsewhere is a suggestion.
    """
    keys = {
        index: parsed
        for index, row in asked.items()
        if row.name and (parsed := parse(row.name, row.country)).key
    }
    if not keys:
        return {}
    unkeyed = _unkeyed()
    of_key = _of_key({parsed.key for parsed in keys.values()}, unkeyed)
    exact = {
        index: [account for account in of_key.get(parsed.key, ()) if _same_country(asked[index], account)]
        for index, parsed in keys.items()
    }
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
    if not suggest:
        return found
    alike = _alike({index: keys[index].key for index in open_}) if len(open_) <= MOST_ALIKE else {}
    for index in open_:
        others = [*of_key.get(keys[index].key, ()), *alike.get(index, ()), *unkeyed]
        found[index] = (None, _suggestions(keys[index], asked[index].country, others))
    return found


def _same_country(row: Asked, account: _Named) -> bool:
    """Both are known, and the same."""
    return bool(row.country) and row.country == account.country


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


def _of_key(keys: set[str], unkeyed: list[_Named]) -> dict[str, list[_Named]]:
    """The accounts of each key, in whatever country."""
    found: dict[str, list[_Named]] = {}
    rows = Account.objects.filter(name_key__in=keys).order_by("id")
    for key, pk, name, country, domain in rows.values_list("name_key", "id", "name", "country", "domain"):
        found.setdefault(str(key), []).append(_Named(pk, name, country, domain is not None))
    for account in unkeyed:
        found.setdefault(account.parsed().key, []).append(account)
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
