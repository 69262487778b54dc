"""Absences that begin, and people who leave: no task is ever without somebody who is here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from abmops.lib.errors import AbmopsError, Refused
from abmops.work import services as work
from accounts.models import Absence, Account, User
from accounts.services.absences import save_absence
from accounts.services.people import deactivate
from plays import audits
from plays.models import Notice, Task
from plays.services.staff.away import hand_over_absences
from plays.services.task.changing import add_task
from tests.plays.make import NOW, a_user, an_account

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)


@pytest.fixture
def maya() -> User:
    return a_user(name="Maya", time_zone="Europe/Berlin")


@pytest.fixture
def piet() -> User:
    return a_user(name="Piet", job="ae")


@pytest.fixture
def ruth() -> User:
    return a_user(name="Ruth", role="revops", job="")


def a_task(owner: User, *, due: datetime, urgency: str = "normal", account: Account | None = None) -> Task:
    return add_task(
        account=account or an_account(owner=owner),
        owner=owner,
        channel="call",
        side="sales",
        title="Call them",
        by=owner,
        due=due,
        urgency=urgency,
        now=NOW,
    )


def away(user: User, stand_in: User | None = None, *, first: date = THURSDAY, last: date = FRIDAY) -> Absence:
    return save_absence(user=user, starts_on=first, ends_on=last, stand_in=stand_in, by=user)


def test_what_falls_due_goes_at_midnight_on_their_wall_and_the_rest_waits(maya: User, piet: User) -> None:
    meanwhile = a_task(maya, due=NOW + 2 * DAY)
    monday = a_task(maya, due=datetime.fromisoformat("2026-11-23T07:59:00+00:00"))
    later = a_task(maya, due=NOW + 6 * DAY)
    urgent = a_task(maya, due=NOW + 7 * DAY, urgency="urgent")
    away(maya, piet)
    midnight = datetime.fromisoformat("2026-11-18T23:00:00+00:00")
    assert hand_over_absences(now=midnight - timedelta(minutes=1)) == 0
    assert hand_over_absences(now=midnight) == 3
    assert hand_over_absences(now=midnight + timedelta(minutes=1)) == 0
    assert set(Task.objects.filter(owner=piet)) == {meanwhile, monday, urgent}
    assert set(Task.objects.filter(owner=maya)) == {later}
    assert Task.objects.get(pk=meanwhile.pk).routed == "Piet stands in for Maya, who is away."
    assert Notice.objects.get(user=piet).text.startswith("3 tasks came to you")
    meanwhile.refresh_from_db()
    assert meanwhile.held_by == [maya.pk]
    assert hand_over_absences(now=NOW + 9 * DAY) == 0, "nothing comes back by itself"


def test_without_a_stand_in_routing_finds_who(maya: User, piet: User) -> None:
    task = a_task(maya, due=NOW + 2 * DAY)
    away(maya)
    hand_over_absences(now=NOW + DAY)
    task.refresh_from_db()
    assert task.owner == piet
    assert "away without a stand-in" in task.routed


def test_a_chain_of_stand_ins_is_followed(maya: User, piet: User, ruth: User) -> None:
    task = a_task(maya, due=NOW + 2 * DAY)
    away(maya, piet)
    away(piet, ruth)
    hand_over_absences(now=NOW + DAY)
    task.refresh_from_db()
    assert task.owner == ruth


def test_another_stand_in_is_asked_anew(maya: User, piet: User, ruth: User) -> None:
    absence = away(maya, piet)
    hand_over_absences(now=NOW + DAY)
    task = a_task(maya, due=NOW + 2 * DAY)
    save_absence(user=maya, starts_on=THURSDAY, ends_on=FRIDAY, stand_in=ruth, by=maya, absence=absence)
    hand_over_absences(now=NOW + DAY)
    task.refresh_from_db()
    assert task.owner == ruth


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        pytest.param(
            lambda m, p, r: (away(m, p), away(p, m)),
            "Piet stands in for Maya on some of these days. Choose somebody else.",
            id="a circle of two",
        ),
        pytest.param(
            lambda m, p, r: (away(m, p), away(p, r), away(r, m)),
            "Piet for Maya stands in for Ruth already on some of these days, so nobody would be there. "
            "Choose somebody else.",
            id="a circle of three",
        ),
        pytest.param(
            lambda m, p, r: away(m, m),
            "Nobody stands in for themselves. Choose somebody else.",
            id="themselves",
        ),
        pytest.param(
            lambda m, p, r: (away(m), away(m, first=FRIDAY)),
            "Maya is already away from 19 November to 20 November 2026. Change that.",
            id="twice at once",
        ),
        pytest.param(
            lambda m, p, r: away(m, first=FRIDAY, last=THURSDAY),
            "The last day is before the first one.",
            id="the wrong way round",
        ),
        pytest.param(
            lambda m, p, r: save_absence(user=m, starts_on=THURSDAY, ends_on=FRIDAY, stand_in=None, by=p),
            "You can write down your own absences. RevOps write down those of others.",
            id="somebody else's",
        ),
    ],
)
def test_absences_that_make_no_sense_are_refused(
    maya: User, piet: User, ruth: User, act: Callable[..., Any], sentence: str
) -> None:
    with pytest.raises(AbmopsError) as error:
        act(maya, piet, ruth)
    assert error.value.message == sentence


def test_a_circle_on_other_days_is_none(maya: User, piet: User) -> None:
    away(maya, piet)
    away(piet, maya, first=date(2026, 12, 1), last=date(2026, 12, 2))
    assert Absence.objects.count() == 2


def test_nobody_goes_who_still_owns_something(maya: User, piet: User) -> None:
    a_task(maya, due=NOW + DAY)
    with pytest.raises(Refused, match=r"Maya still has 1 account and 1 open task. .*/leaving/"):
        deactivate(person=maya, now=NOW)
    assert User.objects.get(pk=maya.pk).is_active


def test_the_database_keeps_every_task_with_somebody(maya: User) -> None:
    task = a_task(maya, due=NOW + DAY)
    with pytest.raises(ProtectedError):
        maya.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(owner=None)


def test_work_of_somebody_who_has_gone_is_found_and_given_out(maya: User, piet: User) -> None:
    task = a_task(maya, due=NOW + DAY)
    User.objects.filter(pk=maya.pk).update(is_active=False)
    assert [one.key for one in audits.tasks_have_somebody(NOW)] == [f"owner:{task.pk}"]
    work.drain_all(NOW)
    task.refresh_from_db()
    assert task.owner == piet
    assert not list(audits.tasks_have_somebody(NOW))
