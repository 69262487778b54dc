"""The list under everything at once: whatever is done to it, in whatever order and by however many at the same moment,
no two intervals of an account overlap, none leaves a gap, and the flags are those of the open row."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abmops.lib.choices import Role, Side
from abmops.lib.errors import AbmopsError
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, ListMembership, Nomination, User
from accounts.selectors.list_history import list_as_of, list_diff
from accounts.services.changes import acting
from accounts.services.membership import Place, change_list, place_many
from accounts.services.merging import merge_accounts
from accounts.services.target_list.nominations import accept, nominate
from accounts.services.undoing import undo
from tests.accounts import make
from tests.accounts.listing import NOW, accounts, assert_whole, ceiling
from tests.accounts.racing import at_once

HOUR = timedelta(hours=1)
TIERS = (None, 1, 2, 3)
NAMES = tuple(f"c{number}.example" for number in range(4))


def sent(name: str, tier: int | None, at: datetime) -> ListChangeRecord:
    return ListChangeRecord(account_domain=name, tier=tier, at=at, side=Side.SALES, reason="CRM")


class Actor:
    """Somebody who does one thing after another to the same few accounts, each by one of the program's own ways."""

    def __init__(self, seed: int, rows: list[Account], by: User) -> None:
        self.chance = random.Random(seed)
        self.rows = rows
        self.by = by
        self.done: list[UUID] = []
        self.refused = 0

    def act(self, now: datetime) -> None:
        """One act. A refusal is an answer; anything else is a defect."""
        acts: list[Callable[[datetime], object]] = [
            self.send, self.send, self.place, self.place, self.correct, self.take_back, self.nominate, self.accept,
        ]  # fmt: skip
        try:
            self.chance.choice(acts)(now)
        except AbmopsError:
            self.refused += 1

    def some(self) -> list[Account]:
        """Overlapping sets, in another order each time."""
        return self.chance.sample(self.rows, self.chance.randint(1, len(self.rows)))

    def send(self, now: datetime) -> None:
        """Facts of another system, out of order."""
        at = now - timedelta(minutes=self.chance.randrange(100_000))
        records = {
            n: sent(str(row.domain), self.chance.choice(TIERS), at + n * HOUR)
            for n, row in enumerate(self.some())
        }
        change_list(records={n: r for n, r in records.items() if r["at"] <= now}, by=self.by, now=now)

    def place(self, now: datetime) -> None:
        """By hand, now."""
        self.written([Place(row.pk, self.chance.choice(TIERS), Side.SALES, "In") for row in self.some()], now)

    def correct(self, now: datetime) -> None:
        """By hand, as of a past moment."""
        at = now - timedelta(minutes=self.chance.randrange(100_000))
        row = self.chance.choice(self.rows)
        self.written([Place(row.pk, self.chance.choice(TIERS), Side.REVOPS, "Forgotten")], now, at)

    def written(self, places: list[Place], now: datetime, at: datetime | None = None) -> None:
        """Place them as one act that can be taken back."""
        change_set = uuid4()
        with acting(by=self.by, what="Race", change_set=change_set):
            place_many(places=places, by=self.by, now=now, at=at, override="Raced")
        self.done.append(change_set)

    def take_back(self, now: datetime) -> None:
        """Undo one of one's acts."""
        if self.done:
            undo(change_set=self.done.pop(self.chance.randrange(len(self.done))), by=self.by, now=now)

    def nominate(self, now: datetime) -> None:
        """Wish some into a tier."""
        wanted = [row.pk for row in self.some()]
        side = self.chance.choice(["sales", "marketing"])
        nominate(
            accounts=wanted, side=side, tier=self.chance.choice([1, 2, 3]), reason="Up", by=self.by, now=now
        )

    def accept(self, now: datetime) -> None:
        """Accept whatever is open."""
        open_now = list(Nomination.objects.filter(state="open").values_list("pk", flat=True)[:3])
        accept(nominations=open_now, decision="Yes", by=self.by, now=now, override="Raced", tier=2)


def assert_kept(rows: list[Account]) -> None:
    """Whole histories, ceilings past which nobody went without a word, and every acceptance on the list."""
    assert_whole(rows)
    assert not ListMembership.objects.filter(passed_over=[]).exclude(override="").exists()
    for one in Nomination.objects.filter(state="accepted").select_related("membership"):
        assert one.membership is not None
        assert one.membership.account_id == one.account_id


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_eight_people_at_once_leave_every_account_whole(seed: int) -> None:
    rows, revops = accounts(4), make.user(Role.REVOPS)
    for tier in (1, 2, 3):
        ceiling(tier, 1)
    actors = [Actor(seed * 100 + number, rows, revops) for number in range(8)]
    errors: list[BaseException] = []
    start = threading.Barrier(len(actors))

    def work(number: int, actor: Actor) -> None:
        try:
            start.wait()
            for step in range(12):
                actor.act(NOW + timedelta(seconds=step * 8 + number))
        except BaseException as error:  # noqa: BLE001  (told to the test)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number, actor)) for number, actor in enumerate(actors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert ListMembership.objects.count() > 20
    assert sum(actor.refused for actor in actors) < 12 * len(actors) / 2
    assert_kept(rows)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_a_merge_amid_changes_leaves_the_winner_whole(seed: int) -> None:
    winner, loser, other = rows = accounts(3)
    by = make.user(Role.REVOPS)
    actors = [Actor(seed * 10 + number, rows, by) for number in range(4)]

    def work(actor: Actor) -> None:
        for step in range(6):
            actor.act(NOW + timedelta(seconds=step))

    calls: list[Callable[[], object]] = [partial(work, actor) for actor in actors]
    calls.append(
        partial(merge_accounts, winner=winner.pk, loser=loser.pk, by=by, now=NOW, reason="The same company")
    )
    errors = [error for error in at_once(calls) if not isinstance(error, AbmopsError)]
    assert errors == []
    assert not Account.objects.filter(pk=loser.pk).exists()
    assert_whole([winner, other])


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=14))
def test_one_after_the_other_in_any_order(seeds: list[int]) -> None:
    """The same acts without threads, so that hypothesis can shrink what fails."""
    with transaction.atomic():
        rows, revops = accounts(3), make.user(Role.REVOPS)
        actor = Actor(0, rows, revops)
        for step, seed in enumerate(seeds):
            actor.chance = random.Random(seed)
            actor.act(NOW + timedelta(minutes=step))
            assert_kept(rows)
        transaction.set_rollback(True)


