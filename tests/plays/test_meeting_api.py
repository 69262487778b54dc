"""Booked meetings over REST: never booked, called off, moved; by whom, once, and in how many queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import AccountEvent, Touch, User
from accounts.services.apikey import create_key
from accounts.services.touch import log_touch
from plays import services
from plays.models import Enrollment, Task
from plays.services.decision.deciding import decide_crossings
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.plays.killing import child
from tests.plays.make import CALL, EMAIL, a_contact, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HERE = "booked-meetings/"


@pytest.fixture
def owner() -> User:
    return a_user()


@pytest.fixture
def event(owner: User) -> AccountEvent:
    """A call that booked a meeting in ten days, and ended its play."""
    now = timezone.now()
    account = an_account(owner=owner)
    a_contact(account)
    a_play(steps=[CALL, EMAIL], throttle={"cooldown_days": 0})
    decide_crossings(crossing_ids=[a_crossing(account, at=now).pk], now=now)
    services.record_outcome(
        task=Task.objects.get(), by=owner, outcome="meeting_booked", meeting_at=now + 10 * DAY, now=now
    )
    return AccountEvent.objects.get(kind="meeting_booked")


def key_of(user: User) -> Caller:
    _, key = create_key(name=user.name, role=user.role, user=user, now=timezone.now())
    return Caller(key)


def test_it_says_what_is_known_of_a_meeting(owner: User, event: AccountEvent) -> None:
    api = key_of(owner)
    (row,) = api.get(HERE).json()["results"]
    assert row == api.get(f"{HERE}{event.pk}/").json()
    task = Task.objects.get()
    assert (row["state"], row["task"], row["touch"], row["off"]) == ("booked", task.pk, task.touch_id, None)
    assert row["on"] == event.payload["on"]
    assert (row["account_domain"], row["withdrawn_at"], row["followed"]) == (event.account.domain, None, [])


def test_never_booked_does_what_the_browser_does_and_says_what_came_of_it(
    owner: User, event: AccountEvent
) -> None:
    api = key_of(owner)
    answer = api.post(f"{HERE}{event.pk}/not-booked/", {"reason": "It was another company."})
    assert answer.status_code == 200, answer.json()
    said = answer.json()
    assert said["state"] == "not_booked"
    assert said["withdrawn_at"] is not None
    assert any("is owed again" in one for one in said["followed"])
    assert Enrollment.objects.get().state == "active"
    assert Task.objects.get().state == "open"
    assert not Touch.objects.exists()
    told = AccountEvent.objects.get(kind="meeting_changed")
    assert (told.payload["reason"], told.payload["by"]) == ("It was another company.", owner.pk)


def test_called_off_and_moved(owner: User, event: AccountEvent) -> None:
    api, on = key_of(owner), (timezone.now() + 20 * DAY).isoformat()
    assert api.post(f"{HERE}{event.pk}/call-off/", {"reason": "She is ill."}).json()["state"] == "called_off"
    assert [row["id"] for row in api.get(f"{HERE}?is_off=true").json()["results"]] == [event.pk]
    moved = api.post(f"{HERE}{event.pk}/move/", {"on": on})
    assert moved.status_code == 200, moved.json()
    assert (moved.json()["state"], moved.json()["off"]) == ("booked", None)
    assert AccountEvent.objects.get(pk=event.pk).payload["on"] == moved.json()["on"]
    assert Enrollment.objects.get().state == "exited", "it was booked"
    hows = AccountEvent.objects.filter(kind="meeting_changed").order_by("pk")
    assert [one.payload["how"] for one in hows] == ["called_off", "moved"]


@pytest.mark.parametrize("act", ["not-booked", "call-off", "move"])
def test_twice_is_once(owner: User, event: AccountEvent, act: str) -> None:
    """The same call again is a conflict that says so; with a key of its own it is the first answer again."""
    api = key_of(owner)
    body = {"on": (timezone.now() + 5 * DAY).isoformat()} if act == "move" else {"reason": "A slip."}
    path, named = f"{HERE}{event.pk}/{act}/", {"Idempotency-Key": f"once-{act}"}
    first = api.post(path, body, headers=named)
    assert first.status_code == 200, first.json()
    again = api.post(path, body, headers=named)
    assert (again.status_code, again.json()) == (200, first.json())
    refused = api.post(path, body)
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"].startswith(
        ("Somebody has said already", "This meeting has been", "The meeting is")
    )
    assert AccountEvent.objects.filter(kind="meeting_changed").count() == 1
    assert Task.objects.count() == 1


def a_touch_meeting(owner: User) -> AccountEvent:
    now = timezone.now()
    log_touch(account=an_account(owner=owner), side="sales", channel="meeting", occurred_at=now, now=now)
    return AccountEvent.objects.get(kind="meeting_booked")


@pytest.mark.parametrize(
    ("act", "body", "status", "words"),
    [
        pytest.param("call-off", {"reason": "x"}, 422, "Change it there", id="another system's"),
        pytest.param("move", {"on": "2099-01-01T09:00:00Z"}, 422, "Change it there", id="moved there"),
        pytest.param("not-booked", {}, 400, "reason", id="without a reason"),
        pytest.param("not-booked", {"reason": " "}, 400, "reason", id="with an empty one"),
        pytest.param("move", {"on": "tomorrow"}, 400, "/on", id="no moment"),
        pytest.param("move", {"on": "2099-01-01T09:00:00Z", "off": 1}, 400, "/off", id="an unknown field"),
    ],
)
def test_what_cannot_be_is_a_problem_in_words(
    owner: User, act: str, body: dict[str, Any], status: int, words: str
) -> None:
    event = a_touch_meeting(owner)
    answer = key_of(owner).post(f"{HERE}{event.pk}/{act}/", body)
    assert answer.status_code == status, answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert words in answer.content.decode()
    assert not AccountEvent.objects.filter(kind="meeting_changed").exists()


def test_after_a_week_it_is_too_late(owner: User, event: AccountEvent) -> None:
    AccountEvent.objects.update(at=timezone.now() - 8 * DAY)
    answer = key_of(owner).post(f"{HERE}{event.pk}/not-booked/", {"reason": "A slip."})
    assert answer.status_code == 422
    assert "more than a week ago" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param(key_of, 200, id="the owner"),
        pytest.param(lambda owner: caller_of(Role.INTEGRATION), 200, id="an integration"),
        pytest.param(lambda owner: caller_of(Role.MARKETER), 200, id="a marketer"),
        pytest.param(lambda owner: key_of(a_user(role="executive", job="")), 403, id="an executive"),
        pytest.param(lambda owner: Caller(), 401, id="nobody"),
    ],
)
def test_who_may(owner: User, event: AccountEvent, who: Any, status: int) -> None:
    assert who(owner).post(f"{HERE}{event.pk}/call-off/", {"reason": "x"}).status_code == status


def test_another_rep_may_not_and_learns_why(owner: User, event: AccountEvent) -> None:
    answer = key_of(a_user()).post(f"{HERE}{event.pk}/not-booked/", {"reason": "x"})
    assert answer.status_code in (403, 404)
    assert AccountEvent.objects.get(pk=event.pk).withdrawn_at is None


def test_what_is_no_meeting_is_not_there(owner: User, event: AccountEvent) -> None:
    other = AccountEvent.objects.exclude(kind="meeting_booked").order_by("pk")[0]
    assert key_of(owner).post(f"{HERE}{other.pk}/not-booked/", {"reason": "x"}).status_code == 404


def test_the_list_is_narrowed_and_costs_as_many_queries_however_long_it_is(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    path, counts = f"/api/v1/{HERE}", []
    for more in (1, 8):
        now = timezone.now()
        for _ in range(more):
            log_touch(
                account=an_account(owner=owner), side="sales", channel="meeting", occurred_at=now, now=now
            )
        client.get(path)
        with CaptureQueriesContext(connection) as told:
            assert client.get(path).status_code == 200
        counts.append(len(told))
    assert counts[0] == counts[1]
    touch = Touch.objects.order_by("pk")[3]
    (row,) = client.get(f"{path}?touch={touch.pk}").json()["results"]
    assert (row["touch"], row["account"], row["task"]) == (touch.pk, touch.account_id, None)
    assert row["on"] is not None
    assert client.get(f"{path}?task={touch.pk}").json()["results"] == []
    assert len(client.get(f"{path}?stands=true").json()["results"]) == 9
    assert client.get(f"{path}?stands=false").json()["results"] == []
    assert client.get(f"{path}?is_off=false&limit=3").json()["next"]
    assert client.get(f"{path}?touch=x").status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault
@pytest.mark.parametrize(
    ("act", "point", "after"),
    [
        pytest.param("not-booked", "events.before_work", "active", id="not booked, before its work"),
        pytest.param("not-booked", "meeting.before_commit", "active", id="not booked, before its end"),
        pytest.param("call-off", "events.before_work", "exited", id="called off"),
        pytest.param("move", "events.before_work", "exited", id="moved"),
    ],
)
def test_killed_in_the_middle_nothing_has_happened_and_the_same_call_does_it(
    owner: User, event: AccountEvent, act: str, point: str, after: str
) -> None:
    api, path = key_of(owner), f"{HERE}{event.pk}/{act}/"
    body = {"on": (timezone.now() + 5 * DAY).isoformat()} if act == "move" else {"reason": "A slip."}

    def call() -> None:
        assert api.post(path, body, headers={"Idempotency-Key": "k-1"}).status_code == 200

    assert child(call, {point}) == point
    assert Enrollment.objects.get().state == "exited"
    assert not AccountEvent.objects.filter(kind="meeting_changed").exists()
    assert AccountEvent.objects.get(pk=event.pk).payload == event.payload
    for _ in range(2):
        child(call, ())
    assert Enrollment.objects.get().state == after
    assert AccountEvent.objects.filter(kind="meeting_changed").count() == 1
