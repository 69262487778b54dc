"""The REST resources of plays: shapes, roles, refusals, query counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from plays.domain.starter import HOT_INTENT
from plays.models import Decision, Enrollment, PlayVersion, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import NOW, a_contact, a_crossing, a_play, a_signal, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

BODY: dict[str, Any] = {"name": "Pricing follow-up", **HOT_INTENT.definition}


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def revops() -> User:
    return a_user(role="revops", job="")


def put(client: Client, path: str, body: object) -> Any:
    return client.put(f"/api/v1/{path}", body, content_type="application/json")


def post(client: Client, path: str, body: object | None = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_put_makes_a_play_and_the_same_again_changes_nothing(revops: User) -> None:
    client = as_user(revops)
    made = put(client, "plays/pricing/", BODY | {"status": "active", "owner": revops.email})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["slug"], said["version"], said["status"], said["owner"]) == (
        "pricing",
        1,
        "active",
        revops.email,
    )
    assert said["sentence"].startswith("Starts when the threshold “high intent pages”")
    again = put(client, "plays/pricing/", BODY | {"status": "active"})
    assert (again.status_code, again.json()["version"]) == (200, 1)


def test_a_change_of_an_active_play_makes_the_next_version(revops: User) -> None:
    client = as_user(revops)
    put(client, "plays/pricing/", BODY | {"status": "active"})
    changed = client.patch("/api/v1/plays/pricing/", {"priority": 99}, content_type="application/json").json()
    assert (changed["version"], changed["priority"], len(changed["versions"])) == (2, 99, 2)
    assert changed["steps"][0]["key"] == "first-call"


def test_a_draft_is_edited_in_place(revops: User) -> None:
    client = as_user(revops)
    put(client, "plays/pricing/", BODY)
    put(client, "plays/pricing/", BODY | {"priority": 99})
    assert PlayVersion.objects.get().priority == 99


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        pytest.param({"trigger": {}}, {"/trigger"}, id="an empty trigger"),
        pytest.param({"trigger": {"crosing": ["x"]}}, {"/trigger/crosing"}, id="a mistyped trigger"),
        pytest.param({"steps": []}, {"/steps"}, id="no steps"),
        pytest.param(
            {"steps": [{"key": "A b", "channel": "fax", "sla_hours": "4"}]},
            {"/steps/0/key", "/steps/0/channel", "/steps/0/sla_hours"},
            id="everything wrong with a step, at once",
        ),
        pytest.param(
            {"audience": {"tiers": [4]}, "exits": ["bored"], "holdout": 2},
            {"/audience/tiers/0", "/exits/0", "/holdout"},
            id="everything wrong in several places, at once",
        ),
        pytest.param({"owner": "nobody@example.com"}, {"/owner"}, id="an unknown owner"),
        pytest.param({"name": ""}, {"/name"}, id="no name"),
        pytest.param({"colour": "red"}, {"/colour"}, id="an unknown field"),
    ],
)
def test_what_is_wrong_is_named_field_by_field(
    revops: User, change: dict[str, Any], pointers: set[str]
) -> None:
    answer = put(as_user(revops), "plays/pricing/", BODY | change)
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    assert not PlayVersion.objects.exists()


def test_delete_retires(revops: User) -> None:
    client = as_user(revops)
    put(client, "plays/pricing/", BODY | {"status": "active"})
    assert client.delete("/api/v1/plays/pricing/").status_code == 204
    assert client.get("/api/v1/plays/pricing/").json()["status"] == "retired"


@pytest.mark.parametrize(
    ("role", "expected"),
    [("revops", 201), ("marketer", 403), ("rep", 403), ("executive", 403), ("integration", 403)],
)
def test_only_revops_writes_plays_and_everybody_reads(role: str, expected: int) -> None:
    client = as_user(a_user(role=role, job=""))
    assert put(client, "plays/pricing/", BODY).status_code == expected
    assert client.get("/api/v1/plays/").status_code == 200


def a_task(owner: User, *, tier: int = 2) -> Task:
    account = an_account(owner=owner, tier=tier)
    a_contact(account)
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    return Task.objects.filter(owner=owner).latest("id")


def test_a_task_is_done_once() -> None:
    owner = a_user()
    a_play()
    task = a_task(owner)
    client = as_user(owner)
    shown = client.get(f"/api/v1/tasks/{task.pk}/").json()
    assert (shown["state"], shown["owner"], shown["urgency"]) == ("open", owner.email, "hot")
    done = post(client, f"tasks/{task.pk}/done/", {"outcome": "Spoke."})
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["outcome"], done.json()["touch"]) == (
        "done", "Spoke.", Task.objects.get().touch_id,
    )  # fmt: skip
    assert post(client, f"tasks/{task.pk}/done/").status_code == 409
    assert Enrollment.objects.get().state == "completed"


@pytest.mark.parametrize(
    ("act", "body", "status", "state"),
    [
        pytest.param("skip", {}, 400, "open", id="skip needs a reason"),
        pytest.param("skip", {"reason": "Wrong person"}, 200, "skipped", id="skip"),
        pytest.param("snooze", {}, 200, "snoozed", id="snooze until the next working morning"),
        pytest.param("snooze", {"until": "2001-01-01T00:00:00Z"}, 400, "open", id="no snooze into the past"),
        pytest.param("hand-on", {"to": "nobody@example.com"}, 400, "open", id="hand on to nobody"),
        pytest.param("hand-on", {"to": 3}, 400, "open", id="hand on to a number"),
        pytest.param("reopen", {}, 409, "open", id="nothing to undo"),
    ],
)
def test_what_can_be_done_with_a_task(act: str, body: dict[str, Any], status: int, state: str) -> None:
    owner = a_user()
    a_play()
    task = a_task(owner)
    assert post(as_user(owner), f"tasks/{task.pk}/{act}/", body).status_code == status
    task.refresh_from_db()
    assert task.state == state


def test_another_rep_may_look_at_a_task_and_not_work_it() -> None:
    a_play()
    task = a_task(a_user())
    stranger = as_user(a_user())
    assert stranger.get(f"/api/v1/tasks/{task.pk}/").status_code == 200
    assert post(stranger, f"tasks/{task.pk}/done/").status_code == 403


def test_a_job_given_by_hand_is_routed_and_can_be_taken_back(revops: User) -> None:
    account = an_account(owner=a_user())
    client = as_user(revops)
    made = post(
        client,
        "tasks/",
        {"account_domain": account.domain, "title": "Send the minutes", "channel": "email", "side": "sales"},
    )
    assert made.status_code == 201, made.json()
    assert made.json()["owner"] == account.owner.email  # type: ignore[union-attr]
    moved = client.patch(
        f"/api/v1/tasks/{made.json()['id']}/",
        {"due_at": "2030-01-01T09:00:00Z", "reason": "They are on holiday."},
        content_type="application/json",
    )
    assert moved.json()["due_at"] == "2030-01-01T09:00:00Z"
    assert client.delete(f"/api/v1/tasks/{made.json()['id']}/").status_code == 204


def test_a_play_is_started_by_hand_and_refused_in_the_rules_words() -> None:
    owner = a_user()
    account = an_account(owner=owner, tier=3)
    play = a_play()
    client = as_user(owner)
    body: dict[str, Any] = {"account_domain": account.domain, "reason": "They asked at the fair."}
    refused = post(client, f"plays/{play.slug}/start/", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "tier_3_inbound")
    assert not Decision.objects.exists()
    begun = post(client, f"plays/{play.slug}/start/", body | {"override": ["tier_3_inbound"]})
    assert begun.status_code == 201
    assert begun.json()["decision"]["overridden"] == ["tier_3_inbound"]
    again = post(client, f"plays/{play.slug}/start/", body | {"override": ["tier_3_inbound"]})
    assert (again.status_code, again.json()["code"]) == (422, "already_live")


def test_an_enrollment_carries_its_decision_and_can_be_stopped() -> None:
    owner = a_user()
    a_play("one")
    a_play("two", audience={"tiers": [1]})
    a_task(owner)
    client = as_user(owner)
    (shown,) = client.get("/api/v1/enrollments/", {"play": "one"}).json()["results"]
    assert [line["verdict"] for line in shown["decision"]["candidates"]] == ["chosen", "refused"]
    assert [event["move"] for event in shown["events"]] == ["enroll", "begin"]
    stopped = post(client, f"enrollments/{shown['id']}/cancel/", {"reason": "They merged."})
    assert (stopped.json()["state"], stopped.json()["end_reason"]) == ("cancelled", "They merged.")


@pytest.mark.parametrize("resource", ["plays", "tasks", "enrollments", "decisions"])
def test_the_queries_of_a_list_do_not_grow_with_its_rows(revops: User, resource: str) -> None:
    client = as_user(revops)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{resource}/").status_code == 200
        return len(captured)

    def rows(n: int) -> None:
        threshold = a_threshold()
        for _ in range(n):
            a_play()
            account = an_account(owner=a_user())
            crossing = a_crossing(account, threshold, evidence=[a_signal(account)])
            decide_crossings(crossing_ids=[crossing.pk], now=NOW)

    rows(2)
    queries()
    few = queries()
    rows(8)
    assert queries() == few


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", 1),
        ("state=done", 0),
        ("urgency=hot", 1),
        ("is_late=true", 0),
        ("is_late=false", 1),
        ("account_domain=elsewhere.com", 0),
        ("due_before=2026-11-18T12:00:00Z", 0),
    ],
)
def test_tasks_are_filtered(query: str, found: int) -> None:
    owner = a_user()
    a_play()
    a_task(owner)
    Task.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert len(as_user(owner).get(f"/api/v1/tasks/?{query}").json()["results"]) == found


def test_a_version_is_submitted_and_approved_by_somebody_else(revops: User) -> None:
    writer, client = as_user(a_user(role="marketer", job="")), as_user(revops)
    put(client, "plays/pricing/", BODY | {"status": "active"})
    reworded = {**HOT_INTENT.definition, "priority": 81}
    refused = post(writer, "plays/pricing/submit/", {"definition": reworded})
    assert refused.status_code == 400
    sent = post(writer, "plays/pricing/submit/", {"definition": reworded, "reason": "It wins more."})
    assert (sent.status_code, sent.json()["stage"], sent.json()["reason"]) == (201, "review", "It wins more.")
    assert client.get("/api/v1/plays/pricing/").json()["priority"] == HOT_INTENT.definition["priority"]
    back = post(client, "plays/pricing/send-back/", {"reason": "Why?"})
    assert back.json()["stage"] == "draft"
    assert post(writer, "plays/pricing/submit/", {"reason": "It wins more."}).status_code == 201
    approved = post(client, "plays/pricing/approve/", {"note": "Read.", "running": "migrate"})
    assert (approved.status_code, approved.json()["stage"]) == (200, "active")
    assert approved.json()["approved_by"] == revops.email
    shown = client.get("/api/v1/plays/pricing/").json()
    assert (shown["version"], shown["priority"]) == (2, 81)
    assert [one["stage"] for one in shown["versions"]] == ["active", "past"]
    assert post(client, "plays/pricing/migrate/").json() == {"moving": 0}
    assert post(client, "plays/pricing/approve/").status_code == 422


@pytest.mark.parametrize("said", [True, 0, "x", [], [None]])
@pytest.mark.parametrize("act", ["dry-run", "submit"])
def test_a_definition_that_is_no_object_is_refused_in_words(revops: User, act: str, said: object) -> None:
    a_play("pricing")
    body = {"definition": said} | ({"reason": "It wins."} if act == "submit" else {})
    answer = post(as_user(revops), f"plays/pricing/{act}/", body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/definition"]
