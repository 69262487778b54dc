"""What every surface promises, over the whole registry: a new one is tested by being registered."""

from __future__ import annotations

import logging
import socket
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from plays import surfaces
from plays.models import Endpoint
from plays.models.endpoint import SURFACES
from plays.surfaces import Address, Message, SurfaceError
from tests.plays.surfaces.fakes import FAKES, Edge

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
MESSAGE = Message(
    id="0198c0de-0000-7000-8000-000000000000",
    type="task.due",
    at=NOW,
    subject="Call <!channel> & Ines",
    text="Ines opened the pricing page. <script>alert(1)</script> *bold* & more",
    url="https://abm.acme.example/accounts/1/",
    data={"title": "Call Ines"},
)
EVERY = pytest.mark.parametrize("name", [one.name for one in surfaces.all_surfaces()])


@pytest.fixture(autouse=True)
def edge_of_the_world(mail: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of vendors lead to a public address without asking anybody."""

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_the_registry_the_models_choices_and_the_fakes_name_the_same() -> None:
    names = {one.name for one in surfaces.all_surfaces()}
    assert names == set(FAKES) == set(Endpoint.Surface.values) == set(SURFACES)


def send(name: str, edge: Edge, message: Message = MESSAGE) -> surfaces.Answer:
    fake = FAKES[name]
    with fake.open(edge):
        return surfaces.named(name).send(message, fake.address, now=NOW)


def failure(name: str, answer: str, retry_after: str = "") -> SurfaceError:
    with pytest.raises(SurfaceError) as caught:
        send(name, Edge(answer=answer, retry_after=retry_after))
    return caught.value


@EVERY
def test_the_same_message_has_the_same_id_and_the_same_words_each_time(name: str) -> None:
    edge = Edge()
    send(name, edge)
    send(name, edge)
    assert len(edge.ids) == 2
    assert len(set(edge.ids)) == 1
    if name != "email":  # a mail has a date and a boundary of its own
        assert len(set(edge.seen)) == 1


@EVERY
def test_what_stays_wrong_is_permanent_and_what_may_pass_is_not(name: str) -> None:
    assert failure(name, "permanent").permanent
    for answer in ("temporary", "timeout", "down"):
        assert not failure(name, answer).permanent, answer


@EVERY
def test_an_end_and_a_pause_are_understood(name: str) -> None:
    if FAKES[name].gone:
        assert failure(name, "gone").gone
    if FAKES[name].slows:
        slow = failure(name, "slow", retry_after="30")
        assert slow.slow
        assert not slow.permanent
        assert slow.retry_after == timedelta(seconds=30)
    assert not failure(name, "temporary").gone


@EVERY
def test_no_secret_is_in_an_error_its_traceback_the_log_or_a_repr(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FAKES[name]
    caplog.set_level(logging.DEBUG)
    texts = [repr(Address(target="x", secret=fake.address.secret, signing=fake.address.signing))]
    for answer in ("permanent", "temporary", "timeout", "down"):
        with pytest.raises(SurfaceError) as caught:
            send(name, Edge(answer=answer))
        texts += [str(caught.value), repr(caught.value)]
        if name != "webhook":
            # The address of a webhook is no secret of ours; what vendors gave us is.
            texts.append("".join(traceback.format_exception_only(caught.value)))
    texts += [record.getMessage() for record in caplog.records]
    for secret in fake.secrets:
        assert not [text for text in texts if secret in text]


@EVERY
def test_what_is_shown_of_an_address_holds_no_secret(name: str) -> None:
    fake = FAKES[name]
    shown = surfaces.named(name).shown(fake.address)
    assert not [secret for secret in fake.secrets if secret in shown]


@EVERY
def test_no_words_of_a_stranger_become_markup(name: str) -> None:
    edge = Edge()
    send(name, edge)
    (said,) = edge.seen
    if name.startswith("slack"):
        assert "<!channel>" not in said.replace('"text": "Call <!channel> & Ines"', "")
        assert "&lt;script&gt;" in said
        assert "https://abm.acme.example/accounts/1/" in said
    if name == "email":
        html = said.split("text/html", 1)[1]
        assert "<script>" not in html


def test_mail_is_marked_and_can_be_left(settings: Settings) -> None:
    from dataclasses import replace

    edge = Edge()
    send("email", edge, replace(MESSAGE, manage_url="https://abm.acme.example/settings/notices/"))
    (said,) = edge.seen
    assert f"Message-ID: <{MESSAGE.id}@acme.example>" in said
    assert "List-Unsubscribe: <https://abm.acme.example/settings/notices/>" in said
    assert "multipart/alternative" in said
    settings.EMAIL_IS_SET_UP = False
    assert failure("email", "ok").permanent


def test_slack_is_only_content_when_it_says_so() -> None:
    """A proxy's 200 with a page of its own is no success."""
    import responses

    from tests.plays.surfaces.fakes import HOOK

    for name, url in (("slack_webhook", HOOK), ("slack_bot", "https://slack.com/api/chat.postMessage")):
        with responses.RequestsMock() as fake:
            fake.add(responses.POST, url, body="<html>Sign in to the guest network</html>", status=200)
            with pytest.raises(SurfaceError) as caught:
                surfaces.named(name).send(MESSAGE, FAKES[name].address, now=NOW)
        assert not caught.value.permanent
