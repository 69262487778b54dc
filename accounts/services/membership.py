"""Changing the target list: change points in any order of arrival, intervals always whole, flags always right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldError, Refused
from accounts.domain.membership import Move, Point, intervals, move
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, AccountEvent, ListMembership, User
from accounts.services import events, lookups, storing
from accounts.services.claims import Claims
from accounts.services.locking import PATIENCE
from accounts.services.reacting import evaluate_later

_KINDS = {
    Move.JOINED: AccountEvent.Kind.JOINED_LIST,
    Move.LEFT: AccountEvent.Kind.LEFT_LIST,
    Move.RETIERED: AccountEvent.Kind.CHANGED_TIER,
}


@dataclass(slots=True)
class _History:
    """One account's rows by the moment they begin."""

    rows: dict[datetime, ListMembership] = field(default_factory=dict)

    def tier_before(self, at: datetime) -> int | None:
        """The tier just before a moment."""
        earlier = [moment for moment in self.rows if moment < at]
        return self.rows[max(earlier)].tier if earlier else None

    def settle(self) -> list[ListMembership]:
        """Give every row the end that its successor sets; returns the stored rows whose end moved."""
        moved = []
        for interval in intervals(Point(at, row.tier) for at, row in self.rows.items()):
            row = self.rows[interval.start]
            if row.valid_to != interval.end:
                row.valid_to = interval.end
                if row.pk:
                    moved.append(row)
        return moved


@transaction.atomic
def change_list(*, records: Mapping[int, ListChangeRecord], by: User | None, now: datetime) -> BulkResult:
    """Put accounts on the list, move them between tiers or take them off, as of `at`.

    The key is the account and `at`: the same change again is unchanged, another tier, side or reason at the same moment
    corrects it. Whatever the order of arrival, the intervals come out the same. Races wait for each other on
    the account rows, taken in id order. Six statements a call and one more a thousand records.
    """
    result = BulkResult()
    refs = lookups.AccountRefs.of(records.values())
    targets = _targets(records, refs, result)
    _lock(set(targets.values()))
    histories = _histories(set(targets.values()))
    claims = Claims(records, result)
    new, corrected = [], []
    for index, account_id in targets.items():
        record, history = records[index], histories[account_id]
        if not claims.take(index, {(account_id, record["at"]): "/at"}):
            continue
        row = history.rows.get(record["at"])
        said = (record["tier"], record["side"], record["reason"])
        if row is None:
            row = ListMembership(account_id=account_id, valid_from=record["at"], by=by)
            history.rows[record["at"]] = row
            new.append(row)
            result.settle(index, "created", row)
        elif (row.tier, row.side, row.reason) == said:
            result.settle(index, "unchanged", row)
            continue
        else:
            row.by = by
            corrected.append(row)
            result.settle(index, "updated", row)
        row.tier, row.side, row.reason = said
    claims.settle_repeats()
    _write(histories, new, corrected, now=now)
    touched = [*new, *corrected]
    events.record((event for row in touched if (event := _event(row, histories[row.account_id]))), now=now)
    evaluate_later(row.account_id for row in touched)
    return result


@dataclass(frozen=True, slots=True)
class Place:
    """A wish: one account into a tier now, or off the list (None)."""

    account_id: int
    tier: int | None
    side: str
    reason: str


@transaction.atomic
def place_many(*, places: Sequence[Place], by: User | None, now: datetime) -> list[ListMembership]:
    """Put accounts into tiers now, or off the list; returns the rows of those that were not there already.

    One place an account. All or nothing; a fixed number of statements and one more a thousand accounts.
    """
    if any(not place.reason.strip() for place in places):
        raise Refused("Say why: every change of the list carries its reason.")
    wanted = {place.account_id: place for place in places}
    _lock(set(wanted))
    current = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "tier"))
    moving = [place for pk, place in sorted(wanted.items()) if pk in current and current[pk] != place.tier]
    histories = _histories({place.account_id for place in moving})
    if any(moment >= now for history in histories.values() for moment in history.rows):
        raise Refused("The list has a later change of this account already. Look again.")
    rows = [
        ListMembership(
            account_id=place.account_id,
            valid_from=now,
            by=by,
            tier=place.tier,
            side=place.side,
            reason=place.reason.strip(),
        )
        for place in moving
    ]
    for row in rows:
        histories[row.account_id].rows[now] = row
    _write(histories, rows, [], now=now)
    events.record(
        (event for row in rows if (event := _event(row, histories[row.account_id])) is not None), now=now
    )
    evaluate_later(row.account_id for row in rows)
    return rows


def place_on_list(
    *, account: Account, tier: int | None, side: str, reason: str, by: User, now: datetime
) -> ListMembership | None:
    """Put one account into a tier now, or off the list (None); None where it is there already."""
    rows = place_many(places=[Place(account.pk, tier, side, reason)], by=by, now=now)
    return rows[0] if rows else None


def _targets(
    records: Mapping[int, ListChangeRecord], refs: lookups.AccountRefs, result: BulkResult
) -> dict[int, int]:
    targets = {}
    for index, record in records.items():
        found = refs.find(record)
        if isinstance(found, FieldError):
            result.refuse_all(index, [found])
        elif found is None:
            result.refuse(index, "/account_domain", "Is missing; a list change names its account.")
        else:
            targets[index] = found
    return targets


def _lock(account_ids: set[int]) -> None:
    """Take the accounts' rows in id order, so that two calls over the same accounts never wait in a circle."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(
            "SELECT id FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(account_ids)]
        )


def _histories(account_ids: set[int]) -> dict[int, _History]:
    histories = {account_id: _History() for account_id in account_ids}
    for row in ListMembership.objects.filter(account_id__in=account_ids):
        histories[row.account_id].rows[row.valid_from] = row
    return histories


def _write(
    histories: Mapping[int, _History],
    new: Sequence[ListMembership],
    corrected: Sequence[ListMembership],
    *,
    now: datetime,
) -> None:
    """Shorten first, then insert: at no statement do two intervals of an account overlap.

    Ends only ever move back (rows are never taken out), and no account has two open rows in between.
    """
    ended = {row.account_id for row in new}
    moved = [row for account_id in ended for row in histories[account_id].settle()]
    storing.update(moved, ["valid_to"], now=now)
    storing.insert(new, now=now)
    storing.update(corrected, ["tier", "side", "reason", "by"], now=now)


def _event(row: ListMembership, history: _History) -> events.NewEvent | None:
    before = history.tier_before(row.valid_from)
    what = move(before, row.tier)
    if what is None:
        return None
    return events.NewEvent(
        account_id=row.account_id,
        kind=_KINDS[what],
        at=row.valid_from,
        dedup_key=f"list:{row.account_id}:{row.valid_from.isoformat()}:{row.tier or 0}",
        payload={"from": before, "to": row.tier} if what is Move.RETIERED else {"tier": row.tier or before},
    )
