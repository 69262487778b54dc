"""The list: whatever order changes come in, and however many come at once, the intervals and flags are the same."""

import itertools
import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abmops.lib.choices import Role, Side
from abmops.lib.errors import Refused
from abmops.work.models import WorkItem
from accounts.domain.membership import Interval, Point, intervals, move
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, AccountEvent, ListMembership
from accounts.services.membership import change_list, place_on_list
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
TIERS = st.sampled_from([None, 1, 2, 3])
POINTS = st.dictionaries(st.integers(0, 40), TIERS, max_size=12)


def record(days: int, tier: int | None, domain: str = "acme.example") -> ListChangeRecord:
    """A change so many days ago."""
    return ListChangeRecord(
        account_domain=domain, tier=tier, at=NOW - timedelta(days=days), side=Side.SALES, reason="Because"
    )


def send(records: Sequence[ListChangeRecord]) -> None:
    """One call."""
    result = change_list(records=dict(enumerate(records)), by=None, now=NOW)
    assert not result.errors


def stored(account: Account) -> list[Interval]:
    """The account's intervals as the database has them."""
    rows = ListMembership.objects.filter(account=account).order_by("valid_from")
    return [Interval(row.valid_from, row.valid_to, row.tier) for row in rows]


def assert_whole(account: Account) -> None:
    """No gap, no overlap, one open row, and the flags that it says."""
    found = stored(account)
    assert all(one.end == two.start for one, two in itertools.pairwise(found))
    account.refresh_from_db()
    tier = found[-1].tier if found else None
    assert all((interval.end is None) == (interval is found[-1]) for interval in found)
    assert (account.tier, account.is_target) == (tier, tier is not None)


@given(POINTS)
def test_intervals_leave_no_gap_and_no_overlap(points: dict[int, int | None]) -> None:
    made = intervals(Point(NOW - timedelta(days=days), tier) for days, tier in points.items())
    assert [interval.start for interval in made] == sorted(NOW - timedelta(days=days) for days in points)
    assert all(one.end == two.start for one, two in itertools.pairwise(made))
    assert [interval.end for interval in made[-1:]] == [None] * len(made[-1:])


@pytest.mark.parametrize(("before", "after", "name"), [
    (None, 1, "joined_list"), (2, None, "left_list"), (3, 1, "changed_tier"), (1, 1, None), (None, None, None),
])  # fmt: skip
def test_what_a_move_is_called(before: int | None, after: int | None, name: str | None) -> None:
    assert move(before, after) == name


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=POINTS, seed=st.integers(0, 1_000), size=st.integers(1, 12))
def test_any_order_and_any_batches_give_the_same(points: dict[int, int | None], seed: int, size: int) -> None:
    Account.objects.all().delete()
    straight, shuffled = make.account(), make.account("Other", "other.example")
    send([record(days, tier) for days, tier in points.items()])
    changes = [record(days, tier, "other.example") for days, tier in points.items()]
    random.Random(seed).shuffle(changes)
    for start in range(0, len(changes), size):
        send(changes[start : start + size])
    assert stored(shuffled) == stored(straight)
    assert_whole(straight)
    assert_whole(shuffled)


@pytest.mark.django_db
def test_a_correction_of_one_moment_counts_as_updated() -> None:
    account = make.account()
    send([record(5, 2), record(1, 3)])
    result = change_list(records={0: record(5, 1)}, by=None, now=NOW)
    assert (result.created, result.updated, result.unchanged) == (0, 1, 0)
    assert [interval.tier for interval in stored(account)] == [1, 3]


@pytest.mark.django_db
def test_moves_become_events_once_and_only_news_starts_work() -> None:
    account = make.account()
    changes = [record(30, 2), record(20, 2), record(6, 1), record(2, None)]
    send(changes)
    send(changes)
    found = AccountEvent.objects.filter(account=account).order_by("at")
    assert [(event.kind, event.payload) for event in found] == [
        ("joined_list", {"tier": 2}),
        ("changed_tier", {"from": 2, "to": 1}),
        ("left_list", {"tier": 1}),
    ]
    work = WorkItem.objects.filter(kind="account_event").order_by("subject_id")
    assert [item.subject_id for item in work] == [
        event.pk for event in found if event.at > NOW - timedelta(days=7)
    ]


@pytest.mark.django_db
def test_by_hand_a_change_needs_a_reason_and_a_difference() -> None:
    account, by = make.account(), make.user(Role.REVOPS)
    with pytest.raises(Refused, match="Say why"):
        place_on_list(account=account, tier=1, side=Side.REVOPS, reason=" ", by=by, now=NOW)
    assert place_on_list(account=account, tier=1, side=Side.REVOPS, reason="Fits", by=by, now=NOW) is not None
    assert place_on_list(account=account, tier=1, side=Side.REVOPS, reason="Again", by=by, now=NOW) is None
    with pytest.raises(Refused, match="later change"):
        place_on_list(
            account=account, tier=2, side=Side.REVOPS, reason="Late", by=by, now=NOW - timedelta(days=1)
        )
    assert_whole(account)


@pytest.mark.django_db(transaction=True)
def test_races_leave_every_interval_whole_and_every_flag_right() -> None:
    accounts = [make.account(f"C{number}", f"c{number}.example") for number in range(6)]
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            start.wait()
            for _ in range(8):
                picked = chance.sample(range(6), 4)  # overlapping sets, in another order each time
                send([
                    record(chance.randrange(200), chance.choice([None, 1, 2, 3]), f"c{number}.example")
                    for number in picked
                ])  # fmt: skip
        except BaseException as error:  # noqa: BLE001  (told to the test)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert ListMembership.objects.count() > 100
    for account in accounts:
        assert_whole(account)


@pytest.mark.django_db(transaction=True)
def test_a_stale_object_saved_over_a_change_does_not_bring_the_old_tier_back() -> None:
    stale = make.account()
    send([record(3, 1)])
    stale.name = "Renamed"
    stale.save()
    stale.refresh_from_db()
    assert (stale.name, stale.tier, stale.is_target) == ("Renamed", 1, True)
