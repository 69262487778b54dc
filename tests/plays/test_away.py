"""Absences that begin, and people who leave: no task is ever without somebody who is here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from abmops.lib.errors import AbmopsError, Refused
from abmops.work import services as work
from accounts.models import Absence, Account, User
from accounts.services.absences import save_absence
from accounts.services.people import deactivate
from plays import audits
from plays.models import Departure, Notice, RoutingRule, Task
from plays.services.staff.away import hand_over_absences
from plays.services.staff.leaving import Heirs, leave, plan, undo_departure
from plays.services.task.changing import add_task
from signals.models import Threshold
from tests.plays.make import NOW, a_play, a_territory, a_threshold, a_user, an_account

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
            "/stand_in: Nobody stands in for themselves. Choose somebody else.",
            id="themselves",
        ),
        pytest.param(
            lambda m, p, r: (away(m), away(m, first=FRIDAY)),
            "Maya is already away from 19 November to 20 November 2026. Change that.",
            id="twice at once",
        ),
        pytest.param(
            lambda m, p, r: away(m, first=FRIDAY, last=THURSDAY),
            "/ends_on: The last day is before the first one.",
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
        deactivate(person=maya)
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


@pytest.fixture
def world(maya: User, piet: User, ruth: User) -> dict[str, Any]:
    """Maya owns two accounts, a task on each, a play, a threshold, a rule, and stands in for Piet."""
    here = a_territory("here")
    sue = a_user(name="Sue", territory=here)
    accounts = [an_account(owner=maya, territory=here), an_account(owner=maya)]
    tasks = [a_task(maya, due=NOW + DAY, account=one) for one in accounts]
    play, threshold = a_play(), a_threshold()
    type(play).objects.filter(pk=play.pk).update(owner=maya)
    Threshold.objects.filter(pk=threshold.pk).update(owner=maya)
    rule = RoutingRule.objects.create(
        position=1, name="R", target="person", person=maya, reason="So.", changed_at=NOW
    )
    absence = away(piet, maya)
    return {"sue": sue, "accounts": accounts, "tasks": tasks, "play": play, "rule": rule, "absence": absence}


def test_a_plan_says_who_would_get_what_and_writes_nothing(
    world: dict[str, Any], maya: User, ruth: User
) -> None:
    found = plan(user=maya, heirs=Heirs(None, None, ruth), now=NOW)
    assert [(one.person, one.accounts, one.tasks) for one in found.shares] == [("Sue", 2, 2)]
    assert Account.objects.filter(owner=maya).count() == 2
    assert Task.objects.filter(owner=maya).count() == 2


def test_leaving_hands_everything_over_at_once_and_comes_back_whole(
    world: dict[str, Any], maya: User, piet: User, ruth: User
) -> None:
    departure = leave(user=maya, heirs=Heirs(None, None, ruth), by=ruth, reason="Last day.", now=NOW)
    maya.refresh_from_db()
    assert not maya.is_active
    assert set(Account.objects.values_list("owner", flat=True)) == {world["sue"].pk}
    assert set(Task.objects.values_list("owner", flat=True)) == {world["sue"].pk}
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person) == (ruth, ruth)
    assert Absence.objects.get(pk=world["absence"].pk).stand_in == ruth
    undo_departure(departure=departure, by=ruth, now=NOW + 6 * DAY)
    maya.refresh_from_db()
    assert maya.is_active
    assert Account.objects.filter(owner=maya).count() == 2
    assert Task.objects.filter(owner=maya).count() == 2
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person) == (maya, maya)
    assert Absence.objects.get(pk=world["absence"].pk).stand_in == maya


def test_to_one_person(world: dict[str, Any], maya: User, piet: User, ruth: User) -> None:
    leave(user=maya, heirs=Heirs(piet, ruth, ruth), by=ruth, reason="Last day.", now=NOW)
    assert set(Account.objects.values_list("owner", flat=True)) == {piet.pk}
    assert set(Task.objects.values_list("owner", flat=True)) == {ruth.pk}


@pytest.mark.parametrize(
    ("days", "sentence"), [(8, "can be taken back for a week"), (0, "taken back already")]
)
def test_a_leaving_comes_back_once_and_for_a_week(
    world: dict[str, Any], maya: User, ruth: User, days: int, sentence: str
) -> None:
    departure = leave(user=maya, heirs=Heirs(None, None, ruth), by=ruth, reason="Last day.", now=NOW)
    if not days:
        undo_departure(departure=departure, by=ruth, now=NOW)
    with pytest.raises(AbmopsError, match=sentence):
        undo_departure(departure=departure, by=ruth, now=NOW + days * DAY)


def test_what_was_finished_or_moved_since_stays(
    world: dict[str, Any], maya: User, piet: User, ruth: User
) -> None:
    departure = leave(user=maya, heirs=Heirs(None, None, ruth), by=ruth, reason="Last day.", now=NOW)
    moved, kept = world["tasks"]
    Task.objects.filter(pk=moved.pk).update(owner=piet)
    undo_departure(departure=departure, by=ruth, now=NOW + DAY)
    assert Task.objects.get(pk=moved.pk).owner == piet
    assert Task.objects.get(pk=kept.pk).owner == maya
    assert Departure.objects.get().undone_by == ruth


def test_nobody_carries_out_their_own_leaving(ruth: User, piet: User) -> None:
    with pytest.raises(Refused, match="Somebody else of RevOps"):
        leave(user=ruth, heirs=Heirs(None, None, piet), by=ruth, reason="Off.", now=NOW)


def test_the_queries_of_a_leaving_do_not_grow(piet: User, ruth: User) -> None:
    def queries(n: int) -> int:
        leaver = a_user()
        for _ in range(n):
            a_task(leaver, due=NOW + DAY)
        with CaptureQueriesContext(connection) as captured:
            leave(user=leaver, heirs=Heirs(piet, None, ruth), by=ruth, reason="Off.", now=NOW)
        return len(captured)

    assert queries(2) == queries(15)
