"""Rows of accounts that no key finds: by legal name within their country, else as a suggestion for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account
from accounts.selectors.finding import Wanted, find_accounts


@dataclass(slots=True)
class Meant:
    """The records with the accounts that their names lead to, and what may be meant by the others."""

    records: dict[int, dict[str, Any]]
    pinned: dict[int, int] = field(default_factory=dict)
    suggestions: dict[int, list[list[Any]]] = field(default_factory=dict)


def find(records: Mapping[int, dict[str, Any]]) -> Meant:
    """Look every record up as the matching of the whole program does. An exact legal name within the same country is
    taken; a name that is merely alike is only suggested. The domain of a row that came by its name is added to those
    of the account, never put in the place of its own."""
    meant = Meant(dict(records))
    wanted = {
        index: Wanted(
            external_ids=record.get("external_ids", {}),
            domain=record.get("domain"),
            domains=record.get("domains", []),
            name=record.get("name", ""),
            country=record.get("country", ""),
        )
        for index, record in records.items()
        if record.get("name")
    }
    for index, found in find_accounts(wanted).items():
        if found.account_id is not None and found.by == "name":
            meant.pinned[index] = found.account_id
        elif found.account_id is None and found.suggestions:
            meant.suggestions[index] = [[one.account_id, one.name, one.likeness] for one in found.suggestions]
    _keep_domains(meant)
    return meant


def _keep_domains(meant: Meant) -> None:
    named = {index: pk for index, pk in meant.pinned.items() if meant.records[index].get("domain")}
    if not named:
        return
    with_own = set(
        Account.objects.filter(pk__in=named.values(), domain__isnull=False).values_list("pk", flat=True)
    )
    for index, pk in named.items():
        if pk in with_own:
            record = dict(meant.records[index])
            record["domains"] = [record.pop("domain"), *record.get("domains", [])]
            meant.records[index] = record
