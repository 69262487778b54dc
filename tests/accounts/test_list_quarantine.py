"""Who is held back from joining, until when and why."""

from datetime import UTC, datetime, timedelta

import pytest

from abmops.lib.choices import Role, Side
from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.domain.quarantine import HeldBy, Hold, longest, sentence
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, ListPolicy, Opportunity
from accounts.selectors import target_list as facts
from accounts.services.membership import change_list
from accounts.services.target_list.quarantine import hold_back, lift
from accounts.services.target_list.rules import NeedsReason
from tests.accounts import make
from tests.accounts.listing import DAY, NOW, accounts, assert_whole, place

SOON = NOW + 30 * DAY


def held(kind: HeldBy, until: datetime | None, since: datetime = NOW - DAY) -> Hold:
    return Hold(1, kind, since, until, "Line 4", "Ann")


def test_a_hold_is_over_at_its_end() -> None:
    hold = held(HeldBy.LOST_DEAL, SOON)
    assert hold.stands(NOW)
    assert hold.stands(SOON - timedelta(microseconds=1))
    assert not hold.stands(SOON)
    assert not hold.stands(NOW - 2 * DAY)


@pytest.mark.parametrize(("holds", "expected"), [
    ([], None),
    ([held(HeldBy.LOST_DEAL, NOW)], None),
    ([held(HeldBy.LOST_DEAL, SOON), held(HeldBy.PERSON, NOW + DAY)], HeldBy.LOST_DEAL),
    ([held(HeldBy.LOST_DEAL, SOON), held(HeldBy.OPEN_DEAL, None)], HeldBy.OPEN_DEAL),
])  # fmt: skip
def test_the_last_to_end_speaks(holds: list[Hold], expected: HeldBy | None) -> None:
    found = longest(holds, NOW)
    assert (found.kind if found else None) == expected


@pytest.mark.parametrize(("hold", "says"), [
    (held(HeldBy.OPEN_DEAL, None), "Acme is held back while the deal Line 4 is open."),
    (
        held(HeldBy.LOST_DEAL, SOON),
        "Acme is held back until 18 December 2026, because the deal Line 4 was lost on 17 November 2026.",
    ),
    (held(HeldBy.PERSON, None), "Acme is held back until somebody lifts it, because Ann wrote: Line 4."),
])  # fmt: skip
def test_a_hold_as_a_sentence(hold: Hold, says: str) -> None:
    assert sentence("Acme", hold, UTC) == says


def deal(account: Account, *, opened: float, closed: float | None = None, outcome: str | None = None) -> None:
    Opportunity.objects.create(
        external_id=f"d{Opportunity.objects.count()}",
        account=account,
        name="Line 4",
        opened_at=NOW - timedelta(days=opened),
        closed_at=None if closed is None else NOW - timedelta(days=closed),
        outcome=outcome,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("deals", "until"),
    [
        pytest.param([{"opened": 5}], "open", id="an open deal"),
        pytest.param([{"opened": -1}], "free", id="a deal that will be opened"),
        pytest.param([{"opened": 200, "closed": 89.99, "outcome": "lost"}], "day", id="a loss 89 days ago"),
        pytest.param(
            [{"opened": 200, "closed": 90, "outcome": "lost"}], "free", id="90 days are over at 90 days"
        ),
        pytest.param([{"opened": 9, "closed": 3, "outcome": "won"}], "free", id="a win holds nobody"),
        pytest.param([{"opened": 9, "closed": 3, "outcome": "lost"}, {"opened": 1}], "open", id="both"),
        pytest.param([], "free", id="no deals"),
    ],
)
def test_deals_hold_back_by_themselves(deals: list[dict[str, object]], until: str) -> None:
    (account,) = accounts(1)
    for one in deals:
        deal(account, **one)  # type: ignore[arg-type]
    found = longest(facts.holds_of([account.pk], now=NOW).get(account.pk, []), NOW)
    assert ("free" if found is None else "day" if found.until else "open") == until
    assert facts.held_back(Account.objects.all(), now=NOW).exists() == (until != "free")
    if until == "free":
        assert place(account)
    else:
        with pytest.raises(NeedsReason, match="C000 is held back"):
            place(account)
    assert_whole([account])


