"""The pages of surfaces and deliveries, of notices and of how a person is told."""

from __future__ import annotations

import html
import re
import socket
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import responses
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import User
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, Endpoint, Notice, NoticeWishes
from plays.services.outbox import endpoints, sealing
from plays.services.outbox.publishing import publish
from tests.accounts import make as people
from tests.plays.surfaces.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return people.user(Role.REVOPS, name="Ada", toured_at=timezone.now())


@pytest.fixture
def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def endpoint(receiver: Receiver, user: User) -> Endpoint:
    return endpoints.add_endpoint(
        name="Warehouse", surface="webhook", target=f"{receiver.url}?key=s3cret", secret="", types=list(EVENTS),
        owner=user, now=timezone.now(),
    )  # fmt: skip


def test_a_webhook_is_added_tried_and_its_secret_shown_only_when_asked(
    client: Client, receiver: Receiver
) -> None:
    answer = client.post(
        "/settings/surfaces/add/webhook/",
        {"name": "Warehouse", "target": receiver.url, "types": ["list.changed"], "owner": ""},
    )
    endpoint = Endpoint.objects.get()
    assert answer.headers["Location"] == f"/settings/surfaces/{endpoint.pk}/"
    assert (endpoint.slug, endpoint.types) == ("warehouse", ["list.changed"])
    secret = sealing.signing_secret(endpoint)
    for path in (f"/settings/surfaces/{endpoint.pk}/", f"/settings/surfaces/{endpoint.pk}/secret/"):
        assert secret not in client.get(path).content.decode()
    assert (
        secret
        in client.post(f"/settings/surfaces/{endpoint.pk}/secret/", {"action": "show"}).content.decode()
    )
    sent = client.post(f"/settings/surfaces/{endpoint.pk}/test/")
    work.drain_all(timezone.now())
    assert "It arrived." in client.get(sent.headers["Location"]).content.decode()
    assert receiver.verified(secret)[0]["type"] == "test"
    page = client.post(f"/settings/surfaces/{endpoint.pk}/secret/", {"action": "rotate"}).content.decode()
    assert secret not in page
    assert sealing.signing_secret(Endpoint.objects.get()) in page


@pytest.mark.parametrize(
    ("surface", "said", "words"),
    [
        ("webhook", {"target": "http://example.com/"}, "Only https://"),
        ("webhook", {"target": "https://10.0.0.1/hook"}, "private or reserved"),
        ("webhook", {"target": "https://user:pw@example.com/"}, "user name or password"),
        ("slack_webhook", {"secret": "https://evil.example/services/T/B/x"}, "no incoming webhook of Slack"),
        ("slack_bot", {"target": "#abm", "secret": "xoxp-1"}, "begins with xoxb-"),
        ("email", {"target": "nobody"}, "is no e-mail address"),
    ],
)
def test_a_wrong_address_is_said_at_its_field(
    client: Client, surface: str, said: dict[str, str], words: str
) -> None:
    answer = client.post(f"/settings/surfaces/add/{surface}/", {"name": "X", **said})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_a_token_is_sealed_and_on_no_page(client: Client) -> None:
    token = "xoxb-123-very-secret-token"
    client.post("/settings/surfaces/add/slack_bot/", {"name": "Deals", "target": "#deals", "secret": token})
    endpoint = Endpoint.objects.get()
    assert token not in endpoint.secret
    assert sealing.unseal(endpoint.secret) == token
    paths = ("/settings/surfaces/", f"/settings/surfaces/{endpoint.pk}/", "/settings/surfaces/surfaces.csv")
    for path in paths:
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert token.encode() not in body
    client.post(f"/settings/surfaces/{endpoint.pk}/", {"name": "Deal desk", "target": "#desk", "secret": ""})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.target, sealing.unseal(endpoint.secret)) == ("Deal desk", "#desk", token)


