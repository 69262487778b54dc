"""Pauses, hand-over and taking a stop back over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from plays.models import Enrollment, Pause, Play, Task
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


def test_an_enrollment_says_to_whom_it_was_handed_how_deep_it_is_and_what_makes_it_rest() -> None:
    owner, client = a_user(), as_user(a_user(role="revops", job=""))
    enrollment = running(owner)
    url = f"/api/v1/enrollments/{enrollment.pk}/"
    said = client.get(url).json()
    assert (said["handed_to"], said["depth"], said["pauses"]) == (None, 1, [])
    taker = a_user()
    post(client, f"enrollments/{enrollment.pk}/hand-over/", {"to": taker.email})
    until = "2030-01-07T08:00:00Z"
    post(client, "pauses/", {"play": "calls", "reason": "New texts are written", "until": None})
    post(client, "pauses/", {"enrollment": enrollment.pk, "reason": "They move house"})
    Pause.objects.filter(enrollment=enrollment).update(until=until)
    post(client, "pauses/", {"person": taker.email, "reason": "On leave"})
    said = client.get(url).json()
    assert said["handed_to"] == taker.email
    assert [(one["scope"], one["reason"], one["until"]) for one in said["pauses"]] == [
        ("enrollment", "They move house", until),
        ("play", "New texts are written", None),
    ]
    ended = post(client, f"enrollments/{enrollment.pk}/cancel/", {"reason": "No more"}).json()
    assert (ended["state"], ended["pauses"]) == ("cancelled", [])


def test_a_list_of_enrollments_costs_no_query_per_row() -> None:
    client, owner = as_user(a_user(role="revops", job="")), a_user()
    counted = []
    for rows in (1, 6):
        while Enrollment.objects.count() < rows:
            enrollment = running(owner)
            post(client, "pauses/", {"enrollment": enrollment.pk, "reason": "Fair"})
        with CaptureQueriesContext(connection) as queries:
            said = client.get("/api/v1/enrollments/").json()["results"]
        assert [len(one["pauses"]) for one in said] == [1] * rows
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("scope", ["play", "account_domain", "enrollment"])
def test_enrollments_are_narrowed_to_those_that_rest(scope: str) -> None:
    owner, client = a_user(), as_user(a_user(role="revops", job=""))
    rests, runs = running(owner), running(owner)
    a_play("other")
    Enrollment.objects.filter(pk=runs.pk).update(play=Play.objects.get(slug="other"))
    named = {"play": "calls", "account_domain": rests.account.domain, "enrollment": rests.pk}
    post(client, "pauses/", {"person": owner.email, "reason": "On leave"})
    assert paused(client, "true") == []
    rest = post(client, "pauses/", {scope: named[scope], "reason": "Fair"}).json()
    assert (paused(client, "true"), paused(client, "false")) == ([rests.pk], [runs.pk])
    assert paused(client, "") == [runs.pk, rests.pk]
    post(client, f"pauses/{rest['id']}/resume/")
    assert (paused(client, "true"), paused(client, "false")) == ([], [runs.pk, rests.pk])
    post(client, "pauses/", {scope: named[scope], "reason": "Fair"})
    post(client, f"enrollments/{rests.pk}/cancel/", {"reason": "No more"})
    assert paused(client, "true") == [], "what has ended rests no more"
    assert client.get("/api/v1/enrollments/?paused=perhaps").status_code == 400


def paused(client: Client, said: str) -> list[int]:
    return [row["id"] for row in client.get(f"/api/v1/enrollments/?paused={said}").json()["results"]]
