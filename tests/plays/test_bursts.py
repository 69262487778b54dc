"""Bursts: on whom, begun once by the clock, and what web and ads are told. What rests: `test_resting_for_meetings`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.errors import AbmopsError, FieldErrors, Refused
from abmops.work import services as work
from accounts.models import Account, AccountEvent, Touch, User
from accounts.services import events
from plays.domain.treatment import Standing, treatment_of
from plays.models import AccountTreatment, Burst, BurstAccount, Delivery
from plays.selectors.bursts import ahead_of
from plays.services.calendar import bursts, treating
from plays.services.enrollment.ending import react_to_events
from plays.services.outbox.endpoints import add_endpoint
from tests.plays import make
from tests.plays.make import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def marketer() -> User:
    return make.a_user(role="marketer", job="", time_zone="Europe/Berlin", name="Maya")


def planned(by: User, **fields: Any) -> bursts.Planned:
    given = {
        "name": "Q4 ads",
        "channel": "ad",
        "starts_on": TODAY + timedelta(days=3),
        "ends_on": TODAY + timedelta(days=9),
        "audience": {"tiers": [2]},
    } | fields
    return bursts.plan_burst(fields=given, by=by, now=NOW)


def on(burst: Burst) -> set[int]:
    return set(
        BurstAccount.objects.filter(burst=burst, left_at__isnull=True).values_list("account", flat=True)
    )


def booked(account: Account, *, at: datetime, key: str = "m") -> None:
    written = events.record(
        [
            events.NewEvent(
                account.pk,
                AccountEvent.Kind.MEETING_BOOKED,
                at,
                key,
                {"on": (at + timedelta(days=5)).isoformat()},
            )
        ],
        now=at,
    )
    work.drain_all(at)
    react_to_events(event_ids=[event.pk for event in written], now=at)


def test_it_is_planned_on_the_accounts_that_may_be_spent_on(marketer: User) -> None:
    good = make.an_account(tier=2)
    make.an_account(tier=1)
    make.an_account(tier=None)
    closed = make.an_account(tier=2, lifecycle="disqualified")
    customer = make.an_account(tier=2, lifecycle="customer")
    found = planned(marketer)
    assert {one.pk for one in found.taken} == {good.pk}
    assert {one.pk for one, _ in found.left_out} == {closed.pk, customer.pk}
    assert found.burst is not None
    assert on(found.burst) == {good.pk}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        pytest.param({"name": " "}, "/name", id="without a name"),
        pytest.param({"channel": "call"}, "/channel", id="a call is no burst"),
        pytest.param({"starts_on": TODAY - timedelta(days=1)}, "/starts_on", id="begun yesterday"),
        pytest.param({"ends_on": TODAY}, "/ends_on", id="ends before it starts"),
        pytest.param({"ends_on": TODAY + timedelta(days=400)}, "/ends_on", id="longer than half a year"),
        pytest.param({"audience": {"tiers": [3]}}, "/audience", id="on nobody"),
    ],
)
def test_what_is_wrong_is_said(marketer: User, fields: dict[str, Any], pointer: str) -> None:
    make.an_account(tier=2)
    with pytest.raises(FieldErrors) as wrong:
        planned(marketer, **fields)
    assert [one.pointer for one in wrong.value.errors] == [pointer]
    assert not Burst.objects.exists()


def test_it_begins_at_nine_on_its_first_day_and_logs_each_touch_once(marketer: User) -> None:
    account, lost = make.an_account(tier=2), make.an_account(tier=2)
    burst = planned(marketer).burst
    assert burst is not None
    Account.objects.filter(pk=lost.pk).update(lifecycle="not_ready")
    morning = datetime.fromisoformat(f"{burst.starts_on}T09:00:00+01:00")
    work.drain_all(morning - timedelta(seconds=1))
    assert not Touch.objects.exists()
    for _ in range(2):
        work.drain_all(morning)
        bursts.begin_bursts(burst_ids=[burst.pk], now=morning)
    touch = Touch.objects.get()
    assert (touch.account_id, touch.side, touch.channel, touch.programmed) == (
        account.pk,
        "marketing",
        "ad",
        True,
    )
    assert on(burst) == {account.pk}


def test_one_that_was_moved_or_called_off_does_not_begin_on_the_old_day(marketer: User) -> None:
    make.an_account(tier=2)
    moved, gone = planned(marketer).burst, planned(marketer, name="Gone").burst
    assert moved is not None
    assert gone is not None
    bursts.move_burst(burst=moved, to=TODAY + timedelta(days=5), now=NOW)
    bursts.cancel_burst(burst=gone, reason="No budget.", now=NOW)
    work.drain_all(NOW + timedelta(days=4))
    assert not Touch.objects.exists()
    bursts.restore_burst(burst=gone, now=NOW + timedelta(days=4))
    work.drain_all(NOW + timedelta(days=6))
    assert Touch.objects.count() == 2


def test_once_begun_its_start_stays(marketer: User) -> None:
    make.an_account(tier=2)
    burst = planned(marketer).burst
    assert burst is not None
    later = NOW + timedelta(days=4)
    bursts.change_burst(burst=burst, fields={"ends_on": TODAY + timedelta(days=20)}, now=later)
    with pytest.raises(Refused, match="has begun"):
        bursts.move_burst(burst=burst, to=TODAY + timedelta(days=8), now=later)


def test_a_rep_sees_it_a_week_before_it_starts(marketer: User) -> None:
    rep = make.a_user()
    make.an_account(tier=2, owner=rep)
    make.an_account(tier=2, owner=make.a_user())
    planned(marketer, starts_on=TODAY + timedelta(days=10), ends_on=TODAY + timedelta(days=12))
    assert ahead_of(rep, today=TODAY + timedelta(days=2)) == []
    (ahead,) = ahead_of(rep, today=TODAY + timedelta(days=3))
    assert (ahead.accounts, ahead.is_running) == (1, False)
    (running,) = ahead_of(rep, today=TODAY + timedelta(days=12))
    assert running.is_running
    assert ahead_of(rep, today=TODAY + timedelta(days=13)) == []


def test_the_queue_says_so(marketer: User, client: Client) -> None:
    rep = make.a_user()
    make.an_account(tier=2, owner=rep)
    today = date.today()  # noqa: DTZ011  (the page asks the clock)
    planned(marketer, starts_on=max(today, TODAY), ends_on=max(today, TODAY) + timedelta(days=3))
    client.force_login(rep)
    assert "Q4 ads" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("standing", "treatment"),
    [
        pytest.param(Standing("disqualified", "awareness", True), "suppressed", id="left alone"),
        pytest.param(Standing("prospect", "out", True), "suppressed", id="out"),
        pytest.param(Standing("churned", "awareness", True, True), "suppressed", id="churned"),
        pytest.param(Standing("customer", "expand", True, True), "customer", id="a customer, meeting or not"),
        pytest.param(
            Standing("open_opportunity", "active", True, True), "deal", id="a deal is more than a meeting"
        ),
        pytest.param(Standing("prospect", "active", True, True), "meeting", id="a meeting ahead"),
        pytest.param(
            Standing("prospect", "awareness", False, True), "meeting", id="off the list, but they meet us"
        ),
        pytest.param(Standing("prospect", "active", True), "warm", id="the meeting has been"),
        pytest.param(Standing("prospect", "engagement", True), "warm", id="engaged"),
        pytest.param(Standing("prospect", "awareness", True), "cold", id="does not know us"),
        pytest.param(Standing("prospect", "awareness", False), "none", id="not ours"),
    ],
)
def test_the_treatment(standing: Standing, treatment: str) -> None:
    assert treatment_of(standing) == treatment


def test_a_meeting_tells_web_and_ads_once_and_it_lapses() -> None:
    account = make.an_account(tier=2)
    treating.treat(account_ids=[account.pk], now=NOW)
    add_endpoint(
        name="Web", surface="email", target="web@vendor.example", secret="", types=["treatment.changed"],
        owner=make.a_user(role="revops", job=""), now=NOW,
    )  # fmt: skip
    booked(account, at=NOW)
    assert AccountTreatment.objects.get().treatment == "meeting"
    told = Delivery.objects.get(type="treatment.changed")
    assert (told.body["data"]["from"], told.body["data"]["to"]) == ("cold", "meeting")
    assert treating.treat_all(now=NOW + timedelta(days=5)) == 0
    work.drain_all(NOW + timedelta(days=5, minutes=59))
    assert AccountTreatment.objects.get().treatment == "meeting"
    work.drain_all(NOW + timedelta(days=5, hours=1))
    assert AccountTreatment.objects.get().treatment == "warm"
    assert treating.treat_all(now=NOW + timedelta(days=20)) == 0


def test_only_marketers_and_revops_plan(marketer: User, client: Client) -> None:
    make.an_account(tier=2)
    client.force_login(make.a_user())
    assert client.get("/bursts/new/").status_code == 403
    client.force_login(marketer)
    soon = timezone.now().date() + timedelta(days=3)
    body = {
        "name": "Webinar", "channel": "event", "starts_on": soon, "ends_on": soon, "tiers": ["2"],
        "owner": marketer.pk,
    }  # fmt: skip
    seen = client.post("/bursts/new/", body | {"look": "1"})
    assert "It would reach 1 account" in seen.content.decode()
    assert not Burst.objects.exists()
    assert client.post("/bursts/new/", body).status_code == 302
    burst = Burst.objects.get()
    page = client.get(f"/bursts/{burst.pk}/").content.decode()
    assert "waits for the first day" in page
    client.post(f"/bursts/{burst.pk}/cancel/", {"reason": "Postponed."})
    burst.refresh_from_db()
    assert burst.cancelled_reason == "Postponed."
    with pytest.raises(AbmopsError):
        bursts.change_burst(burst=burst, fields={"name": "Other"}, now=NOW)


def test_web_and_ads_ask_for_treatments(client: Client) -> None:
    accounts = [make.an_account(tier=2) for _ in range(3)]
    treating.treat(account_ids=[account.pk for account in accounts], now=NOW)
    client.force_login(make.a_user(role="revops", job=""))
    first = client.get("/api/v1/treatments/?limit=2").json()
    told = first["results"] + client.get(first["next"]).json()["results"]
    assert [row["account"] for row in told] == [account.pk for account in accounts]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param("", ["Acme", "Brix", "Corda"], id="all by name"),
        pytest.param("sort=tier", ["Brix", "Acme", "Corda"], id="by tier"),
        pytest.param("q=bri", ["Brix"], id="by its name"),
        pytest.param("q=pool", ["Corda"], id="of nobody"),
        pytest.param("of=left", ["Acme"], id="who has left"),
        pytest.param("of=waits", ["Brix", "Corda"], id="who waits"),
        pytest.param("of=rests", [], id="none rests"),
        pytest.param(
            "of=nonsense&sort=nonsense&page=x", ["Acme", "Brix", "Corda"], id="what it does not know"
        ),
    ],
)
def test_the_accounts_of_a_burst_are_found_sorted_and_taken_along(
    client: Client, asked: str, names: list[str]
) -> None:
    rep, marketer = make.a_user(), make.a_user(role="marketer", job="")
    first = make.an_account(name="Acme", tier=2, owner=rep)
    make.an_account(name="Brix", tier=1, owner=rep)
    make.an_account(name="Corda", tier=3)
    day = timezone.now().date() + timedelta(days=2)
    fields = {
        "name": "Ads",
        "channel": "ad",
        "starts_on": day,
        "ends_on": day,
        "audience": {"tiers": [1, 2, 3]},
    }
    burst = bursts.plan_burst(fields=fields, by=marketer, now=timezone.now()).burst
    assert burst is not None
    burst.members.filter(account=first).update(left_at=timezone.now(), left_reason="A deal has opened.")
    client.force_login(rep)
    page = client.get(f"/bursts/{burst.pk}/?{asked}")
    assert [part.member.account.name for part in page.context["page"]] == names
    file = client.get(f"/bursts/{burst.pk}/accounts.csv?{asked}")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in lines[1:]] == names
    if not names:
        assert "No account of this burst is like that" in page.content.decode()
