"""Surfaces, deliveries and notice preferences over the API: RevOps write, programs read, nobody reads a secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import User
from accounts.services.apikey import create_key
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, Endpoint, NoticeWishes
from plays.services.outbox import endpoints, sealing
from plays.services.outbox.publishing import publish
from tests.accounts import make as people
from tests.api.caller import Caller
from tests.plays import make
from tests.plays.surfaces.receiver import Receiver

pytestmark = pytest.mark.django_db

TOKEN = "xoxb-123-very-secret-token"


def caller_of(user: User, role: str) -> Caller:
    _, key = create_key(name="test", role=role, user=user, now=timezone.now())
    return Caller(key)


@pytest.fixture
def ada() -> User:
    return people.user(Role.REVOPS, name="Ada")


@pytest.fixture
def revops(ada: User) -> Caller:
    return caller_of(ada, Role.REVOPS)


@pytest.fixture
def program() -> Caller:
    _, key = create_key(name="crm", role=Role.INTEGRATION, now=timezone.now())
    return Caller(key)


@pytest.fixture
def endpoint(receiver: Receiver, ada: User) -> Endpoint:
    return endpoints.add_endpoint(
        name="Warehouse", surface="webhook", target=f"{receiver.url}?key=s3cret", secret="", types=list(EVENTS),
        owner=ada, now=timezone.now(),
    )  # fmt: skip


def given_up(count: int) -> list[Delivery]:
    now = timezone.now()
    for number in range(count):
        publish(type="task.due", data={"title": f"Call {number}"}, key=str(number), now=now)
    Delivery.objects.update(state="dead", ended_at=now, answer="It answered 404.")
    return list(Delivery.objects.order_by("pk"))


def test_a_webhook_is_added_tried_changed_and_retired(
    revops: Caller, program: Caller, receiver: Receiver, ada: User
) -> None:
    said = {
        "name": "Warehouse",
        "surface": "webhook",
        "target": f"{receiver.url}?key=s3cret",
        "types": ["task.due"],
    }
    key = {"Idempotency-Key": "one"}
    made = revops.post("endpoints/", said, headers=key)
    assert made.status_code == 201, made.json()
    told = made.json()
    endpoint = Endpoint.objects.get()
    assert told["signing_secret"] == sealing.signing_secret(endpoint)
    assert (told["slug"], told["owner"], told["health"]["state"]) == ("warehouse", ada.email, "on")
    again = revops.post("endpoints/", said, headers=key)
    assert (again.status_code, again.json()["id"]) == (201, told["id"])
    assert "signing_secret" not in again.json()
    assert Endpoint.objects.count() == 1
    address = f"endpoints/{endpoint.pk}/"
    for caller in (revops, program):
        for path in ("endpoints/", address):
            text = caller.get(path).content.decode()
            assert "s3cret" not in text
            assert told["signing_secret"] not in text
    sent = revops.post(f"{address}test/")
    assert (sent.status_code, sent.json()["type"], sent.json()["state"]) == (201, "test", "waiting")
    work.drain_all(timezone.now())
    read = program.get(f"deliveries/{sent.json()['id']}/").json()
    assert (read["state"], [one["status"] for one in read["tries"]]) == ("sent", [204])
    assert receiver.calls[0].path.endswith("?key=s3cret")
    changed = revops.patch(address, {"name": "Lake", "types": ["list.changed"]})
    assert (changed.json()["name"], changed.json()["types"]) == ("Lake", ["list.changed"])
    assert Endpoint.objects.get().target.endswith("?key=s3cret")
    assert revops.send("DELETE", address).status_code == 204
    assert revops.send("DELETE", address).status_code == 204
    assert program.get(address).json()["health"]["state"] == "off"
    assert revops.post(f"{address}test/").status_code == 422
    assert revops.post(f"{address}switch-on/").json()["is_active"] is True
    assert revops.post(f"{address}switch-on/").status_code == 409


def test_a_new_secret_is_shown_once_and_the_former_signs_on(revops: Caller, endpoint: Endpoint) -> None:
    former = sealing.signing_secret(endpoint)
    path, key = f"endpoints/{endpoint.pk}/rotate-secret/", {"Idempotency-Key": "turn"}
    told = revops.post(path, headers=key).json()
    endpoint.refresh_from_db()
    assert told["signing_secret"] == sealing.signing_secret(endpoint) != former
    assert "former_signs_until" in told
    assert "signing_secret" not in revops.post(path, headers=key).json()
    endpoint.refresh_from_db()
    assert endpoint.signing_number == 2


@pytest.mark.parametrize(
    ("said", "pointer", "words"),
    [
        ({"surface": "webhook", "target": "http://example.com/"}, "/target", "Only https://"),
        ({"surface": "webhook", "target": "https://10.0.0.1/"}, "/target", "private or reserved"),
        ({"surface": "webhook", "target": "https://2130706433/"}, "/target", "private or reserved"),
        ({"surface": "webhook", "target": "https://[::ffff:7f00:1]/"}, "/target", "private or reserved"),
        (
            {"surface": "webhook", "target": "https://user:pw@example.com/"},
            "/target",
            "user name or password",
        ),
        ({"surface": "webhook", "target": "https://93.184.216.34:22/"}, "/target", "Only the ports"),
        ({"surface": "webhook"}, "/target", "Only https://"),
        (
            {"surface": "slack_webhook", "secret": "https://evil.example/services/T/B/x"},
            "/secret",
            "no incoming",
        ),
        ({"surface": "slack_bot", "target": "#abm", "secret": "xoxp-1"}, "/secret", "begins with xoxb-"),
        ({"surface": "email", "target": "nobody"}, "/target", "is no e-mail address"),
        ({"surface": "fax", "target": "1"}, "/surface", "is not one of"),
        ({"surface": "email", "target": "a@b.example", "types": ["x"]}, "/types/0", "is not one of"),
        ({"surface": "email", "target": "a@b.example", "owner": "no@b.example"}, "/owner", "no@b.example"),
    ],
)
def test_a_wrong_address_is_a_sentence_at_its_field(
    revops: Caller, said: dict[str, Any], pointer: str, words: str
) -> None:
    answer = revops.post("endpoints/", {"name": "X", **said})
    assert answer.status_code == 400, answer.json()
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]
    assert not Endpoint.objects.exists()


def test_a_token_is_sealed_kept_and_in_no_answer(revops: Caller, program: Caller) -> None:
    said = {"name": "Deals", "surface": "slack_bot", "target": "#deals", "secret": TOKEN}
    made = revops.post("endpoints/", said)
    path = f"endpoints/{made.json()['id']}/"
    changed = revops.patch(path, {"target": "#desk"})
    for answer in (made, changed, program.get(path), program.get("endpoints/")):
        assert TOKEN not in answer.content.decode()
    assert (changed.json()["target"], changed.json()["has_secret"]) == ("#desk", True)
    assert sealing.unseal(Endpoint.objects.get().secret) == TOKEN
    assert revops.patch(path, {"secret": "nonsense"}).json()["errors"][0]["pointer"] == "/secret"


def test_health_says_how_it_does(program: Caller, endpoint: Endpoint) -> None:
    given_up(3)
    Endpoint.objects.update(failures=20, open_until=timezone.now())
    health = program.get(f"endpoints/{endpoint.pk}/").json()["health"]
    assert (health["state"], health["failures"], health["given_up_24h"]) == ("open", 20, 3)
    assert health["next_try_at"]
    for query, count in (
        ("is_active=true", 1),
        ("is_active=false", 0),
        ("type=task.due", 1),
        ("surface=email", 0),
    ):
        assert len(program.get(f"endpoints/?{query}").json()["results"]) == count, query


def test_deliveries_are_narrowed_and_paged(program: Caller, endpoint: Endpoint) -> None:
    rows = given_up(3)
    publish(type="list.changed", data={}, key="x", now=timezone.now())
    soon = (timezone.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for query, count in (
        (f"endpoint={endpoint.pk}", 4), ("endpoint=1", 0), ("state=dead", 3), ("type=list.changed", 1),
        (f"since={soon}", 0), (f"until={soon}", 4), ("person=ines@example.com", 0), ("account_domain=acme.com", 0),
    ):  # fmt: skip
        assert len(program.get(f"deliveries/?{query}").json()["results"]) == count, query
    assert program.get("deliveries/?state=lost").status_code == 400
    first = program.get("deliveries/?limit=3").json()
    rest = program.get(first["next"].removeprefix("http://testserver")).json()
    ids = {one["id"] for one in first["results"] + rest["results"]}
    assert ids >= {str(one.pk) for one in rows}
    assert len(ids) == 4


def test_what_was_given_up_is_sent_again_or_laid_aside(
    revops: Caller, endpoint: Endpoint, receiver: Receiver, ada: User
) -> None:
    one, two, three, four = given_up(4)
    sent = revops.post(f"deliveries/{one.pk}/replay/")
    assert (sent.status_code, sent.json()["state"]) == (200, "waiting")
    assert revops.post(f"deliveries/{one.pk}/replay/").status_code == 409
    ids = [str(one.pk), str(two.pk), "0198c0de-0000-7000-8000-000000000000"]
    assert revops.post("deliveries/replay/", {"ids": ids}).json() == {"sent": 1, "off": 0, "left": 2}
    laid = revops.post(f"deliveries/{three.pk}/dismiss/").json()
    assert (laid["state"], laid["dismissed_by"]) == ("dismissed", ada.email)
    assert revops.post("deliveries/dismiss/", {"ids": [str(three.pk), str(four.pk)]}).json() == {
        "dismissed": 1,
        "left": 1,
    }
    assert revops.post(f"deliveries/{three.pk}/replay/").status_code == 409
    work.drain_all(timezone.now())
    assert {call.id for call in receiver.calls} == {str(one.pk), str(two.pk)}
    assert revops.post("deliveries/replay/", {"ids": []}).json()["errors"][0]["pointer"] == "/ids"
    wrong = revops.post("deliveries/replay/", {"ids": ["soon"]}).json()["errors"][0]
    assert (wrong["pointer"], "Not the id" in wrong["detail"]) == ("/ids/0", True)


def test_a_message_that_waits_is_taken_back_by_dismissing_it(
    revops: Caller, endpoint: Endpoint, receiver: Receiver
) -> None:
    publish(type="task.due", data={}, key="1", now=timezone.now())
    one = Delivery.objects.get()
    assert revops.post(f"deliveries/{one.pk}/dismiss/").json()["state"] == "cancelled"
    assert revops.post(f"deliveries/{one.pk}/dismiss/").status_code == 409
    work.drain_all(timezone.now())
    assert receiver.calls == []


def test_nothing_is_sent_again_to_a_surface_that_is_off(
    revops: Caller, endpoint: Endpoint, ada: User
) -> None:
    one, two = given_up(2)
    endpoints.disable_endpoint(endpoint=endpoint, by=ada, now=timezone.now())
    refused = revops.post(f"deliveries/{one.pk}/replay/")
    assert refused.status_code == 422
    assert "Switch it on first" in refused.json()["detail"]
    told = revops.post("deliveries/replay/", {"ids": [str(one.pk), str(two.pk)]}).json()
    assert told == {"sent": 0, "off": 2, "left": 0}
    assert Delivery.objects.dead().count() == 2


def test_a_program_does_not_read_what_was_said_to_a_person(
    revops: Caller, program: Caller, endpoint: Endpoint, ada: User
) -> None:
    (one,) = given_up(1)
    assert program.get(f"deliveries/{one.pk}/").json()["data"] == {"title": "Call 0"}
    Delivery.objects.update(user=ada, type="notice", body={"subject": "S", "text": "Between us."})
    read = program.get(f"deliveries/{one.pk}/").json()
    assert (read["data"], read["text"], read["person"]) == (None, None, ada.email)
    assert revops.get(f"deliveries/{one.pk}/").json()["text"] == "Between us."


@pytest.mark.parametrize("path", ["endpoints/", "deliveries/", "notice-preferences/"])
def test_more_rows_cost_no_more_queries(program: Caller, receiver: Receiver, ada: User, path: str) -> None:
    def add(count: int) -> int:
        now = timezone.now()
        for _ in range(count):
            person = make.a_user()
            NoticeWishes.objects.create(user=person)
            endpoints.add_endpoint(
                name="W", surface="webhook", target=receiver.url, secret="", types=["task.due"], owner=person, now=now
            )  # fmt: skip
        publish(type="task.due", data={}, key=f"{count}", now=now)
        with CaptureQueriesContext(connection) as asked:
            assert program.get(path).status_code == 200
        return len(asked)

    add(1)
    assert add(2) == add(12)


def test_people_choose_how_they_are_told_their_own_and_revops_everybodys(
    revops: Caller, program: Caller, ada: User
) -> None:
    rep = people.user(Role.REP, name="Maya")
    mine, own = caller_of(rep, Role.REP), f"notice-preferences/{rep.pk}/"
    told = mine.get(own).json()
    assert told["ways"] == {"late": "email", "surface": "email", "data": "digest", "other": "digest"}
    changed = mine.patch(own, {"ways": {"late": "digest"}, "digest_hour": 7, "quiet_from": 20, "quiet_to": 7})
    assert changed.status_code == 200, changed.json()
    assert changed.json()["ways"]["late"] == "digest"
    row = NoticeWishes.objects.get(user=rep)
    assert (row.ways, row.digest_hour, row.quiet_from) == ({"late": "digest"}, 7, 20)
    assert mine.patch(own, {"digest_way": "none"}).json()["digest_hour"] == 7
    assert len(mine.get("notice-preferences/").json()["results"]) == 1
    assert mine.get(f"notice-preferences/{ada.pk}/").status_code == 404
    assert mine.patch(f"notice-preferences/{ada.pk}/", {"digest_hour": 3}).status_code == 404
    assert revops.patch(own, {"slack_member": "u012ab3cd"}).json()["slack_member"] == "U012AB3CD"
    everybody = {one["person"] for one in program.get("notice-preferences/").json()["results"]}
    assert everybody == {rep.email, ada.email}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"ways": {"late": "pigeon"}}, "/ways/late"),
        ({"ways": {"gossip": "email"}}, "/ways/gossip"),
        ({"digest_hour": 24}, "/digest_hour"),
        ({"quiet_from": 20}, "/quiet_to"),
        ({"slack_member": "@ada"}, "/slack_member"),
        ({"digest_way": "slack"}, "/slack_member"),
    ],
)
def test_a_wrong_choice_is_said_at_its_field(
    revops: Caller, ada: User, said: dict[str, Any], pointer: str
) -> None:
    answer = revops.patch(f"notice-preferences/{ada.pk}/", said)
    assert answer.status_code == 400, answer.json()
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not NoticeWishes.objects.exists()
