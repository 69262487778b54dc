"""Making two accounts one, and two again: one transaction, set-based, each app's rows by its own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

from abmops.lib import merging
from abmops.lib.errors import Conflict, NotKnown, Refused
from abmops.lib.merging import NotExact, Pair
from accounts.models import Account, AccountDomain, Merge, User
from accounts.services.account.fit import refresh_fit
from accounts.services.changes import acting
from accounts.services.locking import take_turn
from accounts.services.merging import fields
from accounts.services.merging.preview import asks_reason, pair_of
from accounts.services.reacting import evaluate_later

_ACCOUNT = Account._meta.db_table  # noqa: SLF001
# The nouns whose bulk writers look accounts up before they write: they wait, and find the winner.
_NOUNS = ("account", "contact", "opportunity", "touch")
_TRIES = 3
T = TypeVar("T")


def merge_accounts(
    *,
    winner: int,
    loser: int,
    by: User,
    now: datetime,
    picks: Mapping[str, str] | None = None,
    reason: str = "",
) -> Merge:
    """Make the loser part of the winner: every row of it changes hands, its id keeps leading there.

    `picks` says of which account each field is taken; what it leaves out is as proposed. Both accounts must be open to
    `by`. Waits for whoever writes either of them, and tries again where two waited for each other.
    """
    return _again(lambda: _merge(winner, loser, dict(picks or {}), reason.strip(), by, now))


def undo_merge(*, merge: int, by: User, now: datetime) -> Merge:
    """Take a merge apart: everything is as it was, what came to the winner afterwards stays with it.

    Refused, in sentences, where that would not be exact.
    """
    return _again(lambda: _undo(merge, by, now))


@transaction.atomic
def _merge(
    winner_id: int, loser_id: int, picks: dict[str, str], reason: str, by: User, now: datetime
) -> Merge:
    if winner_id == loser_id:
        raise Refused("An account can't be merged with itself. Choose two.")
    for noun in _NOUNS:
        take_turn(noun)
    accounts = _lock(winner_id, loser_id)
    _allowed(accounts.values(), by)
    winner, loser = accounts[winner_id], accounts[loser_id]
    if not reason and (asked := asks_reason(winner, loser)):
        raise Refused(asked, code="reason_needed")
    chosen = fields.chosen(winner, loser, picks)
    changed = fields.values(winner, loser, chosen)
    told = fields.said(winner, loser, chosen)
    if loser.created_at < winner.created_at:
        changed["created_at"] = loser.created_at
    pair = pair_of(winner, loser, now)
    with acting(by=by, what=f"Merge of {loser.name} into {winner.name}"[:200], reason=reason):
        for part in merging.parts():
            part.lock(pair)
        whole = merging.read_rows(_ACCOUNT, "t.id = %s", [loser_id])[0]
        before = merging.read_rows(_ACCOUNT, "t.id = %s", [winner_id])[0]
        # The domain first: no two accounts have the same one at any statement. Then the winner, which may lie below.
        Account.objects.filter(pk=loser_id).update(domain=None)
        after = _write(winner_id, changed, now)
        moved = {part.name: part.move(pair) for part in merging.parts()}
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_ACCOUNT} WHERE id = %s", [loser_id])  # noqa: S608
        _own_primary_domain(winner_id)
        with connection.cursor() as cursor:
            # Whatever still pointed to the loser would be found out at commit: find it out here.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        merge = Merge.objects.create(
            winner_id=winner_id,
            loser_id=loser_id,
            loser_name=loser.name,
            loser={
                "account": whole,
                "changed": {column: [before[column], after[column]] for column in changed},
            },
            fields=told,
            moved=moved,
            reason=reason,
            by=by,
            at=now,
        )
        _settle([winner_id], now)
    return merge


@transaction.atomic
def _undo(merge_id: int, by: User, now: datetime) -> Merge:
    for noun in _NOUNS:
        take_turn(noun)
    merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotKnown(f"There is no merge {merge_id}.")
    if merge.undone_at is not None:
        raise Conflict(f"{merge} was undone already.")
    later = Merge.objects.filter(winner=merge.winner_id, undone_at__isnull=True, id__gt=merge.pk).order_by(
        "-id"
    )
    if newer := later.first():
        raise Refused(
            f"{newer.loser_name} became part of the same account later. Undo that merge first.",
            code="newer_merge",
        )
    accounts = _lock(merge.winner_id)
    winner = accounts[merge.winner_id]
    _allowed(accounts.values(), by)
    pair = Pair(winner.pk, merge.loser_id, winner.name, merge.loser_name, now)
    with acting(by=by, what=f"Undo of the merge of {merge.loser_name} into {winner.name}"[:200]):
        try:
            _give_back(merge, winner, pair, now)
        except NotExact as found:
            raise Refused(f"The merge can't be undone exactly. {found}", code="not_exact") from None
        merge.undone_by, merge.undone_at = by, now
        merge.save(update_fields=["undone_by", "undone_at"])
        _settle([merge.winner_id, merge.loser_id], now)
    return merge


def _give_back(merge: Merge, winner: Account, pair: Pair, now: datetime) -> None:
    current = merging.read_rows(_ACCOUNT, "t.id = %s", [winner.pk])[0]
    stored = merge.loser
    for column, (_, kept) in stored["changed"].items():
        if current[column] != kept and column != "name_key":
            raise NotExact(
                f"{winner.name} had its {column.removesuffix('_id').replace('_', ' ')} changed after the merge had."
            )
    for part in merging.parts():
        part.lock(pair)
    _restore(winner.pk, {column: before for column, (before, _) in stored["changed"].items()}, now)
    # Its place on the list comes back with its list rows.
    merging.put_back(_ACCOUNT, [stored["account"] | {"is_target": False, "tier": None}])
    for part in reversed(merging.parts()):
        if part.name in merge.moved:
            part.undo(pair, merge.moved[part.name])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _settle(accounts: list[int], now: datetime) -> None:
    """What is only computed from rows, computed from the rows as they lie now."""
    refresh_fit(accounts=accounts, now=now)
    for part in merging.parts():
        part.settle(accounts, now=now)
    evaluate_later(accounts)


def _lock(*account_ids: int) -> dict[int, Account]:
    """The accounts' rows in id order, against every other writer of them."""
    rows = Account.objects.select_for_update(of=("self",)).select_related("owner", "territory", "parent")
    accounts = {row.pk: row for row in rows.filter(id__in=account_ids).order_by("id")}
    for account_id in account_ids:
        if account_id not in accounts:
            raise NotKnown(
                f"There is no account {account_id}. It may have become part of another one meanwhile."
            )
    return accounts


