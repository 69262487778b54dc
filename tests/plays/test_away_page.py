"""Today of somebody who is away, and of who stands in: until when, who has the work, and how to come back early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, User
from accounts.services.absences import save_absence
from plays.domain.routing import Case, route
from plays.domain.staffing import Person, is_for_another
from plays.models import Task
from plays.selectors.away import around
from plays.services.staff.away import hand_over_absences
from plays.services.task.changing import add_task
from tests import budgets
from tests.plays.make import a_user, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya() -> User:
    return a_user(name="Maya Lindqvist", time_zone="Asia/Tokyo", weekdays=list(range(7)))


@pytest.fixture
def piet() -> User:
    return a_user(name="Piet van Dorn", job="ae")


def a_task(owner: User, *, channel: str = "call", days: int = 1) -> Task:
    now = timezone.now()
    return add_task(
        account=an_account(owner=owner), owner=owner, channel=channel, side="sales", title="Call them", by=owner,
        due=now + timedelta(days=days), now=now,
    )  # fmt: skip


def away(user: User, stand_in: User | None) -> Absence:
    today = timezone.now().date()
    return save_absence(
        user=user, starts_on=today - timedelta(days=2), ends_on=today + timedelta(days=3), stand_in=stand_in,
        note="Leave", by=user,
    )  # fmt: skip


def today_of(user: User, **query: int) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("plays:today"), query).content.decode()


def test_who_is_away_reads_until_when_who_has_the_work_and_how_to_come_back(maya: User, piet: User) -> None:
    for channel in ("call", "call", "email"):
        a_task(maya, channel=channel)
    waits = a_task(maya, days=30)
    absence = away(maya, piet)
    assert "Nothing has been handed on yet" in today_of(maya)
    hand_over_absences(now=timezone.now())
    page = today_of(maya)
    last = absence.ends_on
    assert f"You are away until {last:%A %-d %B %Y}" in page
    assert f"back at work on {last + timedelta(days=1):%A %-d %B} at 09:00 (Asia/Tokyo)" in page
    assert "Piet van Dorn stands in: what falls due before then" in page
    assert f'Call: <a class="underlined" href="/?person={piet.pk}&amp;channel=call">2 with Piet' in page
    assert f'Email: <a class="underlined" href="/?person={piet.pk}&amp;channel=email">1 with Piet' in page
    assert reverse("plays:absence", args=[maya.pk, absence.pk]) in page
    assert reverse("plays:absence_remove", args=[maya.pk, absence.pk]) in page
    assert f'id="task-{waits.pk}"' in page, "the rest waits there"


def test_an_empty_queue_of_who_is_away_promises_no_new_tasks(maya: User) -> None:
    away(maya, None)
    page = today_of(maya)
    assert "Nobody stands in, so routing decides" in page
    assert "New tasks appear here by themselves" not in page


def test_the_stand_in_sees_whose_work_it_is(maya: User, piet: User) -> None:
    hers, own = a_task(maya), a_task(piet)
    away(maya, piet)
    hand_over_absences(now=timezone.now())
    page = today_of(piet)
    assert "You stand in for" in page
    row = page.split(f'id="task-{hers.pk}"')[1].split("</li>")[0]
    assert "Piet van Dorn stands in for Maya Lindqvist, who is away." in row
    assert "stands in" not in page.split(f'id="task-{own.pk}"')[1].split("</li>")[0]


@pytest.mark.parametrize(("role", "may"), [("revops", True), ("rep", False)])
def test_others_read_it_too_and_only_revops_ends_it(maya: User, piet: User, role: str, may: bool) -> None:
    absence = away(maya, piet)
    page = today_of(a_user(role=role, job="" if role == "revops" else "sdr"), person=maya.pk)
    assert "Maya Lindqvist is away until" in page
    assert (reverse("plays:absence_remove", args=[maya.pk, absence.pk]) in page) is may


def test_a_chain_is_followed_and_an_absence_that_is_over_is_none(maya: User, piet: User) -> None:
    ruth, now = a_user(name="Ruth Okafor"), timezone.now()
    away(maya, piet)
    away(piet, ruth)
    own = around(maya, now=now).own
    assert own is not None
    assert own.stand_in == "Ruth Okafor"
    assert around(maya, now=now + timedelta(days=9)).own is None
    assert around(piet, now=now + timedelta(days=9)).others == []


def test_routing_says_it_in_the_words_that_the_row_looks_for() -> None:
    people = {
        1: Person(1, "Maya", "rep", "sdr", absent=True, stand_in_id=2),
        2: Person(2, "Piet", "rep", "sdr"),
    }
    case = Case(side="sales", role="owner", owner_id=1, territory_id=None, tier=1, country="", industry="")
    found = route(case, people, ())
    assert found.reason == "Piet stands in for Maya, who is away: named owner of the account."
    assert is_for_another(found.reason)
    assert not is_for_another("Piet: named owner of the account.")


def test_more_tasks_handed_on_take_no_more_queries(maya: User, piet: User) -> None:
    away(maya, piet)
    client, counts = Client(), []
    client.force_login(maya)
    client.get(reverse("plays:today"))
    for size in (1, 6):
        for _ in range(size):
            a_task(maya)
        Absence.objects.update(handed_at=None)
        hand_over_absences(now=timezone.now())
        counts.append(budgets.queries_of(lambda: client.get(reverse("plays:today"))))
    assert counts[0] == counts[1]
