"""Which account somebody else's row is about: by external id, then domain, then name and country; else suggestions.

The order of trust [DOMAIN 3]: an external id is exact, a registrable domain belongs to one account, a normal name
counts only together with the same country, and a name that is merely alike is a suggestion for a person.
A call costs a fixed number of queries, however many rows are asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from abmops.lib.domains import company_domain
from accounts.selectors import finding_names
from accounts.selectors.finding_names import Asked, Suggestion
from accounts.selectors.keys import accounts_by_domain, accounts_by_external_id

By = Literal["external_id", "domain", "name"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row says of its company. `domain` may be a host, a URL or an e-mail address; of an unknown system (""),
    an external id counts in every system. `country` is the ISO code."""

    external_ids: Mapping[str, str] = field(default_factory=dict)
    domain: str | None = None
    name: str = ""
    country: str = ""
    domains: Sequence[str] = ()


@dataclass(slots=True)
class Found:
    """The account and the key that led to it; None where no key does, or where keys of one kind lead to several
    accounts, which `torn` then names. Only rows without an account have suggestions."""

    account_id: int | None = None
    by: By | None = None
    suggestions: list[Suggestion] = field(default_factory=list)
    torn: list[int] = field(default_factory=list)


def find_accounts(wanted: Mapping[int, Wanted], *, suggest: bool = True) -> dict[int, Found]:
    """The account of each row. Where over a hundred rows of a call are found by nothing, suggestions are of the same
    name only; `suggest` False leaves all of them out.

    A name is taken only where it is one account's of the same country, its legal form does not differ, and no key
    speaks against it: a domain of a company that has others, another id in the same system. Else it is a suggestion.
    """
    by_external_id = _external_ids(wanted)
    domains = _named_domains(wanted)
    by_domain = _domains(domains)
    found: dict[int, Found] = {}
    asked: dict[int, Asked] = {}
    for index, row in wanted.items():
        if accounts := by_external_id[index]:
            found[index] = _one("external_id", accounts)
        elif accounts := by_domain[index]:
            found[index] = _one("domain", accounts)
        else:
            asked[index] = Asked(row.name, row.country, bool(domains[index]), row.external_ids)
    named = finding_names.find(asked, suggest=suggest)
    for index in asked:
        account_id, suggestions = named.get(index, (None, []))
        found[index] = Found(account_id, "name" if account_id else None, suggestions)
    return found


def _one(by: By, accounts: set[int]) -> Found:
    if len(accounts) > 1:
        return Found(torn=sorted(accounts))
    return Found(account_id=next(iter(accounts)), by=by)


def _external_ids(wanted: Mapping[int, Wanted]) -> dict[int, set[int]]:
    values = {value for row in wanted.values() for value in row.external_ids.values() if value}
    known: dict[tuple[str, str], int] = {}
    anywhere: dict[str, set[int]] = {}
    for system, value, account_id in accounts_by_external_id(values):
        known[system, value] = account_id
        anywhere.setdefault(value, set()).add(account_id)
    found: dict[int, set[int]] = {index: set() for index in wanted}
    for index, row in wanted.items():
        for system, value in row.external_ids.items():
            if not system:
                found[index] |= anywhere.get(value, set())
            elif (system, value) in known:
                found[index].add(known[system, value])
    return found


def _named_domains(wanted: Mapping[int, Wanted]) -> dict[int, set[str]]:
    """The companies' domains that each row names; free mail and public suffixes are nobody's."""
    named: dict[int, set[str]] = {}
    for index, row in wanted.items():
        given = (row.domain, *row.domains)
        named[index] = {domain for value in given if value and (domain := company_domain(value))}
    return named


def _domains(named: Mapping[int, set[str]]) -> dict[int, set[int]]:
    every = {domain for domains in named.values() for domain in domains}
    known = accounts_by_domain(every)
    return {
        index: {known[domain] for domain in domains if domain in known} for index, domains in named.items()
    }
