"""A meeting that is none any more where it came from: what rested for it, what it ended, started and counted for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import AccountEvent, ChangeSet, Touch
from accounts.services.changes import acting
from accounts.services.meeting import take_back_meetings
from accounts.services.touch import upsert_touches
from accounts.services.undoing import undo
from plays import services
from plays.models import (
    AccountTreatment,
    Burst,
    BurstAccount,
    Decision,
    Enrollment,
    StepHold,
    StepRun,
    Task,
    Waiting,
)
from plays.selectors import facts
from plays.selectors.facts import lock_accounts
from plays.selectors.meetings import ahead
from plays.selectors.yields import yields
from plays.services.calendar import bursts
from plays.services.task import meetings
from signals.domain import starter
from signals.models import Signal
from signals.services import definitions, removing
from tests.api.conftest import caller_of
from tests.plays.killing import child, leases_run_out
from tests.plays.make import AD, CALL, EMAIL, a_contact, a_play, a_user, an_account
from tests.plays.test_meeting_ways import World, native_signal, touch_record

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AHEAD = 3 * DAY


def world() -> World:
    """An account with a play that a meeting ends, an ad that is about to run, and a burst that has not reached it."""
    now = timezone.now()
    owner, marketer = a_user(), a_user(role="marketer", job="")
    of = World(owner, an_account(owner=owner), a_contact(an_account()), a_user(role="revops", job=""))
    a_contact(of.account)
    cold = a_play("cold", steps=[CALL, EMAIL], contract={"outcome": "meeting_booked", "days": 30})
    ad = a_play("ad", steps=[AD | {"wait_days": 2}], exits=["disqualified"])
    services.start_play(play=cold, account=of.account, by=owner, reason="They asked.", now=now - HOUR)
    services.start_play(play=ad, account=of.account, by=owner, reason="They asked.", now=now - 10 * DAY)
    day = now.date()
    fields = {"name": "Ads", "channel": "ad", "starts_on": day + DAY, "ends_on": day + 9 * DAY}
    bursts.plan_burst(fields=fields | {"audience": {"domains": [of.account.domain]}}, by=marketer, now=now)
    Burst.objects.update(starts_on=day - 2 * DAY)
    definitions.put_source(slug="crm", fields={"name": "CRM", "kind": "crm"})
    fields = dict(next(one for one in starter.TYPES if one["slug"] == "meeting-booked"))
    definitions.put_signal_type(slug=str(fields.pop("slug")), fields=fields)
    return of


def upserted(of: World, **more: Any) -> None:
    record: Any = touch_record(of) | {"occurred_at": timezone.now() + AHEAD} | more
    result = upsert_touches(records={0: record}, now=timezone.now())
    assert not result.errors


# How it came, and how it goes.


def by_touch(of: World) -> None:
    assert caller_of(Role.INTEGRATION).post("touches/", touch_record(of)).status_code == 201


def by_import(of: World) -> None:
    with acting(by=of.revops, what="An import"):
        upserted(of)


def by_signal(of: World) -> None:
    native_signal(of)


def deleted(of: World) -> None:
    path = f"touches/{Touch.objects.get(external_id='T-1').pk}/"
    assert caller_of(Role.INTEGRATION).send("DELETE", path).status_code == 204


def no_meeting(of: World) -> None:
    path = f"touches/{Touch.objects.get(external_id='T-1').pk}/"
    assert caller_of(Role.INTEGRATION).patch(path, {"channel": "call"}).status_code == 200


def of_another_account(of: World) -> None:
    other = of.contact.account
    assert other is not None
    caller_of(Role.INTEGRATION).bulk("touches", touch_record(of, account_domain=other.domain))


def undone(of: World) -> None:
    undo(change_set=ChangeSet.objects.get(what="An import").pk, by=of.revops, now=timezone.now())


def signal_removed(of: World) -> None:
    ids = list(Signal.objects.filter(account=of.account).values_list("pk", flat=True))
    removing.remove_signals(ids=ids, kind="mistake", reason="A test form.", by=of.revops, now=timezone.now())


Way = Callable[[World], None]
WAYS: dict[str, tuple[Way, Way, str]] = {
    "the touch is deleted over REST": (by_touch, deleted, "removed where it came from"),
    "the touch was a call": (by_touch, no_meeting, "logged as Call now"),
    "the touch is another account's": (by_touch, of_another_account, "another account's"),
    "the import is undone": (by_import, undone, "removed where it came from"),
    "the signal is removed": (by_signal, signal_removed, "A test form"),
}


def at_rest(of: World) -> None:
    """What a booked meeting does."""
    assert Enrollment.objects.get(play__slug="cold").state == "exited"
    assert (Task.objects.get(title__icontains="call").state) == "cancelled"
    assert BurstAccount.objects.get().begun_at is None
    assert StepHold.objects.get(ended_at=None).rule == "meeting"
    assert AccountTreatment.objects.get(account=of.account).treatment == "meeting"
    assert Signal.objects.filter(account=of.account).count() == 1
    of.account.refresh_from_db()
    assert of.account.phase == "active"


def awake(of: World) -> None:
    """As if it had never been booked."""
    cold = Enrollment.objects.get(play__slug="cold")
    assert (cold.state, cold.finished_at) == ("active", None)
    assert Task.objects.get(enrollment=cold).state == "open"
    assert StepRun.objects.get(enrollment__play__slug="ad").state == "open"
    assert BurstAccount.objects.get().begun_at is not None
    assert Touch.objects.filter(account=of.account, subject="Ads").count() == 1
    assert AccountTreatment.objects.get(account=of.account).treatment != "meeting"
    assert ahead([of.account.pk], now=timezone.now()) == {}
    assert not Signal.objects.filter(account=of.account).exists()
    assert yields([cold.play_id], now=timezone.now() + 31 * DAY)[cold.play_id].run.hits == 0
    of.account.refresh_from_db()
    assert of.account.phase != "active"
    assert not WorkItem.objects.filter(state="dead").exists()


def turn() -> None:
    """Steps and bursts that the first turn makes due are taken by the second."""
    for _ in range(3):
        work.drain_all()


@pytest.mark.django_db
@pytest.mark.parametrize(("came", "goes", "reason"), WAYS.values(), ids=WAYS)
def test_everything_wakes_at_once_and_the_history_says_so(came: Way, goes: Way, reason: str) -> None:
    of = world()
    came(of)
    turn()
    at_rest(of)
    goes(of)
    told = AccountEvent.objects.get(kind="meeting_changed")
    assert (told.payload["how"], told.account_id) == ("taken_back", of.account.pk)
    assert reason in told.payload["reason"]
    turn()
    awake(of)
    client = Client()
    client.force_login(of.owner)
    page = client.get(reverse("accounts:account", args=[of.account.pk])).content.decode()
    assert "A meeting was taken back: it counts no more" in page
    assert reason in page.replace("&#x27;", "'")
    meeting = client.get(reverse("plays:meeting", args=[told.payload["event"]])).content.decode()
    assert "Taken back" in meeting
    goes_on = AccountEvent.objects.filter(kind="meeting_changed").count()
    meetings.taken_back(event_ids=[told.pk], now=timezone.now())
    turn()
    awake(of)
    assert AccountEvent.objects.filter(kind="meeting_changed").count() == goes_on


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault
@pytest.mark.parametrize(("came", "goes", "reason"), WAYS.values(), ids=WAYS)
def test_killed_between_the_fact_and_its_work_it_all_happens_or_nothing(
    came: Way, goes: Way, reason: str
) -> None:
    of = world()
    came(of)
    turn()
    at_rest(of)
    assert child(partial(goes, of), {"events.before_work"}) == "events.before_work"
    at_rest(of)
    assert not AccountEvent.objects.filter(kind="meeting_changed").exists()
    assert not AccountEvent.objects.filter(withdrawn_at__isnull=False).exists()
    child(partial(goes, of), ())
    points = {
        "meeting_taken_back.before_commit",
        "crm_facts_back.before_commit",
        "account_event.before_commit",
        "burst.before_commit",
    }
    while died := child(work.drain_all, points):
        points.remove(died)
        leases_run_out(timezone.now() - HOUR)
    assert not points, "a way that did not happen"
    turn()
    awake(of)


@pytest.mark.django_db
def test_another_meeting_keeps_everything_as_it_is() -> None:
    of, now = world(), timezone.now()
    by_touch(of)
    upserted(of, external_id="T-2")
    turn()
    deleted(of)
    turn()
    at_rest(of)
    assert AccountEvent.objects.standing().filter(kind="meeting_booked").count() == 1
    assert ahead([of.account.pk], now=now)


@pytest.mark.django_db
def test_what_is_older_than_a_week_wakes_what_rests_and_brings_no_play_back() -> None:
    of = world()
    by_touch(of)
    turn()
    long_ago = timezone.now() - 8 * DAY
    AccountEvent.objects.filter(kind="meeting_booked").update(at=long_ago, created_at=long_ago)
    deleted(of)
    turn()
    assert Enrollment.objects.get(play__slug="cold").state == "exited"
    assert BurstAccount.objects.get().begun_at is not None
    assert StepRun.objects.get(enrollment__play__slug="ad").state == "open"


@pytest.mark.django_db
def test_a_play_that_it_started_stops_and_one_that_waits_for_it_starts_no_more() -> None:
    of, now = world(), timezone.now()
    by_touch(of)
    turn()
    event = AccountEvent.objects.get(kind="meeting_booked")
    following = a_play("after", steps=[CALL], exits=[])
    assert following.current is not None
    Enrollment.objects.create(
        account=of.account, play=following, version=following.current, state="waiting", event=event, enrolled_at=now
    )  # fmt: skip
    decision = Decision.objects.filter(event=event).first() or Decision.objects.create(
        account=of.account, event=event, summary="Held.", made_at=now
    )
    Waiting.objects.get_or_create(
        decision=decision, defaults={"account": of.account, "look_at": now + DAY, "until": now + 9 * DAY}
    )
    deleted(of)
    turn()
    assert Enrollment.objects.get(play=following).state == "cancelled"
    assert not Waiting.objects.exists()


@pytest.mark.django_db
def test_a_meeting_taken_back_while_its_work_waits_for_the_account_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The work has read the event; who takes it back commits before it has the account."""
    of, now = world(), timezone.now()
    by_touch(of)
    event = AccountEvent.objects.get(kind="meeting_booked")

    def slow(ids: Any) -> Any:
        if AccountEvent.objects.standing().filter(pk=event.pk).exists():
            take_back_meetings(reasons={event.pk: "It was none."}, by=None, now=now)
        return lock_accounts(ids)

    monkeypatch.setattr(facts, "lock_accounts", slow)
    services.react_to_events(event_ids=[event.pk], now=now)
    assert Enrollment.objects.get(play__slug="cold").state == "active"
    assert not Decision.objects.filter(event=event).exists()
    of.account.refresh_from_db()
    assert of.account.phase != "active"


