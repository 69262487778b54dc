"""Nobody is gone to after their no, however it falls among the statements of what would go to them.

Each round lets a no and an act that proposes somebody run at the same moment, on connections of their own. One of the
two is held after one of its statements, drawn by lot, until the other has finished or waits for a lock.
`ABMOPS_REFUSAL_ROUNDS=1000` makes it long; `ABMOPS_REFUSAL_SEED` repeats one.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail as outbox

from abmops.lib.errors import AbmopsError
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, Contact, User
from accounts.services.contact import mark_do_not_contact, opt_out
from accounts.services.contact.upsert import upsert_contacts
from plays import services
from plays.models import Delivery, Play, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.stepping import open_due_steps
from plays.services.outbox import endpoints
from plays.surfaces import Answer
from plays.surfaces.webhook import Webhook
from tests.plays.interleaving import Side, raced, two
from tests.plays.make import (
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_threshold,
    a_user,
    an_account,
)

__all__ = ["two"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = int(os.environ.get("ABMOPS_REFUSAL_ROUNDS", "100"))
SEED = int(os.environ.get("ABMOPS_REFUSAL_SEED", "20261122"))
LATER = NOW + timedelta(days=2)
NOW_MAIL = EMAIL | {"wait_days": 0}
SURFACE = {"title": "A question", "instructions": "Hello {{contact.first_name}}."}
PLAYS: dict[str, dict[str, Any]] = {
    "mail": {"steps": [NOW_MAIL]},
    "later": {"steps": [EMAIL]},
    "call": {"steps": [CALL, NOW_MAIL]},
    "by-mail": {"steps": [NOW_MAIL | SURFACE | {"surface": "email"}]},
    "by-hook": {"steps": [NOW_MAIL | SURFACE | {"surface": "webhook"}]},
}


@dataclass
class Stage:
    """What all rounds share."""

    owner: User
    other: User
    revops: User
    plays: dict[str, Play]
    elsewhere: Account
    at: datetime = NOW


Prepared = tuple[Contact, Callable[[], object]]


def somebody(stage: Stage) -> Contact:
    """A contact on an account of their own: who would be gone to first."""
    account = an_account(owner=stage.owner)
    return a_contact(account, influence=5)


def home(contact: Contact) -> Account:
    assert contact.account is not None
    return contact.account


def begun(stage: Stage, play: str, contact: Contact) -> None:
    services.start_play(
        play=stage.plays[play], account=home(contact), by=stage.owner, reason="They asked.", now=NOW
    )


def task_of(contact: Contact) -> Task:
    return Task.objects.get(account=contact.account_id)


# What would go to them


def decides(stage: Stage) -> Prepared:
    contact = somebody(stage)
    crossing = a_crossing(home(contact), a_threshold(), hand_raise=True)
    return contact, partial(decide_crossings, crossing_ids=[crossing.pk], now=NOW)


def opens(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "later", contact)
    run = StepRun.objects.get(enrollment__account=contact.account)
    return contact, partial(open_due_steps, run_ids=[run.pk], now=LATER)


def goes_on(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "call", contact)
    return contact, partial(services.complete_task, task=task_of(contact), by=stage.owner, now=NOW)


def changes(stage: Stage) -> Prepared:
    first = somebody(stage)
    begun(stage, "mail", first)
    contact = a_contact(home(first), influence=1)
    return contact, partial(
        services.change_contact, task=task_of(first), contact=contact, by=stage.owner, now=NOW
    )


def tries_another(stage: Stage) -> Prepared:
    first = somebody(stage)
    begun(stage, "mail", first)
    contact = a_contact(home(first), influence=1)
    return contact, partial(
        services.record_outcome, task=task_of(first), by=stage.owner, outcome="bounced", now=NOW
    )


def hands_on(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "mail", contact)
    return contact, partial(
        services.hand_on_task, task=task_of(contact), by=stage.owner, to=stage.other, now=NOW
    )


def takes_back(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "mail", contact)
    services.complete_task(task=task_of(contact), by=stage.owner, now=NOW)
    return contact, partial(services.reopen_task, task=task_of(contact), by=stage.owner, now=NOW)


def restores(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "mail", contact)
    enrollment = task_of(contact).enrollment
    assert enrollment is not None
    services.cancel_enrollment(enrollment=enrollment, by=stage.owner, reason="A slip", now=NOW)
    return contact, partial(services.restore_enrollment, enrollment=enrollment, by=stage.owner, now=NOW)


def gives(stage: Stage) -> Prepared:
    contact = somebody(stage)
    return contact, partial(
        services.add_task, account=home(contact), owner=stage.owner, channel="email", side="sales",
        title="Write to them", contact=contact, by=stage.owner, now=NOW,
    )  # fmt: skip


def mails(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "by-mail", contact)
    return contact, partial(delivers, stage.at)


def posts(stage: Stage) -> Prepared:
    contact = somebody(stage)
    begun(stage, "by-hook", contact)
    return contact, partial(delivers, stage.at)


def delivers(now: datetime) -> None:
    while (found := work.claim("deliver", now=now)) is not None:
        work.run(found, strict=True)


ACTS = (decides, opens, goes_on, changes, tries_another, hands_on, takes_back, restores, gives, mails, posts)


# Their no


def opts_out(stage: Stage, contact: Contact) -> Callable[[], object]:
    del stage
    return partial(opt_out, contact=contact, channel="email", source="footer", now=NOW)


def never_again(stage: Stage, contact: Contact) -> Callable[[], object]:
    return partial(
        mark_do_not_contact, contact=contact, is_on=True, source="On the phone", by=stage.revops, now=NOW
    )


def told_by_rest(stage: Stage, contact: Contact) -> Callable[[], object]:
    del stage
    said: Any = {0: {"email": contact.email, "opt_outs": [{"channel": "email"}]}}
    return partial(upsert_contacts, records=said, now=NOW)


def moves_and_says_no(stage: Stage, contact: Contact) -> Callable[[], object]:
    said: Any = {
        0: {"email": contact.email, "account_domain": stage.elsewhere.domain, "do_not_contact": True}
    }
    return partial(upsert_contacts, records=said, now=NOW)


NOES = (opts_out, never_again, told_by_rest, moves_and_says_no)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, float]:
    """When each delivery was last taken up, by its account's lock. Mail goes to a list, and nothing is called."""
    settings.EMAIL_IS_SET_UP = True
    settings.DEFAULT_FROM_EMAIL = "abmops <abm@acme.example>"
    found: dict[str, float] = {}

    def noted(name: str) -> None:
        if name == "deliver.before_take":
            found["at"] = time.monotonic()

    monkeypatch.setattr(crash, "point", noted)
    monkeypatch.setattr(Webhook, "send", lambda *_, **__: Answer(200))
    return found


