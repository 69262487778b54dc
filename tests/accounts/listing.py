"""What must hold of every account's history on the list, whoever wrote it and in whatever order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from abmops.lib.choices import Role, Side
from accounts.models import Account, ListMembership, TierPolicy, User
from accounts.services.membership import Place, place_many
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def assert_whole(accounts: Iterable[Account]) -> None:
    """Of each account: no gap after the first row, no overlap, the last row and no other open, the flags as it says."""
    for account in accounts:
        rows = list(ListMembership.objects.filter(account=account).order_by("valid_from"))
        assert all(one.valid_to == two.valid_from for one, two in itertools.pairwise(rows))
        assert [row.valid_to is None for row in rows] == [False] * (len(rows) - 1) + [True] * bool(rows)
        tier = rows[-1].tier if rows else None
        stored = Account.objects.get(pk=account.pk)
        assert (stored.tier, stored.is_target) == (tier, tier is not None)


def ceiling(tier: int, most: int, *, per_owner: int | None = None, least: int = 0) -> None:
    """A tier's policy."""
    TierPolicy.objects.update_or_create(
        tier=tier, defaults={"least": least, "most": most, "most_per_owner": per_owner}
    )


def place(
    *accounts: Account, tier: int | None = 1, by: User | None = None, now: datetime = NOW, override: str = ""
) -> list[ListMembership]:
    """Put accounts into a tier now."""
    places = [Place(account.pk, tier, Side.SALES, "Fits") for account in accounts]
    return place_many(places=places, by=by or make.user(Role.REVOPS), now=now, override=override)


def accounts(count: int, **fields: object) -> list[Account]:
    """Fresh accounts."""
    start = Account.objects.count()
    return [make.account(f"C{n:03}", f"c{n}.example", **fields) for n in range(start, start + count)]
