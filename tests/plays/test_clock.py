"""What the clock finds, through the work list: breaches told once, stalls, and nothing for what moved or closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from plays.models import Enrollment, Notice, Task
from plays.services import complete_task, hand_on_task, move_task, reopen_task, snooze_task
from plays.services.decision.deciding import decide_crossings
from plays.services.sla.clock import mark_breached
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def owner() -> User:
    return a_user(name="Maya Lindqvist")


@pytest.fixture
def task(owner: User) -> Task:
    a_play(steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=owner), a_threshold()).pk], now=NOW)
    return Task.objects.get()


def test_a_breach_is_found_by_the_clock_alone_and_told_once(task: Task, owner: User) -> None:
    revops = a_user(role="revops", job="")
    work.drain_all(task.due_at - SECOND)
    task.refresh_from_db()
    assert task.breached_at is None
    work.drain_all(task.due_at)
    task.refresh_from_db()
    assert task.breached_at == task.due_at
    told = Notice.objects.filter(kind="task_breached")
    assert set(told.values_list("user", flat=True)) == {owner.pk, revops.pk}
    assert "Late: " in told.first().text  # type: ignore[union-attr]
    mark_breached(timers_due={(task.pk, task.due_at)}, now=task.due_at + timedelta(hours=5))
    task.refresh_from_db()
    assert task.breached_at == task.due_at
    assert told.count() == 2


def test_a_task_done_in_time_is_never_late(task: Task, owner: User) -> None:
    complete_task(task=task, by=owner, now=NOW + timedelta(hours=1))
    assert not WorkItem.objects.ready().filter(kind="task_due").exists()
    mark_breached(timers_due={(task.pk, task.due_at)}, now=task.due_at)
    task.refresh_from_db()
    assert task.breached_at is None


def test_a_moved_task_is_late_at_its_new_time_only(task: Task, owner: User) -> None:
    old = task.due_at
    moved = move_task(
        task=task, by=owner, due=old + timedelta(days=2), reason="They asked for Friday.", now=NOW
    )
    mark_breached(timers_due={(task.pk, old)}, now=old)
    task.refresh_from_db()
    assert task.breached_at is None
    work.drain_all(moved.due_at)
    task.refresh_from_db()
    assert task.breached_at == moved.due_at


def test_a_snooze_stops_no_clock(task: Task, owner: User) -> None:
    snooze_task(task=task, by=owner, until=task.due_at + timedelta(days=1), now=NOW)
    work.drain_all(task.due_at)
    task.refresh_from_db()
    assert (task.state, task.breached_at) == ("snoozed", task.due_at)


def test_handing_on_keeps_the_due_time_and_tells_the_new_owner(task: Task, owner: User) -> None:
    other = a_user(name="Piet")
    hand_on_task(task=task, by=owner, to=other, reason="Your trade.", now=NOW)
    work.drain_all(task.due_at)
    assert Notice.objects.get().user == other


def test_a_week_after_its_due_time_the_enrollment_stalls_and_progress_takes_it_up(
    task: Task, owner: User
) -> None:
    stalls_at = task.due_at + timedelta(days=7)
    work.drain_all(stalls_at - SECOND)
    assert Enrollment.objects.get().state == "active"
    work.drain_all(stalls_at)
    assert Enrollment.objects.get().state == "stalled"
    complete_task(task=task, by=owner, now=stalls_at)
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.stalled_at) == ("active", stalls_at)
    assert list(enrollment.events.values_list("move", flat=True)) == ["enroll", "begin", "stall", "progress"]


def test_timers_that_fire_twice_and_late_change_nothing_more(task: Task) -> None:
    late = task.due_at + timedelta(days=30)
    work.drain_all(late)
    work.drain_all(late + timedelta(days=7))
    before = list(Task.objects.values()), list(Enrollment.objects.values()), Notice.objects.count()
    work.drain_all(late + timedelta(days=30))
    mark_breached(timers_due={(task.pk, task.due_at)}, now=late)
    assert (list(Task.objects.values()), list(Enrollment.objects.values()), Notice.objects.count()) == before


def test_the_queries_of_a_breach_do_not_grow_with_the_tasks(owner: User) -> None:
    a_play()
    threshold = a_threshold()

    def queries(n: int) -> int:
        ids = [a_crossing(an_account(owner=owner), threshold).pk for _ in range(n)]
        decide_crossings(crossing_ids=ids, now=NOW)
        tasks = list(Task.objects.filter(breached_at__isnull=True))
        with CaptureQueriesContext(connection) as captured:
            mark_breached(timers_due={(one.pk, one.due_at) for one in tasks}, now=NOW + timedelta(days=9))
        return len(captured)

    assert queries(2) == queries(25)


def test_what_stalled_and_was_undone_stalls_again(task: Task, owner: User) -> None:
    stalls_at = task.due_at + timedelta(days=7)
    work.drain_all(stalls_at)
    complete_task(task=task, by=owner, now=stalls_at)
    reopen_task(task=task, by=owner, now=stalls_at)
    assert Enrollment.objects.get().state == "active"
    work.drain_all(stalls_at)
    assert Enrollment.objects.get().state == "stalled"


def test_what_was_told_is_no_news_once_the_task_is_closed(task: Task, owner: User) -> None:
    work.drain_all(task.due_at)
    assert Notice.objects.visible_to(owner).unread().count() == 1
    complete_task(task=task, by=owner, now=task.due_at + timedelta(hours=1))
    assert not Notice.objects.visible_to(owner).unread().exists()