@pytest.mark.django_db
def test_a_step_on_a_meeting_that_is_undone_was_no_meeting() -> None:
    of, now = world(), timezone.now()
    task = services.add_task(
        account=of.account,
        owner=of.owner,
        channel="meeting",
        side="sales",
        title="Meet",
        by=of.owner,
        now=now,
    )
    services.complete_task(task=task, by=of.owner, now=now)
    turn()
    at_rest(of)
    services.reopen_task(task=task, by=of.owner, now=now + timedelta(minutes=5))
    turn()
    awake(of)
    assert Task.objects.get(pk=task.pk).state == "open"


@pytest.mark.django_db
def test_the_call_that_booked_a_meeting_may_be_deleted_and_the_meeting_stands() -> None:
    of, now = world(), timezone.now()
    task = Task.objects.get(enrollment__play__slug="cold")
    services.record_outcome(task=task, by=of.owner, outcome="meeting_booked", meeting_at=now + AHEAD, now=now)
    turn()
    touch = Touch.objects.get(task=task.pk)
    assert caller_of(Role.REVOPS).send("DELETE", f"touches/{touch.pk}/").status_code == 204
    turn()
    assert ahead([of.account.pk], now=now)
    assert not AccountEvent.objects.filter(kind="meeting_changed").exists()


