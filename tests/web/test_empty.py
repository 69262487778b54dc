"""A program in which little has happened yet: it answers everywhere, and never with a computer's word for nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import audits, schedule
from signals.models import Threshold
from tests.accounts import make
from tests.api.conftest import caller_of
from tests.api.test_access import TABLE
from tests.plays.make import AD, CALL, a_play
from tests.signals import make as signals
from tests.web.conftest import SignIn
from tests.web.test_routes import ALL

pytestmark = pytest.mark.django_db

OF_A_COMPUTER = re.compile(r"(?<![\w-])(nan|NaN|inf|Infinity|undefined|null|None)(?![\w-])")
"""Python's and JavaScript's words for nothing."""

A_SENTENCE = re.compile(r"None(: | (known|ticked|chosen|is|was|in|yet)\b|\. A source)")
"""Where it is a word of ours: "None ticked means all"."""


def _nothing() -> None:
    """An installation as its migrations leave it."""


def _account() -> Any:
    return make.account("Acme", "acme.example").pk


def _source() -> Any:
    return signals.site().source.slug


def _play() -> Any:
    """Active, and every threshold that could start it is retired."""
    signals.site()
    Threshold.objects.update(status="retired")
    return a_play("one", steps=[AD, CALL]).pk


WORLDS: dict[str, Callable[[], Any]] = {
    "nothing": _nothing, "an account without a source": _account, "a source without an account": _source,
    "a play without a threshold": _play,
}  # fmt: skip
"""Each with the key of what there is."""


def shown(page: str) -> str:
    """What a reader sees of a page: no tags, no scripts, no labels of choices."""
    page = re.sub(r"<(script|style|option|textarea|label)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def addresses(key: Any) -> list[str]:
    """Every page that names no row, and every page of one row, asked for the one that there is."""
    kind = "int" if isinstance(key, int) else "slug"
    return [
        reverse(name, args=[key] * len(kinds))
        for name, kinds in ALL
        if not kinds or (key is not None and kinds in ([kind], ["str"]))
    ]


def faults(client: Client, path: str) -> list[str]:
    """What is wrong with a page."""
    answer = client.get(path)
    if answer.status_code >= 500:
        return [f"{path} {answer.status_code}"]
    if answer.headers.get("Content-Type", "").partition(";")[0] not in ("text/html", "text/csv"):
        return []
    said = A_SENTENCE.sub("", shown(b"".join(answer).decode()))
    return [
        f"{path} …{said[max(at.start() - 60, 0) : at.end() + 60]}…" for at in OF_A_COMPUTER.finditer(said)
    ]


@pytest.mark.parametrize("world", WORLDS)
def test_every_page_answers(sign_in: SignIn, world: str) -> None:
    paths = addresses(WORLDS[world]())
    assert len(paths) > 150
    clients = [sign_in(role) for role in ((Role.REVOPS, Role.REP) if world == "nothing" else (Role.REVOPS,))]
    assert [fault for client in clients for path in paths for fault in faults(client, path)] == []


@pytest.mark.parametrize("world", WORLDS)
def test_every_route_of_the_api_answers(db: None, world: str) -> None:
    key = WORLDS[world]()
    caller = caller_of(Role.REVOPS)
    answers = {
        path: caller.get(path)
        for method, address in TABLE
        if method == "GET"
        for path in [address.format(pk=key or 0, slug="one" if key else "none", key="coverage")]
    }
    assert [path for path, answer in answers.items() if answer.status_code not in (200, 400, 404)] == []
    assert [path for path, answer in answers.items() if b"NaN" in answer.content] == []


@pytest.mark.parametrize("world", WORLDS)
def test_everything_that_runs_by_the_clock_runs(db: None, world: str) -> None:
    WORLDS[world]()
    now = timezone.now()
    for entry in schedule.all_periodic():
        with transaction.atomic():
            entry.handler(now)
    assert {name: list(audit(now)) for name, audit in audits.all_audits().items() if list(audit(now))} == {}


COMMANDS: list[list[str]] = [
    ["recompute"], ["recompute", "--check"], ["recompute_phases"], ["recompute_phases", "--write"],
    ["replay", "--check"], ["score_history", "--since", "2026-08-01"], ["volumes"], ["snapshot"], ["apikey", "list"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("world", WORLDS)
def test_every_command_has_something_to_say(db: None, world: str, command: list[str]) -> None:
    WORLDS[world]()
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=out)
    assert out.getvalue().strip()
    assert OF_A_COMPUTER.search(out.getvalue()) is None
