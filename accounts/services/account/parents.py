"""Parents of accounts: known, perhaps from the same call, and never in a circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from abmops.lib.bulk import BulkResult
from accounts.domain.hierarchy import in_circles
from accounts.domain.records import AccountRecord
from accounts.models import Account
from accounts.services import storing
from accounts.services.account.change import CLEAR, KEEP, Change, Parent
from accounts.services.account.matching import Matches

# A node is a stored account's id, or minus (index + 1) for a record that makes a new one.
_Node = int


def settle(matches: Matches, records: Mapping[int, AccountRecord], result: BulkResult) -> None:
    """Refuse records whose parent is unknown, refused itself, or below them. The caller holds the accounts' turn,
    so that no other call can close a circle at the same time."""
    named = [index for index in matches.wanted if records[index].get("parent_domain")]
    if not named:
        return
    while True:
        refused = result.refused()
        lost = [
            index
            for index in named
            if index not in refused and _node(matches, records, index, refused) is None
        ]
        for index in lost:
            domain = records[index].get("parent_domain")
            result.refuse(
                index,
                "/parent_domain",
                f"No account has the domain {domain}. Send the parent first or with it.",
            )
        circling = _circles(matches, records, named, result.refused())
        for index in circling:
            result.refuse(
                index,
                "/parent_domain",
                "Would make the account its own ancestor. Correct one of the parents.",
            )
        if not lost and not circling:
            return


def _node(
    matches: Matches, records: Mapping[int, AccountRecord], index: int, refused: Collection[int]
) -> _Node | None:
    """The parent that a record names."""
    key = ("domain", str(records[index].get("parent_domain")))
    if key in matches.known:
        return matches.known[key]
    other = matches.claims.owner_of(key)
    if other is None or other in refused:
        return None
    return _self(matches, other)


def _self(matches: Matches, index: int) -> _Node:
    return matches.targets.get(index, -(index + 1))


def _circles(
    matches: Matches, records: Mapping[int, AccountRecord], named: Sequence[int], refused: Collection[int]
) -> list[int]:
    edges: dict[int, int] = dict(Account.objects.filter(parent__isnull=False).values_list("id", "parent_id"))
    for index in matches.wanted:
        if index in refused or "parent_domain" not in records[index]:
            continue
        node = _node(matches, records, index, refused) if records[index]["parent_domain"] else None
        if node is None:
            edges.pop(_self(matches, index), None)
        else:
            edges[_self(matches, index)] = node
    circling = in_circles(edges)
    return [index for index in named if index not in refused and _self(matches, index) in circling]


def apply(
    matches: Matches,
    records: Mapping[int, AccountRecord],
    refused: Collection[int],
    changes: Sequence[Change],
) -> None:
    """Note on each change what becomes of the parent, where that differs from what is stored."""
    for change in changes:
        record = records[change.index]
        if "parent_domain" not in record:
            continue
        if not record["parent_domain"]:
            change.parent = CLEAR if change.account.parent_id is not None else KEEP
            continue
        node = _node(matches, records, change.index, refused)
        if node is None:
            continue
        if node < 0:
            change.parent = Parent(index=-node - 1)
        elif node != change.account.parent_id:
            change.parent = Parent(account_id=node)


def write(changes: Sequence[Change], *, now: datetime) -> None:
    """Store the parents, once every new account has its id."""
    by_index = {change.index: change.account for change in changes}
    moved = [change for change in changes if change.parent is not KEEP]
    for change in moved:
        other = change.parent.index
        change.account.parent_id = by_index[other].pk if other is not None else change.parent.account_id
    storing.update([change.account for change in moved], ("parent", "updated_at"), now=now)
