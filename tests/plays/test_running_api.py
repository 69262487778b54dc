"""Pauses, hand-over and taking a stop back over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from plays.models import Enrollment, Pause, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, path: str, body: object | None = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def running(owner: User) -> Enrollment:
    account = an_account(owner=owner)
    a_play("calls", steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account, at=timezone.now()).pk], now=timezone.now())
    return Enrollment.objects.select_related("account").get(account=account)


@pytest.mark.parametrize("scope", ["play", "account_domain", "person", "enrollment"])
def test_a_thing_rests_and_goes_on(scope: str) -> None:
    owner, client = a_user(), as_user(a_user(role="revops", job=""))
    enrollment = running(owner)
    named: dict[str, object] = {
        "play": "calls",
        "account_domain": enrollment.account.domain,
        "person": owner.email,
        "enrollment": enrollment.pk,
    }
    made = post(client, "pauses/", {scope: named[scope], "reason": "Fair"})
    assert made.status_code == 201, made.json()
    assert (made.json()["scope"], made.json()["reason"]) == (scope.removesuffix("_domain"), "Fair")
    assert Task.objects.get().stopped_at is not None
    again = post(client, "pauses/", {scope: named[scope], "reason": "Fair"})
    assert again.status_code == 409
    assert [row["id"] for row in client.get("/api/v1/pauses/?active=true").json()["results"]] == [
        made.json()["id"]
    ]
    ended = post(client, f"pauses/{made.json()['id']}/resume/")
    assert ended.json()["ended_at"] is not None
    assert client.get("/api/v1/pauses/?active=true").json()["results"] == []
    assert Task.objects.get().stopped_at is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"reason": "Fair"}, "", id="nothing named"),
        pytest.param({"play": "calls", "enrollment": 1, "reason": "Fair"}, "", id="two things named"),
        pytest.param({"play": "nothing", "reason": "Fair"}, "/play", id="no such play"),
        pytest.param({"enrollment": 999_999, "reason": "Fair"}, "/enrollment", id="no such enrollment"),
        pytest.param({"play": "calls"}, "/reason", id="no reason"),
    ],
)
def test_what_cannot_rest_is_said_with_its_pointer(body: dict[str, object], pointer: str) -> None:
    running(a_user())
    answer = post(as_user(a_user(role="revops", job="")), "pauses/", body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_rep_pauses_and_resumes_only_their_own() -> None:
    owner, stranger = a_user(), as_user(a_user())
    enrollment = running(owner)
    assert post(stranger, "pauses/", {"enrollment": enrollment.pk, "reason": "Fair"}).status_code == 403
    rest = post(as_user(owner), "pauses/", {"enrollment": enrollment.pk, "reason": "Fair"}).json()
    assert post(stranger, f"pauses/{rest['id']}/resume/").status_code == 403
    assert Pause.objects.active().count() == 1


def test_a_play_is_handed_over_stopped_and_taken_up_again() -> None:
    owner, other = a_user(), a_user()
    enrollment, client = running(owner), as_user(owner)
    said = post(client, f"enrollments/{enrollment.pk}/hand-over/", {"to": other.email, "reason": "Knows her"})
    assert said.status_code == 200, said.json()
    assert Task.objects.get().owner == other
    post(client, f"enrollments/{enrollment.pk}/cancel/", {"reason": "A slip"})
    back = post(client, f"enrollments/{enrollment.pk}/restore/")
    assert (back.status_code, back.json()["state"]) == (200, "active")
    assert [event["move"] for event in back.json()["events"]][-2:] == ["cancel", "restore"]
    assert post(client, f"enrollments/{enrollment.pk}/restore/").status_code == 409
    assert post(as_user(a_user()), f"enrollments/{enrollment.pk}/restore/").status_code == 403
