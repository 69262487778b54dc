"""A booked meeting taken back, called off, moved: what comes back, what does not, and what counts it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import Account, AccountEvent, Touch, User
from accounts.services.touch import log_touch, upsert_touches
from plays import services
from plays.models import Enrollment, Play, StepRun, Task
from plays.selectors.yields import yields
from plays.services.decision.deciding import decide_crossings
from plays.services.task import meetings
from tests.plays.make import (
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_threshold,
    a_user,
    an_account,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def account_with(owner: User, **fields: Any) -> Account:
    account = an_account(owner=owner, **fields)
    a_contact(account)
    return account


def crossed(account: Account, now: datetime = NOW) -> Task:
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold(), at=now).pk], now=now)
    return Task.objects.filter(account=account).latest("pk")


def booked(task: Task, now: datetime = NOW + HOUR) -> AccountEvent:
    services.record_outcome(
        task=task, by=task.owner, outcome="meeting_booked", meeting_at=now + 10 * DAY, now=now
    )
    return AccountEvent.objects.filter(kind="meeting_booked").latest("pk")


def taken_back(
    event: AccountEvent, *, now: datetime = NOW + 2 * DAY, by: User | None = None
) -> tuple[str, ...]:
    by = by or a_user()
    return meetings.not_booked(event=event, reason="It was another company.", by=by, now=now)


@pytest.fixture
def owner() -> User:
    return a_user()


@pytest.fixture
def play() -> Play:
    return a_play(
        steps=[CALL, EMAIL], throttle={"cooldown_days": 0}, contract={"outcome": "meeting_booked", "days": 30}
    )


def test_the_task_and_the_play_come_back_and_nothing_counts_the_meeting(owner: User, play: Play) -> None:
    task = crossed(account_with(owner))
    due = task.due_at
    event = booked(task)
    assert Enrollment.objects.get().state == "exited"
    assert Account.objects.get().phase == "active"
    assert yields([play.pk], now=NOW + 31 * DAY)[play.pk].run.hits == 1

    said = taken_back(event, by=owner)

    task.refresh_from_db()
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.finished_at, enrollment.end_reason) == ("active", None, "")
    assert (task.state, task.result, task.outcome, task.effects, task.touch) == ("open", "", "", {}, None)
    assert task.due_at > due
    assert StepRun.objects.get().state == "open"
    assert not Touch.objects.exists()
    assert Account.objects.get().phase != "active"
    assert yields([play.pk], now=NOW + 31 * DAY)[play.pk].run.hits == 0
    assert f"{play.name} goes on." in said
    assert any("is owed again" in one for one in said)
    assert any("phase again" in one for one in said)
    told = AccountEvent.objects.get(kind="meeting_changed")
    assert (told.payload["how"], told.payload["reason"], told.payload["by"]) == (
        "not_booked", "It was another company.", owner.pk,
    )  # fmt: skip
    assert told.payload["was"]["subject"].endswith("meeting booked")
    event.refresh_from_db()
    assert event.withdrawn_at == NOW + 2 * DAY
    services.react_to_events(event_ids=[event.pk], now=NOW + 2 * DAY)
    assert Enrollment.objects.get().state == "active", "a work item that comes late ends nothing"


def test_it_can_be_booked_rightly_afterwards_and_taken_back_again(owner: User, play: Play) -> None:
    task = crossed(account_with(owner))
    taken_back(booked(task))
    second = booked(Task.objects.get(), now=NOW + 3 * DAY)
    assert Enrollment.objects.get().state == "exited"
    taken_back(second, now=NOW + 4 * DAY)
    assert Enrollment.objects.get().state == "active"
    assert AccountEvent.objects.filter(kind="meeting_changed").count() == 2


def test_other_plays_that_it_ended_go_on_where_they_were(owner: User, play: Play) -> None:
    account = account_with(owner)
    other = a_play(trigger={"crossing": ["demo"]}, steps=[CALL, EMAIL], throttle={"cooldown_days": 0})
    task = crossed(account)
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold("demo")).pk], now=NOW)
    beside = Task.objects.get(enrollment__play=other)
    due = beside.due_at
    event = booked(task)
    assert Task.objects.get(pk=beside.pk).state == "cancelled"
    taken_back(event, now=NOW + HOUR + timedelta(minutes=30))
    beside.refresh_from_db()
    assert (beside.state, beside.due_at) == ("open", due + timedelta(minutes=30))
    assert Enrollment.objects.live().count() == 2


def test_what_cannot_come_back_stays_with_the_reason(owner: User, play: Play) -> None:
    account = account_with(owner)
    event = booked(crossed(account))
    crossed(account, NOW + DAY)
    said = " ".join(taken_back(event))
    assert "has been started on" in said
    assert "stays done. The play has ended meanwhile" in said
    first = Enrollment.objects.order_by("pk")[0]
    assert first.state == "exited"
    task = Task.objects.order_by("pk")[0]
    assert (task.state, task.result, task.outcome) == ("done", "", "The meeting was not booked.")
    touch = Touch.objects.get()
    assert touch.subject == task.title, "the call took place; that it booked a meeting is gone"


def test_another_meeting_keeps_the_plays_ended(owner: User, play: Play) -> None:
    account = account_with(owner)
    event = booked(crossed(account))
    log_touch(
        account=account, side="sales", channel="meeting", occurred_at=NOW + 2 * HOUR, now=NOW + 2 * HOUR
    )
    said = " ".join(taken_back(event))
    assert "stays ended: another meeting is booked" in said
    assert Enrollment.objects.get().state == "exited"
    assert Account.objects.get().phase == "active"


def test_a_play_that_the_meeting_started_is_stopped(owner: User, play: Play) -> None:
    account = account_with(owner)
    event = booked(crossed(account))
    following = a_play(steps=[CALL], exits=[])
    assert following.current is not None
    started = Enrollment.objects.create(
        account=account,
        play=following,
        version=following.current,
        state="waiting",
        event=event,
        enrolled_at=NOW + HOUR,
    )
    said = " ".join(taken_back(event))
    started.refresh_from_db()
    assert (started.state, started.end_reason) == ("cancelled", "The meeting that started it was not booked.")
    assert "which the meeting had started, is stopped" in said


def test_a_play_that_went_on_after_the_meeting_goes_back_a_step(owner: User) -> None:
    a_play(steps=[CALL, EMAIL], exits=[])
    task = crossed(account_with(owner))
    event = booked(task)
    assert StepRun.objects.filter(key="email").exists()
    taken_back(event)
    assert Task.objects.get().state == "open"
    assert StepRun.objects.get().key == "call"


def test_a_job_by_hand_comes_back_too(owner: User) -> None:
    account = account_with(owner)
    task = services.add_task(
        account=account, owner=owner, channel="call", side="sales", title="Ring", by=owner, now=NOW
    )
    taken_back(booked(task))
    assert Task.objects.get().state == "open"


@pytest.mark.parametrize(
    ("at", "again", "error", "match"),
    [
        pytest.param(NOW + HOUR + 7 * DAY, False, None, "", id="on the last moment of the week"),
        pytest.param(NOW + 2 * HOUR + 7 * DAY, False, Refused, "more than a week ago", id="after a week"),
        pytest.param(NOW + 2 * DAY, True, Conflict, "said already", id="twice"),
    ],
)
def test_for_a_week_and_once(
    owner: User, play: Play, at: datetime, *, again: bool, error: type[Exception] | None, match: str
) -> None:
    event = booked(crossed(account_with(owner)))
    if again:
        taken_back(event)
    if error is None:
        taken_back(event, now=at)
        return
    before = Enrollment.objects.values_list("state", flat=True)[0]
    with pytest.raises(error, match=match):
        taken_back(event, now=at)
    assert Enrollment.objects.get().state == before, "nothing of it has happened"


def test_it_asks_why(owner: User, play: Play) -> None:
    event = booked(crossed(account_with(owner)))
    with pytest.raises(FieldErrors):
        meetings.not_booked(event=event, reason=" ", by=owner, now=NOW + DAY)
    assert AccountEvent.objects.get(pk=event.pk).withdrawn_at is None


def sent(account: Account, external_id: str = "crm-1") -> BulkResult:
    record: Any = {
        "external_id": external_id,
        "account_domain": account.domain,
        "side": "sales",
        "channel": "meeting",
        "occurred_at": NOW + HOUR,
    }
    return upsert_touches(records={0: record}, now=NOW + HOUR)


def test_a_meeting_of_the_crm_goes_with_its_touch_and_does_not_come_back_with_the_next_reading(
    owner: User, play: Play
) -> None:
    account = account_with(owner)
    crossed(account)
    sent(account)
    event = AccountEvent.objects.get(kind="meeting_booked")
    services.react_to_events(event_ids=[event.pk], now=NOW + HOUR)
    assert Enrollment.objects.get().state == "exited"
    with pytest.raises(Refused, match="another system"):
        meetings.call_off(event=event, reason="No", by=owner, now=NOW + DAY)
    taken_back(event)
    assert Enrollment.objects.get().state == "active"
    assert Task.objects.get().state == "open"
    assert not Touch.objects.exists()
    again = sent(account)
    assert "not booked" in again.errors[0].detail
    assert sent(account, "crm-2").created == 1


def test_called_off_it_still_counts_and_moved_it_is_on_again(owner: User, play: Play) -> None:
    event = booked(crossed(account_with(owner)))
    meetings.call_off(event=event, reason="She is ill.", by=owner, now=NOW + DAY)
    event.refresh_from_db()
    assert event.payload["off"]
    assert event.withdrawn_at is None
    assert Enrollment.objects.get().state == "exited"
    with pytest.raises(Conflict, match="already"):
        meetings.call_off(event=event, reason="She is ill.", by=owner, now=NOW + DAY)
    with pytest.raises(FieldErrors):
        meetings.move(event=event, on=NOW, by=owner, now=NOW + DAY)
    meetings.move(event=event, on=NOW + 20 * DAY, by=owner, now=NOW + 2 * DAY)
    event.refresh_from_db()
    assert event.payload["on"] == (NOW + 20 * DAY).isoformat()
    assert "off" not in event.payload
    hows = (
        AccountEvent.objects.filter(kind="meeting_changed")
        .order_by("pk")
        .values_list("payload__how", flat=True)
    )
    assert list(hows) == ["called_off", "moved"]


# The page.


def client_of(user: User) -> Client:
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


def test_from_the_queue_to_the_page_and_back(owner: User, play: Play) -> None:
    now = timezone.now()
    task = crossed(account_with(owner), now)
    client = client_of(owner)
    page = client.post(
        reverse("plays:task", args=[task.pk]),
        {"outcome": "meeting_booked", "meeting_at": f"{timezone.localtime(now + 3 * DAY):%Y-%m-%dT%H:%M}"},
        follow=True,
    ).content.decode()
    event = AccountEvent.objects.get(kind="meeting_booked")
    here = reverse("plays:meeting", args=[event.pk])
    assert f'action="/tasks/{task.pk}/undo/"' in page, "the message has its undo"
    assert client.post(reverse("plays:undo", args=[task.pk])).headers["Location"] == here, "which asks first"
    assert here in client.get("/today/done/").content.decode()
    assert here in client.get(reverse("plays:task", args=[task.pk])).content.decode()
    assert here in client.get(reverse("accounts:account", args=[task.account_id])).content.decode()
    shown = client.get(here).content.decode()
    assert "This meeting was not booked" in shown
    assert Enrollment.objects.get().play.name in shown
    assert client.post(f"{here}not-booked/", {"reason": ""}).status_code == 422
    said = client.post(f"{here}not-booked/", {"reason": "A slip."}, follow=True).content.decode()
    assert "The meeting is taken back." in said
    assert "A slip." in said
    assert Task.objects.get().state == "open"
    timeline = client.get(reverse("accounts:account", args=[task.account_id])).content.decode()
    assert "A meeting was recorded by mistake" in timeline


def test_the_page_moves_and_calls_off(owner: User, play: Play) -> None:
    now = timezone.now()
    event = booked(crossed(account_with(owner), now), now=now)
    client, here = client_of(owner), reverse("plays:meeting", args=[event.pk])
    day = f"{timezone.localtime(now + 5 * DAY):%Y-%m-%dT10:00}"
    assert client.post(f"{here}move/", {"on": day}).status_code == 302
    assert client.post(f"{here}call-off/", {"reason": "She is ill."}).status_code == 302
    page = client.get(here).content.decode()
    assert "Called off" in page
    assert "It takes place after all" in page


def test_who_may_say_so(owner: User, play: Play) -> None:
    now = timezone.now()
    event = booked(crossed(account_with(owner), now), now=now)
    here = reverse("plays:meeting", args=[event.pk])
    stranger, executive = a_user(), a_user(role="executive", job="")
    for other in (stranger, executive):
        client = client_of(other)
        page = client.get(here).content.decode()
        assert "This meeting was not booked" not in page
        assert client.post(f"{here}not-booked/", {"reason": "x"}).status_code == 403
    assert AccountEvent.objects.get(pk=event.pk).withdrawn_at is None


def test_a_meeting_touch_leads_to_its_page(owner: User) -> None:
    account = account_with(owner)
    now = timezone.now()
    touch = log_touch(account=account, side="sales", channel="meeting", occurred_at=now, now=now)
    event = AccountEvent.objects.get(kind="meeting_booked")
    client = client_of(owner)
    there = reverse("plays:meeting_of_touch", args=[touch.pk])
    assert there in client.get(reverse("accounts:account", args=[account.pk])).content.decode()
    assert client.get(there).headers["Location"] == reverse("plays:meeting", args=[event.pk])
    event.delete()
    assert client.get(there).headers["Location"] == reverse("accounts:account", args=[account.pk])


def test_a_task_on_a_meeting_that_is_called_off_calls_the_booked_one_off_and_undo_puts_it_on_again(
    owner: User,
) -> None:
    account = account_with(owner)
    a_play(steps=[CALL])
    event = booked(crossed(account))
    prepared = services.add_task(
        account=account, owner=owner, channel="meeting", side="sales", title="Meet", by=owner, now=NOW + DAY
    )
    worked = services.record_outcome(task=prepared, by=owner, outcome="called_off", now=NOW + DAY)
    assert worked.also == "The meeting that was booked is called off, too."
    event.refresh_from_db()
    assert event.payload["off"]
    services.reopen_task(task=worked.task, by=owner, now=NOW + DAY + timedelta(minutes=5))
    event.refresh_from_db()
    assert "off" not in event.payload
    assert Task.objects.get(pk=prepared.pk).state == "open"


def test_calling_off_a_task_where_nothing_is_booked_is_just_that(owner: User) -> None:
    task = services.add_task(
        account=account_with(owner),
        owner=owner,
        channel="meeting",
        side="sales",
        title="Meet",
        by=owner,
        now=NOW,
    )
    assert services.record_outcome(task=task, by=owner, outcome="called_off", now=NOW).also == ""
    assert not AccountEvent.objects.exists()
