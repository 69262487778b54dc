"""An account's history on the list in memory: change points in, whole intervals out, written in sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from accounts.domain.capacity import Going
from accounts.domain.membership import Move, Point, intervals, move
from accounts.models import AccountEvent, ListMembership
from accounts.services import events, storing
from accounts.services.locking import PATIENCE

_KINDS = {
    Move.JOINED: AccountEvent.Kind.JOINED_LIST,
    Move.LEFT: AccountEvent.Kind.LEFT_LIST,
    Move.RETIERED: AccountEvent.Kind.CHANGED_TIER,
}


@dataclass(slots=True)
class History:
    """One account's rows by the moment they begin, its owner, and its tier as it was stored."""

    account_id: int
    owner_id: int | None
    name: str
    tier: int | None
    rows: dict[datetime, ListMembership] = field(default_factory=dict)

    def tier_before(self, at: datetime) -> int | None:
        """The tier just before a moment."""
        earlier = [moment for moment in self.rows if moment < at]
        return self.rows[max(earlier)].tier if earlier else None

    def newest(self) -> ListMembership | None:
        """The row that says where the account is now."""
        return self.rows[max(self.rows)] if self.rows else None

    def going(self) -> Going:
        """From the place that is stored to the one that the rows now say."""
        newest = self.newest()
        return Going(self.account_id, self.owner_id, self.tier, newest.tier if newest else None)

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


def lock(account_ids: Iterable[int]) -> dict[int, History]:
    """Take the accounts' rows in id order, so that two calls over the same accounts never wait in a circle; then read
    their histories. Three statements."""
    wanted = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(
            "SELECT id, owner_id, name, tier FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [wanted],
        )
        histories = {pk: History(pk, owner, name, tier) for pk, owner, name, tier in cursor.fetchall()}
    for row in ListMembership.objects.filter(account_id__in=list(histories)):
        histories[row.account_id].rows[row.valid_from] = row
    return histories


def write(
    histories: Mapping[int, History],
    new: Sequence[ListMembership],
    corrected: Sequence[ListMembership] = (),
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
    storing.update(corrected, ["tier", "side", "reason", "by", "passed_over", "override"], now=now)
    events.record(
        (found for row in (*new, *corrected) if (found := _event(row, histories[row.account_id]))), now=now
    )


def _event(row: ListMembership, history: History) -> events.NewEvent | None:
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
