"""The audits find what is broken, give back what only misses its work item, and are silent when all is well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abmops.work import services as work
from abmops.work.models import WorkItem
from plays import audits
from plays.models import Decision, Enrollment, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

ALL = (
    audits.live_has_a_step,
    audits.open_step_has_its_task,
    audits.steps_open_in_time,
    audits.late_tasks_are_found,
    audits.crossings_are_decided,
)
LATER = NOW + timedelta(days=3)


def enrolled(step: dict[str, object]) -> Enrollment:
    a_play(steps=[step])
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=a_user()), a_threshold()).pk], now=NOW)
    return Enrollment.objects.get()


@pytest.mark.parametrize("step", [CALL, EMAIL], ids=["open", "waiting"])
def test_all_is_well(step: dict[str, object]) -> None:
    enrolled(step)
    assert [finding for audit in ALL for finding in audit(NOW + timedelta(minutes=5))] == []


def test_a_live_enrollment_without_a_step_is_found() -> None:
    enrollment = enrolled(EMAIL)
    StepRun.objects.update(state="cancelled", closed_at=NOW)
    assert [finding.key for finding in audits.live_has_a_step(NOW)] == [f"enrollment:{enrollment.pk}"]


def test_an_open_step_that_nobody_owes_is_found() -> None:
    enrolled(CALL)
    Task.objects.all().delete()
    assert len(list(audits.open_step_has_its_task(NOW))) == 1


def test_a_lost_step_timer_comes_back_and_does_its_work() -> None:
    enrolled(EMAIL)
    WorkItem.objects.all().delete()
    (finding,) = audits.steps_open_in_time(LATER)
    assert finding.repaired
    work.drain_all(LATER)
    assert Task.objects.count() == 1
    assert list(audits.steps_open_in_time(LATER)) == []


def test_a_lost_clock_comes_back_and_finds_the_breach() -> None:
    enrolled(CALL)
    WorkItem.objects.all().delete()
    (finding,) = audits.late_tasks_are_found(LATER)
    assert finding.repaired
    work.drain_all(LATER)
    assert Task.objects.get().breached_at == LATER


def test_a_crossing_that_nobody_decided_is_put_up_again() -> None:
    a_play()
    a_crossing(an_account(owner=a_user()), a_threshold(), at=NOW - timedelta(minutes=5))
    (finding,) = audits.crossings_are_decided(NOW)
    assert finding.repaired
    work.drain_all()
    assert Decision.objects.count() == 1
    assert list(audits.crossings_are_decided(NOW)) == []