class Model:
    """The list by brute force: change points by account, and what follows from them."""

    def __init__(self) -> None:
        self.points: dict[str, dict[datetime, int | None]] = {}

    def tier(self, name: str, at: datetime) -> int | None:
        """The tier of the last point at or before a moment."""
        earlier = [moment for moment in self.points.get(name, {}) if moment <= at]
        return self.points[name][max(earlier)] if earlier else None

    def as_of(self, at: datetime) -> dict[str, int]:
        """Who is on the list."""
        return {name: tier for name in self.points if (tier := self.tier(name, at)) is not None}

    def diff(self, start: datetime, end: datetime) -> set[tuple[str, int | None, int | None]]:
        """Whose tier differs."""
        pairs = {(name, self.tier(name, start), self.tier(name, end)) for name in self.points}
        return {pair for pair in pairs if pair[1] != pair[2]}


POINTS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(0, 60), st.sampled_from(TIERS)), min_size=1, max_size=25
)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=POINTS, asked=st.lists(st.tuples(st.integers(-1, 61), st.integers(-1, 61)), max_size=8))
def test_as_of_and_diff_agree_with_brute_force(
    points: list[tuple[str, int, int | None]], asked: list[tuple[int, int]]
) -> None:
    Account.objects.all().delete()
    for number, name in enumerate(NAMES):
        make.account(f"C{number}", name)
    model = Model()
    for name, hours, tier in points:
        at = NOW - hours * HOUR
        model.points.setdefault(name, {})[at] = tier
        change_list(records={0: sent(name, tier, at)}, by=None, now=NOW)
    for first, second in asked:
        start, end = sorted((NOW - first * HOUR, NOW - second * HOUR))
        rows = list_as_of(start).values_list("account__domain", "tier")
        assert dict(rows) == model.as_of(start)
        found = list_diff(start, end)
        assert {(item.domain, item.from_tier, item.to_tier) for item in found.every()} == model.diff(
            start, end
        )
        assert all(item.from_tier is None and item.to_tier for item in found.joined)
        assert all(item.from_tier and item.to_tier is None for item in found.left)
        assert all(item.from_tier and item.to_tier for item in found.retiered)


INSERT = """
INSERT INTO accounts_listmembership (account_id, tier, valid_from, valid_to, side, reason, recorded_at, passed_over,
    override) VALUES (%s, %s, %s, %s, 'sales', %s, now(), '{}', '')
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tier", "start", "end", "reason", "name"),
    [
        pytest.param(2, 5, None, "In", "one_open_list_row_per_account", id="a second open row"),
        pytest.param(
            2, -5, 5, "In", "list_intervals_of_an_account_never_overlap", id="over the open row's start"
        ),
        pytest.param(2, 3, 4, "In", "list_intervals_of_an_account_never_overlap", id="inside the open row"),
        pytest.param(2, 0, 1, "In", "one_list_change_per_account_and_moment", id="at the same moment"),
        pytest.param(2, -5, -5, "In", "list_interval_is_not_empty", id="an empty interval"),
        pytest.param(2, -5, -6, "In", "list_interval_is_not_empty", id="one that ends before it begins"),
        pytest.param(4, -5, -4, "In", "list_tier_is_1_2_or_3", id="a fourth tier"),
        pytest.param(2, -5, -4, "", "list_change_has_a_reason", id="no reason"),
    ],
)
def test_direct_sql_meets_the_same_walls(
    tier: int, start: int, end: int | None, reason: str, name: str
) -> None:
    (account,) = accounts(1)
    change_list(records={0: sent("c0.example", 1, NOW)}, by=None, now=NOW)
    until = None if end is None else NOW + end * HOUR
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [account.pk, tier, NOW + start * HOUR, until, reason])
    assert_whole([account])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "tier"),
    [
        pytest.param("UPDATE accounts_account SET tier = 3, is_target = true", 1, id="the flags by hand"),
        pytest.param("UPDATE accounts_account SET tier = NULL, is_target = false", 1, id="the flags off"),
        pytest.param("UPDATE accounts_account SET is_target = false", 1, id="half of the flags"),
        pytest.param("UPDATE accounts_listmembership SET tier = 2", 2, id="the row's tier"),
        pytest.param("UPDATE accounts_listmembership SET tier = NULL", None, id="the row's leaving"),
        pytest.param("DELETE FROM accounts_listmembership", None, id="the row gone"),
    ],
)
def test_the_flags_follow_the_open_row_under_direct_sql(sql: str, tier: int | None) -> None:
    (account,) = accounts(1)
    change_list(records={0: sent("c0.example", 1, NOW)}, by=None, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    account.refresh_from_db()
    assert (account.tier, account.is_target) == (tier, tier is not None)
    assert_whole([account])


@pytest.mark.django_db
def test_flags_cannot_be_born_wrong() -> None:
    account = Account.objects.create(name="New", tier=1, is_target=True)
    account.refresh_from_db()
    assert (account.tier, account.is_target) == (None, False)
