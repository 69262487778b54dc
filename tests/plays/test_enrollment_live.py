"""The page of an enrollment asks for its news: a step done, a task claimed or an exit reaches whoever has it open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from plays import services
from plays.models import Enrollment, Task
from plays.selectors.pages import stamp_of
from plays.services.decision.deciding import decide_crossings
from plays.services.task.claiming import LEASE
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db

LIVE = {"HX-Request": "true", "X-Live": "1"}
ALSO = ("run-head", "run-rests", "run-facts", "run-places", "run-past")


@pytest.fixture
def piet() -> User:
    return a_user(name="Piet van Dorn")


def running(owner: User) -> Enrollment:
    account = an_account(owner=owner)
    a_play(steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account, at=timezone.now()).pk], now=timezone.now())
    return Enrollment.objects.get(account=account)


def asked(client: Client, found: Enrollment, since: str) -> HttpResponse:
    url = reverse("plays:enrollment", args=[found.pk])
    return client.get(url, {"since": since}, headers=LIVE)  # type: ignore[return-value]


def done(task: Task, by: User, now: datetime) -> None:
    services.record_outcome(task=task, by=by, outcome="reached", now=now)


def claimed(task: Task, by: User, now: datetime) -> None:
    services.claim_task(task=task, by=by, now=now)


def exited(task: Task, by: User, now: datetime) -> None:
    services.record_outcome(
        task=task, by=by, outcome="meeting_booked", meeting_at=now + timedelta(days=2), now=now
    )


def paused(task: Task, by: User, now: datetime) -> None:
    services.pause(subject=task.account, by=by, reason="Fair", now=now)


def handed_on(task: Task, by: User, now: datetime) -> None:
    services.hand_on_task(task=task, by=by, to=a_user(name="Ruth Okafor"), reason="", now=now)


def stopped(task: Task, by: User, now: datetime) -> None:
    services.cancel_enrollment(enrollment=Enrollment.objects.get(), by=by, reason="They merged.", now=now)


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        (done, "Done"),
        (claimed, "Piet van Dorn is working on it."),
        (exited, "Exited"),
        (paused, "Paused."),
        (handed_on, "Ruth Okafor"),
        (stopped, "They merged."),
    ],
)
def test_what_happens_reaches_an_open_page(
    piet: User, act: Callable[[Task, User, datetime], None], shown: str
) -> None:
    found, client, now = running(piet), Client(), timezone.now()
    client.force_login(a_user(role="revops", job=""))
    page = client.get(reverse("plays:enrollment", args=[found.pk])).content.decode()
    since = stamp_of(found.pk, now=now)
    assert f'data-since="{since}"' in page
    assert shown not in page.split('id="run-past"')[0] or act is paused
    assert asked(client, found, since).status_code == 204
    act(Task.objects.get(), piet, now)
    news = asked(client, found, since)
    drawn = news.content.decode()
    assert news.status_code == 200
    assert shown in drawn
    assert "<html" not in drawn, "the parts alone"
    assert 'id="run-steps"' in drawn
    for name in ALSO:
        assert f'id="{name}"' in drawn
        assert f'id="{name}"' in page
    since = stamp_of(found.pk, now=now)
    assert asked(client, found, since).status_code == 204


def test_a_claim_that_is_held_longer_is_no_news_and_one_that_ran_out_is(piet: User) -> None:
    found, now = running(piet), timezone.now()
    services.claim_task(task=Task.objects.get(), by=piet, now=now)
    held = stamp_of(found.pk, now=now)
    services.claim_task(task=Task.objects.get(), by=piet, now=now + LEASE / 2)
    assert stamp_of(found.pk, now=now + LEASE / 2) == held
    assert stamp_of(found.pk, now=now + 2 * LEASE) != held


def test_who_may_not_see_it_gets_no_news_of_it(piet: User) -> None:
    found = running(piet)
    client = Client()
    since = stamp_of(found.pk, now=timezone.now())
    assert asked(client, found, since).status_code in (302, 401)
    client.force_login(a_user())
    assert asked(client, Enrollment(pk=found.pk + 999), since).status_code == 404


def test_news_take_no_message_away_from_the_page_that_it_is_meant_for(piet: User) -> None:
    found, client = running(piet), Client()
    client.force_login(piet)
    client.post(reverse("plays:pause", args=["enrollment", found.pk]), {"reason": "Fair"})
    assert asked(client, found, "old").status_code == 200
    assert "Its clocks stand." in client.get(reverse("plays:pauses")).content.decode()


@pytest.mark.parametrize(
    ("routed", "said"),
    [
        ("Piet van Dorn: named owner of the account.", "Named owner of the account."),
        ("Piet van Dorn stands in for Maya, who is away.", "Stands in for Maya, who is away."),
        ("", ""),
    ],
)
def test_who_owes_a_step_is_named_once_with_the_reason(piet: User, routed: str, said: str) -> None:
    found, client = running(piet), Client()
    client.force_login(piet)
    Task.objects.update(routed=routed)
    page = client.get(reverse("plays:enrollment", args=[found.pk])).content.decode()
    assert f"Piet van Dorn<small>{said}</small>" in page
