"""An account that left a burst for a deal comes back when the deal is taken back, while the burst lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, Opportunity, Touch, User
from accounts.services import events
from accounts.services.opportunity import upsert_opportunities
from accounts.services.opportunity_removal import remove_opportunity
from plays.models import Burst, BurstAccount
from plays.services.calendar import bursts
from plays.services.task.meetings import taken_back
from tests.plays.make import a_user, an_account
from tests.plays.test_deals_taken_back import WAYS, deleted, told, turn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def marketer() -> User:
    return a_user(role="marketer", job="", name="Maya")


@pytest.fixture
def account() -> Account:
    return an_account(tier=2, owner=a_user())


def planned(by: User, account: Account, *, days: int = 9, **fields: Any) -> Burst:
    """A burst that was planned and began two days ago."""
    then = timezone.now() - 2 * DAY
    given = {
        "name": "Q4 ads", "channel": "ad", "starts_on": then.date(), "ends_on": then.date() + days * DAY,
        "audience": {"domains": [account.domain]},
    } | fields  # fmt: skip
    burst = bursts.plan_burst(fields=given, by=by, now=then).burst
    assert burst is not None
    return burst


def member() -> BurstAccount:
    return BurstAccount.objects.get()


def remove(deal: Opportunity) -> None:
    remove_opportunity(opportunity=deal, by=None, now=timezone.now())


def heard(account: Account, kind: str, **payload: Any) -> None:
    now = timezone.now()
    events.record([events.NewEvent(account.pk, kind, now, f"{kind}:{now}", payload)], now=now)


@pytest.mark.parametrize(("goes", "reason"), WAYS.values(), ids=WAYS)
def test_it_comes_back_and_is_reached(
    goes: Callable[[Account], None], reason: str, account: Account, marketer: User
) -> None:
    burst = planned(marketer, account)
    WorkItem.objects.filter(kind=bursts.KIND).delete()  # so that the deal comes before the first morning
    told(account)
    turn()
    assert (member().left_at is None, member().begun_at) == (False, None)
    assert member().left_reason == "A deal is open: whoever works it decides what the account sees."
    goes(account)
    turn()
    found = member()
    assert (found.left_at, found.left_reason) == (None, "")
    assert found.back_at is not None
    assert found.begun_at is not None
    assert found.back_reason == f"Acme's first order was taken back. {reason}."
    assert Touch.objects.get(external_id=f"burst:{burst.pk}:{account.pk}").account == account
    client = Client()
    client.force_login(marketer)
    for page in (reverse("plays:burst", args=[burst.pk]), reverse("accounts:account", args=[account.pk])):
        words = client.get(page).content.decode().replace("&#x27;", "'")
        assert f"Acme's first order was taken back. {reason}" in words
    assert "Back in Q4 ads" in words
    assert found.back_reason.encode() in client.get(reverse("plays:burst_csv", args=[burst.pk])).getvalue()


def another_deal(account: Account, by: User) -> None:
    told(account, external_id="D-2")


def off_the_list(account: Account, by: User) -> None:
    heard(account, "left_list")


def disqualified(account: Account, by: User) -> None:
    heard(account, "lifecycle", to="disqualified")


def out_by_the_guardrails(account: Account, by: User) -> None:
    Account.objects.filter(pk=account.pk).update(lifecycle="churned")


def called_off(account: Account, by: User) -> None:
    bursts.cancel_burst(burst=Burst.objects.get(), reason="No money.", now=timezone.now())


def over(account: Account, by: User) -> None:
    today = timezone.now().date()
    Burst.objects.update(starts_on=today - 9 * DAY, ends_on=today - 2 * DAY)


OTHERWISE = [another_deal, off_the_list, disqualified, out_by_the_guardrails, called_off, over]


@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_it_stays_left_where_something_else_keeps_it_out(
    otherwise: Callable[[Account, User], None], account: Account, marketer: User
) -> None:
    planned(marketer, account)
    told(account)
    turn()
    otherwise(account, marketer)
    turn()
    remove(Opportunity.objects.get(external_id="D-1"))
    turn()
    assert (member().left_at is None, member().back_at) == (False, None)


def test_it_comes_back_when_the_last_of_two_deals_is_taken_back(account: Account, marketer: User) -> None:
    planned(marketer, account)
    told(account)
    told(account, external_id="D-2")
    turn()
    for number, stays in (("D-1", False), ("D-2", True)):
        remove(Opportunity.objects.get(external_id=number))
        turn()
        assert (member().left_at is None) is stays, number


def test_it_does_not_come_back_where_it_left_for_something_else(account: Account, marketer: User) -> None:
    planned(marketer, account)
    disqualified(account, marketer)
    turn()
    told(account)
    turn()
    AccountEvent.objects.filter(kind="lifecycle").delete()
    deleted(account)
    turn()
    assert member().left_reason == "The account is disqualified or not ready."


def test_one_that_was_left_out_on_the_first_morning_for_a_lost_deal_comes_back(
    account: Account, marketer: User
) -> None:
    now = timezone.now()
    burst = planned(marketer, account)
    record: Any = {
        "external_id": "D-1", "account_domain": account.domain, "name": "Lost", "stage": "Lost",
        "opened_at": now - 90 * DAY, "closed_at": now - DAY, "outcome": "lost",
        "stages": [{"stage": "Lost", "at": now - DAY}],
    }  # fmt: skip
    assert not upsert_opportunities(records={0: record}, now=now).errors
    bursts.begin_bursts(burst_ids=[burst.pk], now=now)
    assert member().left_reason.startswith("Marketing spends nothing on a lost account before")
    deleted(account)
    turn()
    assert (member().left_at, member().begun_at is None) == (None, False)


def test_told_twice_it_comes_back_once_and_for_many_it_costs_the_same(marketer: User) -> None:
    counts = []
    for number in (1, 1, 4):  # the first reads what is written down, for all that follow
        Burst.objects.all().delete()
        Opportunity.objects.all().delete()
        account = an_account(owner=a_user())
        for _ in range(number):
            planned(marketer, account)
        told(account)
        turn()
        assert BurstAccount.objects.staying().count() == 0
        deleted(account)
        told_of = AccountEvent.objects.filter(account=account, kind="opportunity_removed")
        ids, now = list(told_of.values_list("pk", flat=True)), timezone.now()
        with CaptureQueriesContext(connection) as asked:
            taken_back(event_ids=ids, now=now)
        counts.append(len(asked))
        assert BurstAccount.objects.filter(back_at=now).count() == number
        taken_back(event_ids=ids, now=now + DAY / 24)
        assert BurstAccount.objects.filter(back_at=now).count() == number
    assert counts[1] == counts[2]