# What is told of a touch that changes.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("then", "told"),
    [
        pytest.param({"subject": "First meeting"}, [], id="another subject"),
        pytest.param({"occurred_at": 5 * DAY}, ["moved"], id="another day ahead"),
        pytest.param({"occurred_at": -DAY}, ["moved"], id="a day that has been"),
        pytest.param({"channel": "call"}, ["taken_back"], id="a call"),
        pytest.param({"channel": "call", "occurred_at": 5 * DAY}, ["taken_back"], id="a call on another day"),
    ],
)
def test_what_a_change_tells(then: dict[str, Any], told: list[str]) -> None:
    of, now = world(), timezone.now()
    upserted(of)
    at = then.get("occurred_at", AHEAD)
    for _ in range(2):
        upserted(of, **then | {"occurred_at": now + at})
    changes = AccountEvent.objects.filter(kind="meeting_changed")
    # The first day and the last differ by the moments between the calls alone where none is given.
    hows = [one.payload["how"] for one in changes.order_by("pk")]
    assert [how for how in hows if "occurred_at" in then or how != "moved"] == told
    if told == ["moved"]:
        assert changes.get().payload["on"] == (now + at).isoformat()


@pytest.mark.django_db
def test_a_day_that_is_corrected_long_after_is_no_news() -> None:
    of, now = world(), timezone.now()
    upserted(of, occurred_at=now - 3 * DAY)
    upserted(of, occurred_at=now - 4 * DAY)
    assert not AccountEvent.objects.filter(kind="meeting_changed").exists()


