"""Ceilings and quarantine: what a change of the list goes past, and what that takes."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.choices import Role, Side
from abmops.lib.errors import Refused
from accounts.domain.capacity import Band, Ceiling, Going, Holding, exceeded
from accounts.domain.records import ListChangeRecord
from accounts.models import ListMembership, User
from accounts.selectors import target_list as facts
from accounts.services.changes import acting
from accounts.services.membership import Place, change_list, place_many, place_on_list
from accounts.services.target_list.policy import write_policy
from accounts.services.target_list.rules import NeedsReason
from accounts.services.undoing import undo
from tests.accounts import make
from tests.accounts.listing import DAY, NOW, accounts, assert_whole, ceiling, place
from tests.accounts.racing import at_once

RULES = (Ceiling(1, 2, 3, 2), Ceiling(2, 0, 5), Ceiling(3, 0, 9))
ANN, BEN = 1, 2


@pytest.mark.parametrize(("held", "band"), [
    (1, Band.UNDER), (2, Band.INSIDE), (3, Band.INSIDE), (4, Band.OVER),
])  # fmt: skip
def test_both_ends_of_a_band_are_inside(held: int, band: Band) -> None:
    assert RULES[0].band(held) is band


@pytest.mark.parametrize(
    ("going", "said"),
    [
        pytest.param([Going(7, None, None, 1)], {}, id="the last free place"),
        pytest.param(
            [Going(7, None, None, 1), Going(8, None, 2, 1)],
            {7: ["Tier 1 would hold 4 of at most 3."], 8: ["Tier 1 would hold 4 of at most 3."]},
            id="two for one place: both go past it",
        ),
        pytest.param([Going(7, None, None, 1), Going(8, None, 1, None)], {}, id="one leaves, one arrives"),
        pytest.param([Going(7, None, 1, 1), Going(8, None, 1, 1)], {}, id="who stays does not arrive"),
        pytest.param(
            [Going(7, ANN, None, 1)], {7: ["Ann would hold 3 of at most 2 tier 1 accounts."]}, id="an owner's"
        ),
        pytest.param([Going(7, ANN, None, 2)], {}, id="a tier without a ceiling per owner"),
        pytest.param([Going(7, BEN, None, 1)], {}, id="another owner's"),
        pytest.param([Going(7, None, 1, None), Going(8, None, 3, None)], {}, id="leaving goes past nothing"),
    ],
)
def test_what_an_arrival_goes_past(going: list[Going], said: dict[int, list[str]]) -> None:
    holding = Holding({1: 2}, {(ANN, 1): 2})
    assert exceeded(going, holding, RULES, {ANN: "Ann", BEN: "Ben"}) == said


MOVES = st.lists(
    st.builds(
        Going,
        account_id=st.integers(1, 50),
        owner_id=st.sampled_from([None, ANN, BEN]),
        before=st.sampled_from([None, 1, 2, 3]),
        after=st.sampled_from([None, 1, 2, 3]),
    ),
    max_size=12,
    unique_by=lambda one: one.account_id,
)


@given(MOVES, st.integers(0, 5))
def test_nothing_is_said_of_a_list_that_stays_within_its_ceilings(moves: list[Going], room: int) -> None:
    """Raising every ceiling never makes a rule fire; those that fire name only who arrives."""
    held = Holding(dict.fromkeys((1, 2, 3), 20), {(who, tier): 9 for who in (ANN, BEN) for tier in (1, 2, 3)})
    tight = [Ceiling(tier, 0, 20, 9) for tier in (1, 2, 3)]
    loose = [Ceiling(tier, 0, 20 + room, 9 + room) for tier in (1, 2, 3)]
    strict, mild = (exceeded(moves, held, rules, {}) for rules in (tight, loose))
    assert set(mild) <= set(strict)
    assert all(one.arrives for one in moves if one.account_id in strict)
    then = held.after(moves)
    assert sum(then.tiers.values()) == 60 + sum(bool(m.after) - bool(m.before) for m in moves)
    for one in moves:
        if one.arrives and then.tiers[one.arrives] > 20:
            assert one.account_id in strict


@pytest.mark.django_db
def test_an_add_past_the_ceiling_takes_a_reason_and_keeps_it() -> None:
    ceiling(1, 2)
    first, second, third = accounts(3)
    place(first, second)
    with pytest.raises(NeedsReason, match=r"Tier 1 would hold 3 of at most 2. Write why"):
        place(third)
    with pytest.raises(NeedsReason):
        place(third, override="  ")
    (row,) = place(third, override="Board's wish")
    row.refresh_from_db()
    assert (row.override, row.passed_over) == ("Board's wish", ["Tier 1 would hold 3 of at most 2."])
    assert [one.pk for one in facts.overrides()] == [row.pk]


@pytest.mark.django_db
def test_a_reason_that_no_rule_asked_for_is_not_kept() -> None:
    (row,) = place(*accounts(1), override="Just in case")
    assert (row.override, row.passed_over) == ("", [])


@pytest.mark.django_db
def test_all_of_a_bulk_change_or_nothing() -> None:
    ceiling(2, 4)
    rows = accounts(5)
    with pytest.raises(NeedsReason, match="Tier 2 would hold 5 of at most 4"):
        place(*rows, tier=2)
    assert not ListMembership.objects.exists()
    assert len(place(*rows, tier=2, override="All five")) == 5


@pytest.mark.django_db
def test_swapping_in_one_act_needs_no_room() -> None:
    ceiling(1, 1)
    old, new = accounts(2)
    place(old)
    places = [Place(old.pk, 2, Side.SALES, "Down"), Place(new.pk, 1, Side.SALES, "Up")]
    assert len(place_many(places=places, by=make.user(), now=NOW + DAY)) == 2


@pytest.mark.django_db
def test_a_list_without_policy_rows_has_the_field_s_defaults(django_assert_num_queries: object) -> None:
    from accounts.models import ListPolicy, TierPolicy

    TierPolicy.objects.all().delete()
    ListPolicy.objects.all().delete()
    assert [(rule.least, rule.most) for rule in facts.ceilings()] == [(25, 50), (100, 200), (200, 500)]
    assert facts.list_policy().quarantine_days == 90


@pytest.mark.django_db
def test_the_first_policy_comes_with_the_tables() -> None:
    from accounts.models import Change, ListPolicy, TierPolicy

    assert set(TierPolicy.objects.values_list("tier", "least", "most")) == {
        (1, 25, 50),
        (2, 100, 200),
        (3, 200, 500),
    }
    assert ListPolicy.objects.get().refresh_days == 31
    assert not Change.objects.filter(table="accounts_tierpolicy").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_adds_at_the_last_free_place_one_needs_a_reason() -> None:
    for tier in (1, 2, 3):
        ceiling(tier, 3)
    by = make.user()
    for tier in (1, 2, 3):
        rows = accounts(8)
        place(rows[0], rows[1], tier=tier, by=by)
        calls = [
            partial(place_on_list, account=row, tier=tier, side=Side.SALES, reason="Fits", by=by, now=NOW)
            for row in rows[2:]
        ]
        errors = at_once(calls)
        assert len(errors) == 5
        assert all(isinstance(error, NeedsReason) for error in errors)
        assert facts.holding().tiers[tier] == 3
        assert_whole(rows)


def told(days: float, tier: int | None, name: str, override: str = "") -> ListChangeRecord:
    at = NOW - timedelta(days=days)
    return ListChangeRecord(
        account_domain=name, tier=tier, at=at, side=Side.SALES, reason="CRM", override=override
    )


@pytest.mark.django_db
def test_what_another_system_sends_is_kept_marked_and_warned_of() -> None:
    ceiling(1, 1)
    first, second = accounts(2)
    records = {0: told(2, 1, "c0.example"), 1: told(1, 1, "c1.example", override="CRM rule")}
    result = change_list(records=records, by=None, now=NOW)
    assert result.created == 2
    assert result.warnings == ["Tier 1 holds 2 of at most 1."]
    assert {row.account_id: row.override for row in facts.overrides()} == {
        first.pk: "",
        second.pk: "CRM rule",
    }
    again = change_list(records=records, by=None, now=NOW)
    assert (again.unchanged, again.warnings) == (2, [])
    assert facts.overrides().count() == 2


@pytest.mark.django_db
def test_history_is_not_blocked_and_not_marked() -> None:
    ceiling(1, 1)
    accounts(2)
    records = {0: told(300, 1, "c0.example"), 1: told(200, 1, "c1.example")}
    result = change_list(records=records, by=None, now=NOW)
    assert (result.created, result.errors) == (2, [])
    assert result.warnings == ["Tier 1 holds 2 of at most 1."]
    assert not facts.overrides().exists()


@pytest.mark.django_db
def test_only_revops_changes_the_past_and_nobody_the_future() -> None:
    (account,) = accounts(1)
    wish = [Place(account.pk, 2, Side.SALES, "Forgotten")]
    marketer, revops = make.user(Role.MARKETER), make.user()
    with pytest.raises(Refused, match="Only RevOps"):
        place_many(places=wish, by=marketer, now=NOW, at=NOW - DAY)
    with pytest.raises(Refused, match="still to come"):
        place_many(places=wish, by=revops, now=NOW, at=NOW + DAY)
    place(account, tier=1, now=NOW - 5 * DAY)
    (row,) = place_many(places=wish, by=revops, now=NOW, at=NOW - 9 * DAY)
    assert (row.valid_from, row.valid_to) == (NOW - 9 * DAY, NOW - 5 * DAY)
    with pytest.raises(Refused, match="this very moment"):
        place_many(places=[Place(account.pk, 3, Side.SALES, "No")], by=revops, now=NOW, at=NOW - 9 * DAY)
    assert_whole([account])
    account.refresh_from_db()
    assert account.tier == 1


@pytest.mark.django_db
@pytest.mark.parametrize("full", [False, True])
def test_taking_back_is_not_stopped_by_a_tier_that_has_filled_since(full: bool) -> None:
    by = make.user()
    first, second = accounts(2)
    place(first, tier=1, now=NOW - 3 * DAY)
    with acting(by=by, what="Off") as off:
        place(first, tier=None, by=by, now=NOW - 2 * DAY)
    if full:
        ceiling(1, 1)
        place(second, tier=1, now=NOW - DAY)
    undo(change_set=off, by=by, now=NOW)
    row = ListMembership.objects.get(account=first, valid_to=None)
    assert (row.tier, bool(row.passed_over), bool(row.override)) == (1, full, full)
    assert_whole([first, second])


@pytest.mark.django_db
def test_the_rules_are_written_by_revops_within_reason() -> None:
    def write(by: User, **rules: int) -> None:
        write_policy(ceilings=[Ceiling(1, 5, rules.pop("most", 9), 3)], rules=rules, by=by)

    with pytest.raises(Refused, match="Only RevOps"):
        write(make.user(Role.MARKETER))
    with pytest.raises(Refused, match="at most 4 and at least 5"):
        write(make.user(), most=4)
    with pytest.raises(Refused, match="below the one"):
        write(make.user(), propose_up_score=30, propose_down_score=30)
    write(make.user(), quarantine_days=10)
    assert facts.ceilings()[0] == Ceiling(1, 5, 9, 3)
    assert facts.list_policy().quarantine_days == 10


@pytest.mark.django_db
def test_an_override_without_a_rule_is_no_row() -> None:
    (account,) = accounts(1)
    with pytest.raises(IntegrityError, match="list_override_says_what_it_passed_over"), transaction.atomic():
        ListMembership.objects.create(
            account=account, tier=1, valid_from=NOW, side="sales", reason="In", override="Why"
        )


@pytest.mark.django_db
def test_capacity_by_owner_counts_the_pool_apart() -> None:
    ann = make.user(Role.REP, name="Ann")
    place(*accounts(3, owner=ann), tier=1)
    place(*accounts(2), tier=2)
    ceiling(1, 50, per_owner=2)
    found = facts.capacity()
    assert [(row.name, row.total, bool(row.warnings)) for row in found.owners] == [
        ("Ann", 3, True), ("Nobody: the SDR pool", 2, False),
    ]  # fmt: skip
    assert [tier.held for tier in found.tiers] == [3, 2, 0]
    assert found.size == 5
