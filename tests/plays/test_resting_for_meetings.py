"""While a meeting is booked marketing rests on the account: in bursts, by web and ads, and in cold steps of plays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.work import services as work
from accounts.models import Account, AccountEvent, Opportunity, Touch, User
from accounts.services import events, meeting
from plays.domain.exits import leaves_burst
from plays.domain.facts import AccountFacts
from plays.domain.opening import meeting_refusal
from plays.domain.parse import parse_play
from plays.models import AccountTreatment, Burst, BurstAccount, Delivery, StepHold, StepRun
from plays.selectors import bursts as reads
from plays.selectors.calendar.scope import Scope
from plays.selectors.calendar.sheet import sheet
from plays.selectors.meetings import ahead
from plays.services import pause, resume, start_play
from plays.services.calendar import bursts
from plays.services.enrollment.ending import react_to_events
from plays.services.outbox.endpoints import add_endpoint
from tests.plays import make
from tests.plays.make import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = NOW.date()
BERLIN = ZoneInfo("Europe/Berlin")
BEGINS = datetime.fromisoformat("2026-11-21T09:00:00+01:00")
"""Nine on the first day of the burst of these tests."""


@pytest.fixture
def marketer(db: None) -> User:
    return make.a_user(role="marketer", job="", time_zone="Europe/Berlin", name="Maya")


@pytest.fixture
def account(db: None) -> Account:
    return make.an_account(tier=2, owner=make.a_user(time_zone="Europe/Berlin"))


def planned(by: User, **fields: Any) -> Burst:
    given = {
        "name": "Q4 ads", "channel": "ad", "starts_on": TODAY + 3 * DAY, "ends_on": TODAY + 9 * DAY,
        "audience": {"tiers": [2]},
    } | fields  # fmt: skip
    burst = bursts.plan_burst(fields=given, by=by, now=NOW).burst
    assert burst is not None
    return burst


def booked(account: Account, *, on: datetime, at: datetime = NOW) -> AccountEvent:
    """A meeting that was booked, and everything that follows from it at once."""
    (written,) = events.record(
        [
            events.NewEvent(
                account.pk, AccountEvent.Kind.MEETING_BOOKED, at, f"{account.pk}:{on}", {"on": on.isoformat()}
            )
        ],
        now=at,
    )
    return reacted(written, at)


def reacted(event: AccountEvent, at: datetime) -> AccountEvent:
    react_to_events(event_ids=[event.pk], now=at)
    work.drain_all(at)
    return event


def part(account: Account, burst: Burst, *, now: datetime) -> reads.Part:
    row = BurstAccount.objects.select_related("burst").get(account=account, burst=burst)
    (found,) = reads.parts_of(burst, [row], reads.Resting.of([account.pk], now=now), zone=BERLIN)
    return found


def test_an_account_that_was_reached_rests_until_the_meeting_is_over_and_stays(
    account: Account, marketer: User
) -> None:
    burst = planned(marketer)
    work.drain_all(BEGINS)
    booked(account, on=NOW + 5 * DAY, at=BEGINS + HOUR)
    found = part(account, burst, now=BEGINS + 2 * HOUR)
    assert (found.state, found.rests) == ("rests", "Rests until the meeting on Monday 23 November is over.")
    after = NOW + 5 * DAY + HOUR
    work.drain_all(after)
    assert part(account, burst, now=after).state == "reached"
    assert Touch.objects.count() == 1


def test_one_that_rests_on_the_first_morning_is_reached_when_the_meeting_is_over(
    account: Account, marketer: User
) -> None:
    burst, other = planned(marketer), make.an_account(tier=1)
    booked(account, on=NOW + 5 * DAY)
    booked(other, on=NOW + 5 * DAY)
    work.drain_all(BEGINS)
    assert not Touch.objects.exists()
    assert part(account, burst, now=BEGINS).state == "rests"
    work.drain_all(NOW + 5 * DAY + HOUR - timedelta(seconds=1))
    assert not Touch.objects.exists()
    for _ in range(2):
        work.drain_all(NOW + 5 * DAY + HOUR)
    assert Touch.objects.get().account_id == account.pk


def test_a_meeting_before_the_burst_makes_nothing_rest_in_it(account: Account, marketer: User) -> None:
    burst = planned(marketer)
    booked(account, on=NOW + DAY)
    assert part(account, burst, now=NOW + HOUR).state == "waits"


def test_one_that_rests_all_through_it_is_not_reached(
    account: Account, marketer: User, client: Client
) -> None:
    burst = planned(marketer)
    booked(account, on=NOW + 20 * DAY)
    for at in (BEGINS, NOW + 21 * DAY):
        work.drain_all(at)
    assert not Touch.objects.exists()
    Burst.objects.update(starts_on=TODAY - 30 * DAY, ends_on=TODAY - 20 * DAY)
    client.force_login(marketer)
    assert "It rested all through the burst." in client.get(f"/bursts/{burst.pk}/").content.decode()


def off(event: AccountEvent, by: User, now: datetime) -> None:
    reacted(meeting.call_off_meeting(event=event, reason="They are ill.", by=by, now=now), now)


def never(event: AccountEvent, by: User, now: datetime) -> None:
    reacted(meeting.withdraw_meeting(event=event, reason="A slip.", by=by, now=now), now)


@pytest.mark.parametrize(
    "taken_back", [pytest.param(off, id="called off"), pytest.param(never, id="not booked")]
)
def test_it_goes_on_at_once_when_the_meeting_will_not_be(
    account: Account, marketer: User, taken_back: Callable[[AccountEvent, User, datetime], None]
) -> None:
    burst = planned(marketer)
    event = booked(account, on=NOW + 5 * DAY)
    work.drain_all(BEGINS)
    assert AccountTreatment.objects.get().treatment == "meeting"
    taken_back(event, marketer, BEGINS + HOUR)
    assert part(account, burst, now=BEGINS + HOUR).state == "reached"
    assert Touch.objects.get().occurred_at == BEGINS + HOUR
    assert AccountTreatment.objects.get().treatment in ("cold", "warm")


def test_a_meeting_on_another_day_moves_the_rest(account: Account, marketer: User) -> None:
    burst = planned(marketer)
    event = booked(account, on=NOW + 5 * DAY)
    moved = meeting.move_meeting(event=event, on=NOW + 8 * DAY, by=marketer, now=NOW + 4 * DAY)
    reacted(moved, NOW + 4 * DAY)
    work.drain_all(NOW + 6 * DAY)
    assert part(account, burst, now=NOW + 6 * DAY).state == "rests"
    assert AccountTreatment.objects.get().treatment == "meeting"
    work.drain_all(NOW + 8 * DAY + HOUR)
    assert part(account, burst, now=NOW + 8 * DAY + HOUR).state == "reached"
    assert AccountTreatment.objects.get().treatment == "warm"


def test_a_paused_account_rests_too_and_goes_on_when_it_is_resumed(account: Account, marketer: User) -> None:
    burst = planned(marketer)
    rest = pause(subject=account, by=marketer, reason="They are moving offices.", now=NOW + DAY)
    work.drain_all(BEGINS)
    found = part(account, burst, now=BEGINS)
    assert (found.state, found.member.left_at) == ("rests", None)
    assert "They are moving offices" in found.rests
    resume(pause=rest, by=marketer, now=BEGINS + HOUR)
    work.drain_all(BEGINS + HOUR)
    assert part(account, burst, now=BEGINS + HOUR).state == "reached"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "at", "rests"),
    [
        pytest.param({"occurred_at": NOW + DAY}, NOW, True, id="logged ahead"),
        pytest.param(
            {"occurred_at": NOW + DAY, "channel": "call"}, NOW, False, id="it turned out to be a call"
        ),
        pytest.param({"occurred_at": NOW}, NOW + HOUR, False, id="it has been"),
        pytest.param({"occurred_at": NOW}, NOW + HOUR - timedelta(seconds=1), True, id="it goes on"),
        pytest.param(None, NOW, False, id="the touch is gone"),
    ],
)
def test_a_meeting_that_came_as_a_touch(fields: dict[str, Any] | None, at: datetime, rests: bool) -> None:
    account = make.an_account()
    touch = make.a_touch(account, at=NOW + DAY, channel="meeting", side="sales")
    make.an_event(account, "meeting_booked", at=NOW, touch=touch.pk)
    if fields is None:
        touch.delete()
    else:
        Touch.objects.filter(pk=touch.pk).update(**fields)
    assert (account.pk in ahead([account.pk], now=at)) is rests


@pytest.mark.django_db
def test_a_meeting_of_which_nobody_told_the_day_counts_as_ahead_for_two_weeks() -> None:
    account = make.an_account()
    make.an_event(account, "meeting_booked", at=NOW, signal="a")
    found = ahead([account.pk], now=NOW + 14 * DAY - HOUR)[account.pk]
    assert found.rest(BERLIN) == (
        "Rests until Wednesday 2 December: a meeting is booked, on a day that nobody told."
    )
    assert ahead([account.pk], now=NOW + 14 * DAY) == {}


@pytest.mark.parametrize(
    ("fulfilled", "given", "why"),
    [
        pytest.param(["meeting_booked"], {}, None, id="a meeting is a rest"),
        pytest.param(["opportunity_opened"], {}, "A deal is open", id="a deal opens"),
        pytest.param(
            ["opportunity_opened"], {"is_new_deal": False}, None, id="a deal that was open moves on"
        ),
        pytest.param(
            ["opportunity_opened"], {"lifecycles": ["open_opportunity"]}, None, id="it is for open deals"
        ),
        pytest.param(["opportunity_won", "opportunity_closed"], {}, "A deal is won", id="a deal is won"),
        pytest.param(
            ["opportunity_won"], {"is_new_deal": False}, "A deal is won", id="the deal of before is won"
        ),
        pytest.param(["opportunity_won"], {"lifecycles": ["customer"]}, None, id="it is for customers"),
        pytest.param(["opportunity_closed"], {}, None, id="a lost deal is the guardrail's"),
        pytest.param(["left_list"], {"lifecycles": ["customer"]}, "The account left", id="off the list"),
        pytest.param(["disqualified"], {}, "The account is disqualified", id="disqualified"),
        pytest.param(["changed_tier", "contact_engaged"], {}, None, id="nothing of that"),
    ],
)
def test_what_ends_a_burst_for_an_account(
    fulfilled: list[str], given: dict[str, Any], why: str | None
) -> None:
    found = leaves_burst(fulfilled, **given)
    assert found is None if why is None else str(found).startswith(why)


def test_it_leaves_for_good_when_a_deal_opens_but_not_when_one_moves(
    account: Account, marketer: User
) -> None:
    dealing = make.an_account(tier=2)
    old = Opportunity.objects.create(account=dealing, name="Old", external_id="old", opened_at=NOW - DAY)
    new = Opportunity.objects.create(account=account, name="New", external_id="new", opened_at=NOW + DAY)
    burst = planned(marketer)
    at = NOW + 2 * DAY
    written = events.record(
        [
            events.NewEvent(
                of.pk, AccountEvent.Kind.OPPORTUNITY_STAGE, at, deal.name,
                {"opportunity": deal.pk, "stage": "Demo", "outcome": None},
            )
            for deal, of in ((old, dealing), (new, account))
        ],
        now=at,
    )  # fmt: skip
    react_to_events(event_ids=[event.pk for event in written], now=at)
    assert part(account, burst, now=at).state == "left"
    assert part(dealing, burst, now=at).state == "waits"


def test_the_pages_say_so(account: Account, marketer: User, client: Client) -> None:
    today = datetime.now(tz=BERLIN)
    burst = planned(marketer, starts_on=max(today.date(), TODAY), ends_on=max(today.date(), TODAY) + 30 * DAY)
    booked(account, on=max(today, NOW) + 5 * DAY, at=max(today, NOW))
    client.force_login(marketer)
    said = f"Rests until the meeting on {max(today, NOW) + 5 * DAY:%A %-d %B} is over."
    assert said in client.get(f"/bursts/{burst.pk}/").content.decode()
    assert said in client.get(reverse("plays:account_panel", args=[account.pk])).content.decode()
    shown = sheet(
        Scope(), first=burst.starts_on, last=burst.ends_on, zone=BERLIN, now=max(today, NOW) + HOUR
    ).entries
    notes = {one.kind: (one.account, one.note) for one in shown if one.kind in ("burst", "meeting")}
    assert notes["burst"] == ("1 account, it rests", said)
    assert notes["meeting"][1] == "Marketing rests here until it is over."


def facts(**given: Any) -> AccountFacts:
    return AccountFacts(id=1, name="Acme", **{"meeting_until": NOW + DAY} | given)


@pytest.mark.parametrize(
    ("given", "step", "waits"),
    [
        pytest.param({}, make.AD, True, id="an ad while a meeting is ahead"),
        pytest.param(
            {}, make.EMAIL | {"side": "marketing", "role": "marketer"}, True, id="marketing's e-mail"
        ),
        pytest.param({}, make.CALL, False, id="sales go on: their cold plays end by their exits"),
        pytest.param({"meeting_until": NOW}, make.AD, False, id="it is over"),
        pytest.param({"meeting_until": None}, make.AD, False, id="none is booked"),
        pytest.param({"hand_raised": True}, make.AD, False, id="they raised their hand"),
        pytest.param({"has_open_deal": True}, make.AD, False, id="a deal is open"),
        pytest.param({"lifecycle": "customer"}, make.AD, False, id="customers are not cold"),
    ],
)
def test_cold_marketing_steps_wait(given: dict[str, Any], step: dict[str, Any], waits: bool) -> None:
    definition = parse_play({"trigger": {"manual": True}, "steps": [step]})
    no = meeting_refusal(facts(**given), definition.steps[0], now=NOW)
    assert (no is not None) is waits
    if no is not None:
        assert (no.rule, no.lasting, no.until) == ("meeting", False, NOW + DAY)
        assert (
            no.sentence == "A meeting is booked: cold marketing rests here until it is over on 19 November."
        )


def test_a_marketing_step_opens_when_the_meeting_is_over_or_called_off(
    account: Account, marketer: User
) -> None:
    play = make.a_play(steps=[make.AD | {"wait_days": 2}], exits=["disqualified"])
    enrollment = start_play(play=play, account=account, by=marketer, reason="Try it.", now=NOW)
    event = booked(account, on=NOW + 5 * DAY)
    work.drain_all(NOW + 2 * DAY)
    run = StepRun.objects.get(enrollment=enrollment)
    assert (run.state, StepHold.objects.get().rule) == ("pending", "meeting")
    assert "A meeting is booked" in run.held
    off(event, marketer, NOW + 3 * DAY)
    run.refresh_from_db()
    assert run.state == "open"


def test_web_and_ads_are_told_once_each_way(account: Account, marketer: User) -> None:
    add_endpoint(
        name="Web", surface="email", target="web@vendor.example", secret="", types=["treatment.changed"],
        owner=marketer, now=NOW,
    )  # fmt: skip
    booked(account, on=NOW + 2 * DAY)
    for _ in range(2):
        work.drain_all(NOW + 2 * DAY + HOUR)
    told = Delivery.objects.filter(type="treatment.changed").order_by("put_at")
    assert [one.body["data"]["to"] for one in told] == ["meeting", "warm"]


def test_the_api_says_how_many_accounts_of_a_burst_rest(marketer: User, client: Client) -> None:
    now = timezone.now()
    day = now.date()
    accounts = [make.an_account(tier=2) for _ in range(6)]
    client.force_login(marketer)

    def said() -> list[int]:
        rows = client.get("/api/v1/bursts/").json()["results"]
        assert [client.get(f"/api/v1/bursts/{row['id']}/").json()["resting"] for row in rows] == [
            row["resting"] for row in rows
        ]
        return [row["resting"] for row in rows]

    def burst(starts: int, ends: int) -> Burst:
        fields = {
            "name": "Ads", "channel": "ad", "starts_on": day + starts * DAY, "ends_on": day + ends * DAY,
            "audience": {"tiers": [2]},
        }  # fmt: skip
        made = bursts.plan_burst(fields=fields, by=marketer, now=now).burst
        assert made is not None
        return made

    soon, later = burst(1, 5), burst(20, 25)
    assert said() == [0, 0]
    event = booked(accounts[0], on=now + 3 * DAY, at=now)
    booked(accounts[1], on=now + 22 * DAY, at=now)
    pause(subject=accounts[2], by=marketer, reason="They move.", now=now)
    pause(subject=accounts[1], by=marketer, reason="They move, too.", now=now)
    pause(subject=accounts[3], by=marketer, reason="A fair.", until=now + 10 * DAY, now=now)
    assert said() == [4, 2]
    BurstAccount.objects.filter(account=accounts[2], burst=later).update(left_at=now, left_reason="Left.")
    meeting.call_off_meeting(event=event, reason="They are ill.", by=marketer, now=now)
    assert said() == [3, 1]
    answer = client.post(
        f"/api/v1/bursts/{later.pk}/cancel/", {"reason": "Postponed."}, content_type="application/json"
    )
    assert answer.json()["resting"] == 0, "what is called off makes nobody rest"
    Burst.objects.filter(pk=soon.pk).update(starts_on=day - 9 * DAY, ends_on=day - 2 * DAY)
    assert said() == [0, 0]


def test_the_api_asks_as_often_for_many_bursts_and_accounts_as_for_one(
    marketer: User, client: Client
) -> None:
    now, counts = timezone.now(), []
    client.force_login(marketer)
    for more in (1, 6):
        for number in range(more):
            account = make.an_account(tier=2)
            booked(account, on=now + 3 * DAY, at=now + timedelta(seconds=number))
            pause(subject=make.an_account(tier=2), by=marketer, reason="They move.", now=now)
            fields = {
                "name": "Ads",
                "channel": "ad",
                "starts_on": now.date() + DAY,
                "ends_on": now.date() + 2 * DAY,
            }
            bursts.plan_burst(
                fields=fields | {"audience": {"domains": [account.domain]}}, by=marketer, now=now
            )
        client.get("/api/v1/bursts/")
        with CaptureQueriesContext(connection) as asked:
            rows = client.get("/api/v1/bursts/").json()["results"]
        counts.append(len(asked))
        assert sum(row["resting"] for row in rows) == len(rows)
    assert counts[0] == counts[1]
