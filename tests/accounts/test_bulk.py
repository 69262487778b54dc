"""One thing for many accounts: all or nothing, one set of changes, undone as one, in a fixed number of queries."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.models import Account, Change, ChangeSet, ListMembership, Territory, User
from accounts.services import bulk
from accounts.services.undoing import undo
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    """RevOps."""
    return make.user()


def some(count: int, start: int = 0, **fields: object) -> list[int]:
    """Accounts."""
    return [make.account(f"A{n}", f"a{n}.example", **fields).pk for n in range(start, start + count)]


Act = Callable[[list[int], User], bulk.Done]


def hand(ids: list[int], by: User) -> bulk.Done:
    """To a rep."""
    rep = User.objects.filter(role=Role.REP).first() or make.user(Role.REP)
    return bulk.hand_over(accounts=ids, owner=rep, by=by, now=NOW)


def settle(ids: list[int], by: User) -> bulk.Done:
    """Into a territory."""
    place, _ = Territory.objects.get_or_create(slug="dach", name="DACH")
    return bulk.move_to_territory(accounts=ids, territory=place, by=by, now=NOW)


def disqualify(ids: list[int], by: User) -> bulk.Done:
    """Another lifecycle."""
    return bulk.set_lifecycle(accounts=ids, lifecycle="disqualified", by=by, now=NOW)


def place(ids: list[int], by: User) -> bulk.Done:
    """Into tier 3."""
    return bulk.change_places(accounts=ids, tier=3, side="revops", reason="They fit.", by=by, now=NOW)


ACTS = [pytest.param(act, id=act.__name__) for act in (hand, settle, disqualify, place)]


def stands(ids: list[int]) -> list[tuple[object, ...]]:
    """What these acts change."""
    rows = Account.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.values_list("owner_id", "territory_id", "lifecycle", "tier", "is_target"))


@pytest.mark.parametrize("act", ACTS)
def test_it_is_one_set_of_changes_and_one_undo(by: User, act: Act) -> None:
    ids = some(5)
    before = stands(ids)
    done = act(ids, by)
    assert done.changed == 5
    assert all(now != was for now, was in zip(stands(ids), before, strict=True))
    said = ChangeSet.objects.get(pk=done.change_set)
    assert said.by == by
    assert "5 accounts" in said.what
    assert set(Change.objects.filter(change_set=said).values_list("account_id", flat=True)) == set(ids)
    undo(change_set=done.change_set, by=by, now=LATER)
    assert stands(ids) == before


@pytest.mark.parametrize("act", ACTS)
def test_the_number_of_queries_does_not_grow_with_the_accounts(by: User, act: Act) -> None:
    act(some(2), by)

    def queries(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            act(ids, by)
        return len(captured)

    assert queries(some(3, 10)) == queries(some(40, 100))


@pytest.mark.parametrize("act", ACTS)
def test_what_is_so_already_is_no_change(by: User, act: Act) -> None:
    ids = some(3)
    act(ids[:1], by)
    assert act(ids, by).changed == 2
    again = act(ids, by)
    assert again.changed == 0
    assert not ChangeSet.objects.filter(pk=again.change_set).exists()


@pytest.mark.parametrize("act", ACTS)
def test_one_account_of_somebody_else_stops_all(act: Act) -> None:
    rep = make.user(Role.REP)
    ids = [*some(2, owner=rep), *some(1, 5)]
    before = stands(ids)
    with pytest.raises(Refused, match="1 account of these are somebody else's"):
        act(ids, rep)
    assert stands(ids) == before


def test_leaving_the_list_and_its_undo_lose_nothing_of_the_history(by: User) -> None:
    ids = some(3)
    place(ids, by)
    off = bulk.change_places(accounts=ids, tier=None, side="sales", reason="Out.", by=by, now=LATER)
    assert Account.objects.on_list().count() == 0
    undo(change_set=off.change_set, by=by, now=LATER + timedelta(minutes=1))
    assert Account.objects.on_tier(3).count() == 3
    assert ListMembership.objects.filter(account=ids[0]).count() == 3


def test_nobody_and_too_many_are_refused(by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="at least one"):
        disqualify([], by)
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(Refused, match="at most 2"):
        disqualify(some(3), by)
    with pytest.raises(Refused, match="no longer there"):
        disqualify([10**9], by)


def test_a_newer_change_holds_the_undo_back(by: User) -> None:
    ids = some(2)
    done = hand(ids, by)
    bulk.hand_over(accounts=ids[:1], owner=make.user(Role.REP), by=by, now=LATER)
    with pytest.raises(Refused, match="taken back"):
        undo(change_set=done.change_set, by=by, now=LATER)