def test_what_was_given_up_is_sent_again_one_chosen_or_all_as_narrowed(
    client: Client, endpoint: Endpoint, receiver: Receiver
) -> None:
    now = timezone.now()
    receiver.answers = [(204, {}, b"")]
    for number in range(5):
        publish(type="task.due", data={"title": f"Call {number}"}, key=str(number), now=now)
    Delivery.objects.update(state="dead", ended_at=now, answer="It answered 404.")
    page = client.get("/settings/deliveries/?state=dead").content.decode()
    assert "It answered 404." in page
    assert "5 messages were given up among these." in page
    assert "Send all again" in page
    one = Delivery.objects.earliest("pk")
    client.post("/settings/deliveries/replay/", {"pick": str(one.pk)})
    assert Delivery.objects.filter(state="waiting").count() == 1
    client.post("/settings/deliveries/replay/?type=list.changed", {"do": "all"})
    assert Delivery.objects.filter(state="waiting").count() == 1
    client.post("/settings/deliveries/replay/?type=task.due", {"do": "all"})
    work.drain_all(timezone.now() + timedelta(minutes=1))
    assert Delivery.objects.filter(state="sent").count() == len({call.id for call in receiver.calls}) == 5


def test_what_nobody_needs_any_more_is_dismissed_and_comes_back(
    client: Client, endpoint: Endpoint, receiver: Receiver
) -> None:
    now = timezone.now()
    for number in range(3):
        publish(type="task.due", data={"title": f"Call {number}"}, key=str(number), now=now)
    Delivery.objects.update(state="dead", ended_at=now, answer="It answered 404.")
    chosen = list(Delivery.objects.order_by("pk")[:2])
    page = client.post(
        "/settings/deliveries/dismiss/", {"pick": [str(one.pk) for one in chosen]}, follow=True
    )
    text = page.content.decode()
    assert "2 messages are dismissed, and will not be sent." in text
    assert Delivery.objects.dead().count() == 1
    assert "by Ada" in client.get(f"/settings/deliveries/{chosen[0].pk}/").content.decode()
    assert "It answered 404." in client.get("/settings/deliveries/?state=dismissed").content.decode()
    undo = re.search(r"/settings/deliveries/bring-back/\?at=[^\"]+", text)
    assert undo is not None
    back = client.post(html.unescape(undo.group()), follow=True).content.decode()
    assert "2 messages stand given up again." in back
    assert Delivery.objects.dead().count() == 3
    assert "nothing to bring back" in client.post(html.unescape(undo.group()), follow=True).content.decode()
    for at in ("", "soon", "2026-11-22T10:00:00", "\0"):
        client.post("/settings/deliveries/bring-back/", query_params={"at": at})
    assert "choose messages" in client.post("/settings/deliveries/dismiss/", follow=True).content.decode()
    endpoints.disable_endpoint(endpoint=endpoint, by=User.objects.get(name="Ada"), now=now)
    off = client.post("/settings/deliveries/replay/", {"do": "all"}, follow=True).content.decode()
    assert "3 messages stay given up, because the surface is switched off" in off
    assert receiver.calls == []


@pytest.mark.parametrize("role", [role for role in Role if role != Role.REVOPS])
def test_only_revops_acts_on_what_goes_out(endpoint: Endpoint, role: Role) -> None:
    now = timezone.now()
    publish(type="task.due", data={}, key="1", now=now)
    one = Delivery.objects.get()
    stranger = Client()
    stranger.force_login(people.user(role, toured_at=now))
    for path in ("replay/", "dismiss/", "bring-back/", f"{one.pk}/cancel/"):
        assert stranger.post(f"/settings/deliveries/{path}", {"pick": str(one.pk)}).status_code == 403
    for path in ("test/", "secret/", "switch/"):
        assert stranger.post(f"/settings/surfaces/{endpoint.pk}/{path}").status_code == 403
    assert Delivery.objects.get().state == "waiting"


def test_a_waiting_message_is_taken_back_once(client: Client, endpoint: Endpoint, receiver: Receiver) -> None:
    publish(type="task.due", data={}, key="1", now=timezone.now())
    one = Delivery.objects.get()
    client.post(f"/settings/deliveries/{one.pk}/cancel/")
    page = client.post(f"/settings/deliveries/{one.pk}/cancel/", follow=True).content.decode()
    assert "is cancelled already" in page
    work.drain_all(timezone.now())
    assert receiver.calls == []


