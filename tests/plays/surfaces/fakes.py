"""A fake edge for each surface: it answers as the vendor does, and says what it was sent."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import requests
import responses
from django.core import mail

from plays.surfaces import Address
from plays.surfaces.slack_bot import API

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
TOKEN = "xoxb-0000-1111-planted-secret"
URL = "https://93.184.216.34/hooks/abmops?key=planted-secret"


@dataclass
class Edge:
    """What a fake does next and what it saw: ids as a receiver would compare them, and everything as text."""

    answer: str = "ok"
    ids: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    retry_after: str = ""


@dataclass(frozen=True)
class Fake:
    """How a surface is tested: its address, what of it must never show, and its edge."""

    address: Address
    secrets: tuple[str, ...]
    open: Callable[[Edge], Any]
    # The vendor's answers that the contract needs; None: the vendor has none such.
    gone: bool = True
    slows: bool = True


def _http(
    url: str, reply: Callable[[Edge, requests.PreparedRequest], tuple[int, dict[str, str], str]]
) -> Any:
    @contextmanager
    def opened(edge: Edge) -> Iterator[Edge]:
        def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            body = request.body or b""
            edge.seen.append(body.decode() if isinstance(body, bytes) else str(body))
            if edge.answer == "timeout":
                raise requests.exceptions.ReadTimeout(f"{url} took too long")
            if edge.answer == "down":
                raise requests.exceptions.ConnectionError(f"could not reach {url}")
            return reply(edge, request)

        with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
            fake.add_callback(responses.POST, url, callback=answer)
            yield edge

    return opened


def _webhook(edge: Edge, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    edge.ids.append(request.headers["webhook-id"])
    headers = {"Retry-After": edge.retry_after} if edge.retry_after else {}
    status = {"ok": 200, "permanent": 404, "temporary": 503, "gone": 410, "slow": 429}[edge.answer]
    return status, headers, "{}"


def _slack_webhook(edge: Edge, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    edge.ids.append("")
    headers = {"Retry-After": edge.retry_after} if edge.retry_after else {}
    status, said = {
        "ok": (200, "ok"),
        "permanent": (400, "invalid_blocks"),
        "temporary": (500, "rollup_error"),
        "gone": (404, "no_service"),
        "slow": (429, "rate_limited"),
    }[edge.answer]
    return status, headers, said


def _slack_bot(edge: Edge, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    said = json.loads(request.body or b"{}")
    edge.ids.append(said["client_msg_id"])
    headers = {"Retry-After": edge.retry_after} if edge.retry_after else {}
    if edge.answer == "slow":
        return 429, headers, json.dumps({"ok": False, "error": "ratelimited"})
    if edge.answer == "ok":
        return 200, {}, json.dumps({"ok": True, "channel": "C123ABC456", "ts": "1503435956.000247"})
    error = {"permanent": "not_in_channel", "temporary": "fatal_error", "gone": "token_revoked"}[edge.answer]
    return 200, headers, json.dumps({"ok": False, "error": error})


@contextmanager
def _mail(edge: Edge) -> Iterator[Edge]:
    errors: dict[str, Exception] = {
        "permanent": smtplib.SMTPRecipientsRefused({"ines@example.com": (550, b"No such user")}),
        "temporary": smtplib.SMTPServerDisconnected("gone away, password=planted-secret"),
        "timeout": TimeoutError("timed out"),
        "down": ConnectionRefusedError("refused"),
    }
    before = len(mail.outbox)
    if edge.answer == "ok":
        yield edge
    else:
        with mock.patch(
            "django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=errors[edge.answer]
        ):
            yield edge
    for sent in mail.outbox[before:]:
        edge.ids.append(str(sent.extra_headers["Message-ID"]))
        edge.seen.append(str(sent.message()))


FAKES: dict[str, Fake] = {
    "webhook": Fake(Address(target=URL, signing=(SECRET,)), (SECRET, "planted-secret"), _http(URL, _webhook)),
    "slack_webhook": Fake(
        Address(target="hooks.slack.com/services/T00000000/…", secret=HOOK),
        (HOOK, "XXXXXXXXXXXXXXXXXXXXXXXX"),
        _http(HOOK, _slack_webhook),
    ),
    "slack_bot": Fake(Address(target="#deals", secret=TOKEN), (TOKEN,), _http(API, _slack_bot)),
    "email": Fake(
        Address(target="", to="ines@example.com"), ("planted-secret",), _mail, gone=False, slows=False
    ),
}