def test_nobody_is_gone_to_after_their_no(two: ThreadPoolExecutor, taken: dict[str, float]) -> None:
    draw = random.Random(SEED)
    owner = a_user()
    stage = Stage(
        owner=owner,
        other=a_user(),
        revops=a_user(role="revops", job=""),
        plays={slug: a_play(slug, trigger={"manual": True}, **said) for slug, said in PLAYS.items()},
        elsewhere=an_account(),
    )
    a_play("crossed", steps=[NOW_MAIL])
    endpoints.add_endpoint(
        name="Hook",
        surface="webhook",
        target="https://93.184.216.34/x",
        secret="",
        types=[],
        owner=stage.revops,
        now=NOW,
    )
    statements: dict[str, int] = defaultdict(lambda: 20)
    ended: Counter[str] = Counter()
    for number in range(ROUNDS):
        stage.at = NOW + number * timedelta(minutes=1)  # a surface has its pace
        prepare, say = ACTS[number % len(ACTS)], draw.choice(NOES)
        contact, would = prepare(stage)
        act, no = Side(would), Side(say(stage, contact))
        first, name = draw.choice([(act, prepare.__name__), (no, say.__name__)])
        first.held_after = draw.randint(1, statements[name])
        taken.clear()
        said = f"round {number}: {prepare.__name__}, {say.__name__}, {name} held after {first.held_after}"

        raced(two, act, no, first=first)

        statements[name] = first.statements
        told = f"{said}: {act.error!r}, {no.error!r}"
        assert no.error is None, told
        assert act.error is None or isinstance(act.error, AbmopsError), told
        sent = Delivery.objects.filter(contact=contact, state="sent").exists()
        assert not (sent and no.at < taken["at"]), told
        delivers(stage.at + timedelta(seconds=30))
        assert not Delivery.objects.waiting().filter(contact=contact).exists(), told
        assert not Task.objects.unfinished().filter(contact=contact).exists(), told
        ended[f"{prepare.__name__} {'refused' if act.error else 'sent' if sent else 'went on'}"] += 1
    assert {name.split()[0] for name in ended} == {act.__name__ for act in ACTS}
    assert ended["mails sent"] + len(outbox.outbox) > 0
    assert Contact.objects.filter(do_not_contact=True).exists()
