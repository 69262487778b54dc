"""Two histories of the list made one and two again, whatever they hold: at every moment the better tier, never an
overlap, and apart exactly as before."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.choices import Role
from accounts.domain.membership import Point, intervals
from accounts.domain.merging import Said, better, one_history
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, ListMembership, User
from accounts.services.membership import change_list
from accounts.services.merging import merge_accounts, undo_merge
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
TIERS = st.sampled_from([1, 2, 3, None])
POINTS = st.dictionaries(st.integers(0, 30), TIERS, max_size=8)


def tier_at(points: dict[int, int | None], day: int) -> int | None:
    """The tier on a day by change points."""
    earlier = [start for start in points if start <= day]
    return points[max(earlier)] if earlier else None


@given(POINTS, POINTS)
def test_at_every_moment_the_better_tier(ours: dict[int, int | None], theirs: dict[int, int | None]) -> None:
    points = [
        Said(number, NOW + timedelta(days=day), tier, of_winner)
        for number, (day, tier, of_winner) in enumerate(
            [
                *((day, tier, True) for day, tier in ours.items()),
                *((day, tier, False) for day, tier in theirs.items()),
            ]
        )
    ]
    history = one_history(points)
    assert sorted(point.id for point in history) == list(range(len(points))), "no point is lost"
    assert len({point.at for point in history}) == len(history)
    held = intervals(Point(point.at, point.tier) for point in history)
    for day in range(32):
        at = NOW + timedelta(days=day, hours=12)
        now = [one.tier for one in held if one.start <= at and (one.end is None or at < one.end)]
        assert (now[0] if now else None) == better(tier_at(ours, day), tier_at(theirs, day))


def rows() -> list[tuple[object, ...]]:
    """The list as it lies in the database."""
    fields = ("id", "account_id", "tier", "valid_from", "valid_to", "side", "reason", "by_id")
    return list(ListMembership.objects.order_by("id").values_list(*fields))


def is_whole(account: Account) -> bool:
    """Each interval ends where the next begins, the last is open, and the flag is the open row's."""
    history = list(ListMembership.objects.filter(account=account).order_by("valid_from"))
    ends = [row.valid_to for row in history]
    account.refresh_from_db()
    open_tier = history[-1].tier if history else None
    return ends == [*(row.valid_from for row in history[1:]), None][: len(ends)] and (
        account.tier,
        account.is_target,
    ) == (open_tier, open_tier is not None)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_together_and_apart_again_in_the_database(seed: int) -> None:
    dice = random.Random(seed)
    by: User = make.user(Role.REVOPS)
    ours, theirs = make.account("Acme", "acme.example"), make.account("ACME", "acme.test")
    for account in (ours, theirs):
        days = dice.sample(range(1, 12), dice.randrange(0, 7))
        change_list(
            records={
                number: ListChangeRecord(
                    account_domain=str(account.domain), tier=dice.choice([1, 2, 3, None]), side="revops", reason="So.",
                    at=NOW - timedelta(days=day),
                )
                for number, day in enumerate(days)
            },
            by=by, now=NOW,
        )  # fmt: skip
    before = rows()
    stamps = dict(Account.objects.values_list("id", "list_refreshed_at"))
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=by, now=NOW)
    assert is_whole(ours)
    assert len(rows()) == len(before)
    undo_merge(merge=merge.pk, by=by, now=NOW)
    assert rows() == before
    assert is_whole(ours)
    assert is_whole(Account.objects.get(pk=theirs.pk))
    assert dict(Account.objects.values_list("id", "list_refreshed_at")) == stamps
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