@pytest.mark.django_db
def test_there_and_back_again_is_told_each_time() -> None:
    of, day = world(), timezone.now() + AHEAD
    other = of.contact.account
    assert other is not None
    for _ in range(3):
        for account in (of.account, other):
            upserted(of, occurred_at=day, account_domain=account.domain)
            standing = AccountEvent.objects.standing().get(kind="meeting_booked")
            assert standing.account_id == account.pk
    upserted(of, occurred_at=day, account_domain=other.domain, channel="email")
    assert not AccountEvent.objects.standing().filter(kind="meeting_booked").exists()
    upserted(of, occurred_at=day, account_domain=other.domain, channel="meeting")
    assert AccountEvent.objects.standing().get(kind="meeting_booked").account_id == other.pk


@pytest.mark.django_db
def test_an_earlier_day_of_a_touch_ends_the_rest_earlier() -> None:
    of, now = world(), timezone.now()
    by_touch(of)
    turn()
    at_rest(of)
    upserted(of, occurred_at=now - 2 * HOUR)
    turn()
    assert BurstAccount.objects.get().begun_at is not None
    assert StepRun.objects.get(enrollment__play__slug="ad").state == "open"


@pytest.mark.django_db
def test_settling_many_touches_asks_as_often_as_one() -> None:
    of, now = world(), timezone.now()
    counts = []
    for number in (1, 40):
        records: Any = {
            index: touch_record(of, external_id=f"N-{number}-{index}") | {"occurred_at": now + AHEAD}
            for index in range(number)
        }
        upsert_touches(records=records, now=now)
        gone = {index: record | {"channel": "call"} for index, record in records.items()}
        with CaptureQueriesContext(connection) as asked:
            upsert_touches(records=gone, now=now)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert AccountEvent.objects.filter(withdrawn_at__isnull=False).count() == 41
