"""Opportunities: the stage and the amount now, and all they were."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.work.models import WorkItem
from accounts.domain.records import OpportunityRecord
from accounts.domain.stages import Step, added, standing
from accounts.models import AccountEvent, Opportunity
from accounts.services.opportunity import upsert_opportunities
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def send(record: OpportunityRecord, *, now: datetime = NOW) -> Opportunity:
    """One record."""
    result = upsert_opportunities(records={0: {"external_id": "O-1", **record}}, now=now)
    assert not result.errors
    return Opportunity.objects.get(external_id="O-1")


def history(deal: Opportunity) -> list[tuple[str, datetime]]:
    """The stages it entered."""
    return list(deal.stages.order_by("at").values_list("stage", "at"))


@pytest.mark.django_db
def test_plain_stages_become_moves_at_the_right_moment() -> None:
    deal = send(OpportunityRecord(stage="prospecting", opened_at=NOW - 90 * DAY))
    assert history(deal) == [("prospecting", NOW - 90 * DAY)]
    send(OpportunityRecord(stage="proposal"))
    assert send(OpportunityRecord(stage="proposal"), now=NOW + DAY).stages.count() == 2
    deal = send(
        OpportunityRecord(
            stage="won", outcome="won", closed_at=NOW + 2 * DAY, amount=Decimal(5), currency="USD"
        ),
        now=NOW + 3 * DAY,
    )
    assert history(deal) == [("prospecting", NOW - 90 * DAY), ("proposal", NOW), ("won", NOW + 2 * DAY)]
    assert list(deal.amounts.values_list("amount", "valid_from")) == [(Decimal(5), NOW + 2 * DAY)]
    assert send(OpportunityRecord(outcome=None), now=NOW + 4 * DAY).closed_at is None


@pytest.mark.django_db
def test_amounts_keep_their_past() -> None:
    deal = send(OpportunityRecord(opened_at=NOW - 9 * DAY, amount=Decimal(10), currency="EUR"))
    send(OpportunityRecord(amount=Decimal(20)))
    send(OpportunityRecord(amount=Decimal(30)))
    send(OpportunityRecord(amount=None), now=NOW + DAY)
    rows = list(deal.amounts.order_by("valid_from").values_list("amount", "valid_from"))
    assert [amount for amount, _ in rows] == [10, 20, 30, None]
    assert rows[0][1] == NOW - 9 * DAY
    assert rows[3][1] == NOW + DAY


@pytest.mark.django_db
def test_stages_become_events_once_and_only_news_starts_work() -> None:
    make.account()
    stages = [{"stage": "a", "at": NOW - 30 * DAY}, {"stage": "b", "at": NOW - DAY}]
    for _ in range(2):
        send(OpportunityRecord(account_domain="acme.example", stages=stages))  # type: ignore[typeddict-item]
    found = AccountEvent.objects.order_by("at")
    assert [event.payload["stage"] for event in found] == ["a", "b"]
    assert [item.subject_id for item in WorkItem.objects.filter(kind="account_event")] == [found[1].pk]


@pytest.mark.django_db
def test_a_deal_that_finds_its_account_tells_where_it_stands() -> None:
    make.account()
    send(OpportunityRecord(stage="proposal"))
    assert AccountEvent.objects.count() == 0
    send(OpportunityRecord(account_domain="acme.example"))
    assert [event.payload["stage"] for event in AccountEvent.objects.all()] == ["proposal"]


STEPS = st.lists(st.builds(Step, st.datetimes(timezones=st.just(UTC)), st.sampled_from("abc")), max_size=8)


@given(
    known=STEPS,
    told=STEPS,
    stage=st.sampled_from(["a", "b", "c", None]),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_a_record_told_twice_adds_nothing(
    known: list[Step], told: list[Step], stage: str | None, at: datetime
) -> None:
    moved_at = at.replace(year=min(at.year, 2100), day=min(at.day, 28))
    steps = [step for step in known if step.at.year < 9999]
    heard = [step for step in told if step.at.year < 9999]
    after = [*steps, *added(steps, heard, stage, moved_at=moved_at)]
    assert added(after, heard, stage, moved_at=moved_at) == []
    assert stage is None or standing(after) == stage