@pytest.mark.django_db
def test_the_number_of_days_is_the_policy_s() -> None:
    (account,) = accounts(1)
    deal(account, opened=60, closed=40, outcome="lost")
    assert account.pk in facts.holds_of([account.pk], now=NOW)
    ListPolicy.objects.update_or_create(pk=1, defaults={"quarantine_days": 30})
    assert facts.holds_of([account.pk], now=NOW) == {}


@pytest.mark.django_db
def test_only_joining_is_held_back() -> None:
    account, other = accounts(2)
    place(account, other, tier=2)
    deal(account, opened=1)
    assert place(account, tier=1, now=NOW + DAY)
    assert place(account, tier=None, now=NOW + 2 * DAY)
    with pytest.raises(NeedsReason):
        place(account, tier=1, now=NOW + 3 * DAY)


@pytest.mark.django_db
def test_past_a_hold_goes_revops_alone_with_a_reason_that_is_kept() -> None:
    (account,) = accounts(1)
    deal(account, opened=1)
    for role in (Role.MARKETER, Role.REP, Role.EXECUTIVE):
        with pytest.raises(Refused, match="Only RevOps") as refused:
            place(account, by=make.user(role), override="Please")
        assert refused.value.code == "held_back"
    (row,) = place(account, override="They asked us")
    assert row.override == "They asked us"
    assert row.passed_over == ["C000 is held back while the deal Line 4 is open."]


@pytest.mark.django_db
def test_by_hand_until_a_day_or_until_it_is_lifted() -> None:
    by, other = make.user(Role.MARKETER, name="Mia"), make.user(Role.REP)
    account, second = accounts(2)
    (hold,) = hold_back(accounts=[account.pk], until=NOW + DAY, reason="Merger.", by=by, now=NOW)
    assert facts.holds_of([account.pk], now=NOW + DAY) == {}
    with pytest.raises(Refused, match=r"Mia wrote: Merger\."):
        place(account, by=by)
    with pytest.raises(Refused, match="Only the person"):
        lift(hold=hold, by=other, now=NOW)
    lift(hold=hold, by=by, now=NOW)
    with pytest.raises(Conflict, match="over already"):
        lift(hold=hold, by=by, now=NOW)
    assert place(account, by=by)
    (forever,) = hold_back(accounts=[second.pk], until=None, reason="Sued us", by=by, now=NOW)
    assert facts.holds_of([second.pk], now=NOW + 3_000 * DAY)
    lift(hold=forever, by=make.user(), now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("until", "reason", "says"), [
    (NOW, "Merger", "has passed already"), (None, " ", "Say why"),
])  # fmt: skip
def test_a_hold_needs_a_reason_and_a_day_to_come(until: datetime | None, reason: str, says: str) -> None:
    (account,) = accounts(1)
    with pytest.raises(Refused, match=says):
        hold_back(accounts=[account.pk], until=until, reason=reason, by=make.user(), now=NOW)


@pytest.mark.django_db
def test_nobody_holds_back_what_they_may_not_change() -> None:
    rep = make.user(Role.REP)
    mine, other = make.account(owner=rep), make.account("Other", "other.example")
    with pytest.raises(NotKnown, match="that you may change"):
        hold_back(accounts=[mine.pk, other.pk], until=None, reason="Wait", by=rep, now=NOW)
    assert hold_back(accounts=[mine.pk], until=None, reason="Wait", by=rep, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "marked"), [(0, True), (6, True), (30, False)])
def test_what_other_systems_send_joins_all_the_same_and_is_marked_while_it_is_news(
    days: int, marked: bool
) -> None:
    (account,) = accounts(1)
    deal(account, opened=90)
    record = ListChangeRecord(
        account_domain="c0.example", tier=2, at=NOW - days * DAY, side=Side.SALES, reason="CRM"
    )
    result = change_list(records={0: record}, by=None, now=NOW)
    assert result.created == 1
    assert bool(result.warnings) == marked
    assert facts.overrides().exists() == marked


@pytest.mark.django_db
def test_holds_are_read_in_two_queries_however_many_accounts(django_assert_num_queries: object) -> None:
    rows = accounts(12)
    for row in rows:
        deal(row, opened=3)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert len(facts.holds_of([row.pk for row in rows], now=NOW)) == 12
    assert len(captured) == 2
