"""Which account a record is about, decided for a whole call with two queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldError
from accounts.domain.records import AccountRecord
from accounts.models import Account
from accounts.selectors.keys import accounts_by_domain, accounts_by_external_id
from accounts.services.claims import Claims

Key = tuple[str, str] | tuple[str, str, str]


def keys_of(record: AccountRecord) -> dict[Key, str]:
    """Every key a record carries, each with the pointer to where it stands; external ids first."""
    keys: dict[Key, str] = {
        ("external", system, value): f"/external_ids/{system}"
        for system, value in record.get("external_ids", {}).items()
    }
    if domain := record.get("domain"):
        keys["domain", domain] = "/domain"
    for number, other in enumerate(record.get("domains", [])):
        keys.setdefault(("domain", other), f"/domains/{number}")
    return keys


@dataclass(slots=True)
class Matches:
    """Where every record of a call goes: `targets` to a stored account, the rest of `wanted` to new ones."""

    known: dict[Key, int]
    claims: Claims
    keys: dict[int, dict[Key, str]] = field(default_factory=dict)
    targets: dict[int, int] = field(default_factory=dict)
    wanted: list[int] = field(default_factory=list)


def known_keys(records: Mapping[int, AccountRecord]) -> dict[Key, int]:
    """The accounts behind all keys of a call, those of parents included."""
    domains: set[str] = set()
    values: set[str] = set()
    for record in records.values():
        for key in keys_of(record):
            (domains if key[0] == "domain" else values).add(key[-1])
        if parent := record.get("parent_domain"):
            domains.add(parent)
    known: dict[Key, int] = {
        ("domain", domain): account_id for domain, account_id in accounts_by_domain(domains).items()
    }
    rows = accounts_by_external_id(values)
    known.update({("external", system, value): account_id for system, value, account_id in rows})
    return known


def match(
    records: Mapping[int, AccountRecord], result: BulkResult, pinned: Mapping[int, int] | None = None
) -> Matches:
    """Give each record its account. `pinned` says it beforehand (a PATCH names the account by its address)."""
    pinned = pinned or {}
    matches = Matches(known=known_keys(records), claims=Claims(records, result))
    for index, record in records.items():
        keys = keys_of(record)
        if not keys and index not in pinned:
            result.refuse(index, "", "Has no key. Send a domain or an external_ids entry.")
            continue
        found = {matches.known[key]: key for key in reversed(keys) if key in matches.known}
        if index in pinned:
            found.setdefault(pinned[index], ("domain", ""))
        if len(found) > 1:
            result.refuse_all(index, _torn(keys, found, pinned.get(index)))
            continue
        target = next(iter(found), None)
        spoken = keys if target is None else {**keys, ("account", f"account {target}"): ""}
        if matches.claims.take(index, spoken):
            matches.keys[index] = keys
            matches.wanted.append(index)
            if target is not None:
                matches.targets[index] = target
    return matches


def _torn(keys: Mapping[Key, str], found: Mapping[int, Key], pinned: int | None) -> list[FieldError]:
    """One record's keys belong to different accounts: name each of them."""
    names = dict(Account.objects.filter(id__in=found).values_list("id", "name"))
    errors = []
    for account_id, key in found.items():
        if account_id == pinned:
            continue
        errors.append(
            FieldError(
                keys.get(key, ""),
                f"{key[-1]} belongs to {names.get(account_id, 'another account')} (account {account_id}), "
                "but other keys of this record belong to another account. Merge the two or take the wrong key out.",
            )
        )
    return errors
