"""Receivers, answers and values that mean harm: none gets more than a failed attempt."""

from __future__ import annotations

import gzip
import smtplib
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.errors import Fenced
from abmops.work.models import WorkItem
from accounts.models import User
from plays import surfaces
from plays.models import Delivery, Endpoint
from plays.services.outbox import endpoints, replaying, sealing, sending
from plays.services.outbox.publishing import publish
from plays.surfaces import Address, SurfaceError, calling
from tests.plays import make
from tests.plays.surfaces.receiver import Receiver
from tests.plays.surfaces.test_contract import MESSAGE
from tests.plays.surfaces.test_contract import NOW as THEN

pytestmark = pytest.mark.django_db

NOW = make.NOW
KEY = "s3cret-key-of-theirs"


@pytest.fixture
def owner() -> User:
    return make.a_user(role="revops")


@pytest.fixture
def endpoint(receiver: Receiver, owner: User) -> Endpoint:
    return endpoints.add_endpoint(
        name="Warehouse", surface="webhook", target=f"{receiver.url}/A1B2C3D4E5F6G7H8?key={KEY}", secret="",
        types=["task.due"], owner=owner, now=NOW,
    )  # fmt: skip


def put(key: str = "1") -> Delivery:
    publish(type="task.due", data={"title": "Call"}, key=key, now=NOW)
    return Delivery.objects.get(key__endswith=f":{key}")


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x00\x00 bad \x00", id="NUL, which the database cannot hold"),
        pytest.param(b"\xff\xfe\xed\xa0\x80", id="no UTF-8"),
        pytest.param("\u202e\ud7ff{{ 7*7 }}<script>".encode(), id="markup"),
        pytest.param(b"x" * 500_000, id="long"),
    ],
)
def test_whatever_an_answer_holds_the_attempt_has_an_end(
    receiver: Receiver, endpoint: Endpoint, status: int, body: bytes
) -> None:
    receiver.answers = [(status, {}, body)]
    delivery = put()
    work.drain_all(NOW)
    attempt = delivery.tries.get()
    assert (attempt.status, attempt.ended_at is not None) == (status, True)
    assert "\0" not in attempt.error
    assert len(attempt.error) <= 500


def test_a_receiver_that_says_back_what_it_was_sent_gets_no_secret_onto_a_page(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    def echo(handler: Any) -> bool:
        said = (
            f"No such thing: {handler.path} key={KEY} {KEY} {handler.headers['webhook-signature']}".encode()
        )
        handler.send_response(500)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)
        return True

    receiver.behave = echo
    delivery = put()
    work.drain_all(NOW)
    delivery.refresh_from_db()
    kept = delivery.answer + delivery.tries.get().error
    assert "No such thing" in kept
    for secret in (KEY, "A1B2C3D4E5F6G7H8", sealing.signing_secret(endpoint)):
        assert secret not in kept


def test_an_answer_that_is_packed_is_not_unpacked(receiver: Receiver, endpoint: Endpoint) -> None:
    """A few kilobytes that would be gigabytes."""
    packed = gzip.compress(b"0" * 50_000_000)
    receiver.answers = [(200, {"Content-Encoding": "gzip"}, packed)]
    reply = calling.post(receiver.url, body=b"{}", headers={})
    assert len(reply.body) <= calling.MOST_READ
    assert receiver.calls[0].headers["accept-encoding"] == "identity"


def test_an_answer_in_pieces_is_read_whole(receiver: Receiver, endpoint: Endpoint) -> None:
    def pieces(handler: Any) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b'{"ok":', b" tru", b"e}"):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n")
        return True

    receiver.behave = pieces
    assert calling.post(receiver.url, body=b"{}", headers={}).body == b'{"ok": true}'


def test_a_body_that_drips_for_ever_is_cut_and_the_status_counts(
    receiver: Receiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TOTAL_SECONDS", 2)

    def drip(handler: Any) -> bool:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            for _ in range(200):
                handler.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            pass
        handler.close_connection = True
        return True

    receiver.behave = drip
    assert calling.post(receiver.url, body=b"{}", headers={}).status == 200


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("ines@example.com\nBcc: all@example.org", id="a line end"),
        pytest.param("ines@example.com\r\n\r\nAnother body", id="a body"),
        pytest.param("ines@example.com, all@example.org", id="a second address"),
        pytest.param("Ines <ines@example.com>", id="a name"),
        pytest.param("", id="none"),
    ],
)
def test_an_address_from_a_record_is_one_address_or_no_mail(mail_on: None, address: str) -> None:
    with pytest.raises(SurfaceError) as caught:
        surfaces.named("email").send(MESSAGE, Address(target="", to=address or " "), now=THEN)
    assert caught.value.permanent
    assert "is no e-mail address" in caught.value.message
    assert mail.outbox == []


@pytest.fixture
def mail_on(mail: None) -> None:
    """Mail is set up."""