def _allowed(accounts: Any, by: User) -> None:
    wanted = {account.pk: account.name for account in accounts}
    editable = set(Account.objects.editable_by(by).filter(id__in=wanted).values_list("id", flat=True))
    if closed := sorted(set(wanted) - editable):
        names = " and ".join(wanted[pk] for pk in closed)
        raise Refused(f"You may not change {names}. Ask the owner or RevOps.", code="not_allowed")


def _write(account_id: int, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    Account.objects.filter(pk=account_id).update(**values, updated_at=now)
    if "name_key" in values:  # which the trigger forgets where another name has the same key
        Account.objects.filter(pk=account_id).update(name_key=values["name_key"])
    return merging.read_rows(_ACCOUNT, "t.id = %s", [account_id])[0]


def _restore(account_id: int, values: Mapping[str, Any], now: datetime) -> None:
    row = {"pk": account_id, "before": dict(values)}
    current = merging.read_rows(_ACCOUNT, "t.id = %s", [account_id])[0]
    row["after"] = {column: current[column] for column in values}
    if values:
        merging.rewrite_back(_ACCOUNT, "id", [row], what="account")
    Account.objects.filter(pk=account_id).update(updated_at=now)


def _own_primary_domain(account_id: int) -> None:
    """The primary domain is among the account's domains, whichever of the two it came from."""
    domain = Account.objects.values_list("domain", flat=True).get(pk=account_id)
    if domain and not AccountDomain.objects.filter(account=account_id, domain=domain).exists():
        raise Refused(f"{domain} belongs to another account. Choose the other primary domain.")


def _again(act: Callable[[], T]) -> T:
    """Do it, and again where the database ended us as one of two that waited for each other."""
    for attempt in range(1, _TRIES + 1):
        try:
            return act()
        except OperationalError as error:
            code = getattr(error.__cause__, "pgcode", None)
            if code != _DEADLOCK or attempt == _TRIES or connection.in_atomic_block:
                raise
    raise AssertionError


_DEADLOCK = "40P01"