def test_switching_off_and_on_are_each_others_undo(client: Client, endpoint: Endpoint) -> None:
    path = f"/settings/surfaces/{endpoint.pk}/switch/"
    client.post(path)
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "Switched off by Ada."
    assert "Switched off" in client.get(f"/settings/surfaces/{endpoint.pk}/").content.decode()
    client.post(path)
    endpoint.refresh_from_db()
    assert endpoint.is_active


@pytest.mark.parametrize("path", ["/settings/deliveries/", "/settings/surfaces/", "/notices/"])
def test_more_rows_cost_no_more_queries(client: Client, endpoint: Endpoint, user: User, path: str) -> None:
    def add(start: int, count: int) -> int:
        now = timezone.now()
        for number in range(start, start + count):
            publish(type="task.due", data={}, key=str(number), now=now)
            Notice.objects.create(user=user, kind="gaps", subject=str(number), text="x", at=now)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    add(0, 1)
    assert add(1, 2) == add(3, 30)


def test_notices_are_listed_narrowed_and_read(client: Client, user: User) -> None:
    now = timezone.now()
    for number, kind in enumerate(("task_breached", "gaps", "nomination")):
        Notice.objects.create(
            user=user, kind=kind, subject=str(number), text=f"About {kind}.", url="/", at=now
        )
    assert "About gaps." in client.get("/notices/").content.decode()
    late = client.get("/notices/?kind=late").content.decode()
    assert "About task_breached." in late
    assert "About gaps." not in late
    assert "About nomination." in client.get("/notices/?kind=other").content.decode()
    client.post("/notices/read/")
    assert "No notice is like that" in client.get("/notices/?show=unread").content.decode()


def test_a_person_chooses_how_they_are_told_and_may_have_nothing_sent(client: Client, user: User) -> None:
    said = {
        "way-late": "slack", "way-surface": "digest", "way-data": "here", "way-other": "digest", "digest_way": "email",
        "digest_hour": "7", "quiet_from": "20", "quiet_to": "7", "slack_member": "u012ab3cd",
    }  # fmt: skip
    assert client.post("/settings/notices/", said).status_code == 302
    row = NoticeWishes.objects.get(user=user)
    assert row.ways == {"late": "slack", "surface": "digest", "data": "here"}
    assert (row.digest_hour, row.quiet_from, row.quiet_to, row.slack_member) == (7, 20, 7, "U012AB3CD")
    wrong = client.post("/settings/notices/", said | {"slack_member": "@ada", "quiet_to": ""})
    assert wrong.status_code == 422
    client.post("/settings/notices/none/")
    row.refresh_from_db()
    assert set(row.ways.values()) == {"here"}
    assert row.digest_way == "none"


def test_no_table_holds_a_token_or_a_signing_secret(client: Client, endpoint: Endpoint, user: User) -> None:
    token = "xoxb-planted-secret-token"
    bot = endpoints.add_endpoint(
        name="Bot", surface="slack_bot", target="#abm", secret=token, types=["task.due"], owner=user,
        now=timezone.now(),
    )  # fmt: skip
    publish(type="task.due", data={"title": "Call"}, key="1", now=timezone.now())
    with responses.RequestsMock() as fake:
        fake.add(
            responses.POST, "https://slack.com/api/chat.postMessage", status=400, body=f"bad token={token}"
        )
        fake.add_passthru("http://127.0.0.1")
        with mock.patch("socket.getaddrinfo", side_effect=_public):
            work.drain_all(timezone.now())
    assert bot.deliveries.get().attempts == 1
    tables = [model._meta.db_table for model in apps.get_app_config("plays").get_models()] + ["work_workitem"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY(%s)", [
                [f"%{token}%", f"%{sealing.signing_secret(endpoint).removeprefix('whsec_')}%"]
            ])  # fmt: skip
            assert cursor.fetchone() == (0,), table


def _public(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    address = host if str(host).startswith("127.") else "93.184.216.34"
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