def test_what_records_say_stays_out_of_the_headers_of_a_mail(settings: Settings) -> None:
    settings.EMAIL_IS_SET_UP = True
    evil = "Call\r\nBcc: all@example.org\r\n\r\nBody"
    message = replace(MESSAGE, subject=evil, sender="rep@example.com\nX-Evil: 1")
    surfaces.named("email").send(message, Address(target="", to="ines@example.com"), now=THEN)
    (sent,) = mail.outbox
    assert sent.subject == "Call Bcc: all@example.org Body"
    said = sent.message()
    assert said["Bcc"] is said["X-Evil"] is said["Reply-To"] is None


@pytest.mark.parametrize("code", [-1, 0, 99_999])
def test_a_mail_server_that_says_no_code_ends_the_attempt_too(
    settings: Settings, owner: User, code: int
) -> None:
    settings.EMAIL_IS_SET_UP = True
    box = endpoints.add_endpoint(
        name="Team", surface="email", target="team@example.com", secret="", types=["task.due"], owner=owner, now=NOW
    )  # fmt: skip
    put()
    refused = smtplib.SMTPRecipientsRefused({"team@example.com": (code, b"?")})
    with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=refused):
        work.drain_all(NOW)
    attempt = box.deliveries.get().tries.get()
    assert attempt.ended_at is not None
    assert attempt.status is None


def test_each_attempt_is_signed_with_its_own_time_under_the_same_id(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    """Receivers take five minutes of skew: an attempt signed with the time of the first would be refused for ever."""
    receiver.answers = [(500, {}, b""), (500, {}, b""), (500, {}, b""), (204, {}, b"")]
    delivery = put()
    secret, moments = sealing.signing_secret(endpoint), []
    for _ in range(4):
        delivery.refresh_from_db()
        moments.append(delivery.next_at)
        work.drain_all(delivery.next_at)
    stamps = [int(call.headers["webhook-timestamp"]) for call in receiver.calls]
    assert stamps == [int(moment.timestamp()) for moment in moments]
    assert stamps[-1] - stamps[0] > 600
    calls = list(receiver.calls)
    assert len({(call.id, call.body) for call in calls}) == 1
    for call, moment in zip(calls, moments, strict=True):
        receiver.calls = [call]
        for skew, good in ((-290, True), (290, True), (-310, False), (310, False)):
            with time_machine.travel(moment + timedelta(seconds=skew), tick=False):
                if good:
                    receiver.verified(secret)
                    continue
                with pytest.raises(Exception, match="timestamp"):
                    receiver.verified(secret)


def test_a_sender_that_was_held_up_is_fenced_and_another_has_sent_it(
    receiver: Receiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: the lease ran out during a call. The second counts; the first writes nothing and says so."""
    delivery = put()
    (first,) = work.claim("deliver", now=NOW).items  # type: ignore[union-attr]
    webhook = surfaces.named("webhook")
    real, held = webhook.send, list[bool]()

    def slow(message: Any, address: Address, *, now: datetime) -> surfaces.Answer:
        if not held:
            held.append(True)
            WorkItem.objects.filter(pk=first.pk).update(state="ready", lease_token=None, lease_until=None)
            work.drain_all(NOW)
        return real(message, address, now=now)

    monkeypatch.setattr(webhook, "send", slow)
    with pytest.raises(Fenced):
        sending.send_due(item=first, now=NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    assert [bool(one.ended_at) for one in delivery.tries.order_by("n")] == [False, True]
    assert [call.id for call in receiver.calls] == [str(delivery.pk)] * 2


def test_what_was_given_up_stays_so_while_its_surface_is_off(
    receiver: Receiver, endpoint: Endpoint, owner: User
) -> None:
    delivery = put()
    Delivery.objects.update(state="dead", ended_at=NOW)
    work.drain_all(NOW)
    endpoints.disable_endpoint(endpoint=endpoint, by=owner, now=NOW)
    later = NOW + timedelta(days=1)
    assert replaying.replay(ids=[delivery.pk], now=later) == replaying.Replayed(0, off=1)
    work.drain_all(later)
    delivery.refresh_from_db()
    assert (delivery.state, receiver.calls) == ("dead", [])
    assert endpoints.enable_endpoint(endpoint=endpoint, now=later) == 0
    assert replaying.replay(ids=[delivery.pk], now=later) == replaying.Replayed(1)
    work.drain_all(later)
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_the_admin_shows_no_key_of_an_address(receiver: Receiver, endpoint: Endpoint) -> None:
    from django.test import Client

    from tests.accounts import make as people

    client = Client()
    client.force_login(people.user(Role.REVOPS, is_staff=True, is_superuser=True, toured_at=timezone.now()))
    for path in ("", f"{endpoint.pk}/change/"):
        answer = client.get(f"/admin/plays/endpoint/{path}")
        assert answer.status_code == 200
        assert KEY not in answer.content.decode()
