"""No task breached unseen: reminder, breach, grace and hand-on, under faults and on both nights of the clock change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from plays import audits
from plays.domain.hours import Calendar, due_after
from plays.domain.sla import grace_ends, remind_at
from plays.models import Notice, SlaBreach, Task
from plays.selectors import late as listed
from plays.services.enrollment.pausing import pause, resume
from plays.services.sla.clock import mark_breached
from plays.services.sla.late import hand_on_overdue
from plays.services.task.changing import add_task, hand_on_task, move_task
from tests.plays.make import NOW, a_territory, a_user, an_account

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def owner() -> User:
    return a_user(name="Maya")


@pytest.fixture
def task(owner: User) -> Task:
    """Given on Wednesday at 10:00, due on Thursday at 10:00: eight working hours."""
    return a_task(owner)


def a_task(owner: User, **fields: object) -> Task:
    account = an_account(owner=owner)
    said = {"channel": "call", "side": "sales", "title": "Call them", "by": owner, "owner": None, "now": NOW}
    return add_task(account=account, **(said | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "hours", "due", "reminded", "over"),
    [
        pytest.param(
            "2026-11-18 10:00",
            24,
            "2026-11-19 10:00",
            "2026-11-18 16:00",
            "2026-11-20 10:00",
            id="a working day",
        ),
        pytest.param(
            "2026-11-18 10:00", 4, "2026-11-18 14:00", "2026-11-18 13:00", "2026-11-19 10:00", id="urgent"
        ),
        pytest.param(
            "2026-11-20 15:00", 4, "2026-11-23 11:00", "2026-11-23 10:00", "2026-11-23 15:00", id="weekend"
        ),
        pytest.param(
            "2026-11-18 10:00",
            240,
            "2026-12-02 10:00",
            "2026-12-01 10:00",
            "2026-12-09 10:00",
            id="eight hours, five days",
        ),
        pytest.param(
            "2026-11-18 10:00", 1, "2026-11-18 11:00", None, "2026-11-18 12:00", id="too short to remind"
        ),
        pytest.param(
            "2026-03-27 12:00",
            8,
            "2026-03-30 12:00",
            "2026-03-30 10:00",
            "2026-03-31 12:00",
            id="the clocks go forward",
        ),
        pytest.param(
            "2026-10-23 12:00",
            8,
            "2026-10-26 12:00",
            "2026-10-26 10:00",
            "2026-10-27 12:00",
            id="the clocks go back",
        ),
    ],
)
def test_the_clocks_beside_a_due_time(
    start: str, hours: float, due: str, reminded: str | None, over: str
) -> None:
    calendar = Calendar(BERLIN)
    begun = local(start)
    found = due_after(begun, hours, calendar)
    assert found == local(due)
    assert remind_at(begun, found, calendar, share=0.25) == (local(reminded) if reminded else None)
    assert grace_ends(begun, found, found, calendar) == local(over)


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "weekdays", "holidays", "start", "due"),
    [
        pytest.param(
            "America/New_York",
            8,
            16,
            {0, 1, 2, 3, 4},
            [],
            "2026-11-18 15:00",
            "2026-11-19 11:00",
            id="own hours",
        ),
        pytest.param(
            "Asia/Dubai",
            9,
            17,
            {0, 1, 2, 3, 6},
            [],
            "2026-11-19 15:00",
            "2026-11-22 11:00",
            id="Sunday works",
        ),
        pytest.param(
            "Europe/Berlin",
            9,
            17,
            {0, 1, 2, 3, 4},
            [date(2026, 11, 19)],
            "2026-11-18 15:00",
            "2026-11-20 11:00",
            id="a holiday",
        ),
        pytest.param(
            "America/New_York",
            0,
            8,
            {5, 6},
            [],
            "2026-03-08 00:30",
            "2026-03-08 05:30",
            id="working through the skip",
        ),
        pytest.param(
            "America/New_York",
            0,
            8,
            {5, 6},
            [],
            "2026-11-01 00:30",
            "2026-11-01 03:30",
            id="working through the repeat",
        ),
    ],
)
def test_due_times_run_in_the_owners_week(
    zone: str, opens: int, closes: int, weekdays: set[int], holidays: list[date], start: str, due: str
) -> None:
    calendar = Calendar(ZoneInfo(zone), time(opens), time(closes), frozenset(weekdays), frozenset(holidays))
    assert due_after(local(start, zone), 4, calendar) == local(due, zone)


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_the_owners_own_hours_decide_the_due_time(owner: User) -> None:
    owner.time_zone, owner.opens, owner.closes, owner.weekdays = "America/New_York", time(8), time(12), [0, 2]
    owner.save()
    assert a_task(owner, urgency="urgent").due_at == local("2026-11-18 12:00", "America/New_York")


def test_its_owner_is_reminded_once_before_the_breach(task: Task, owner: User) -> None:
    assert task.remind_at == NOW + 6 * HOUR
    work.drain_all(NOW + 6 * HOUR - SECOND)
    assert not Notice.objects.exists()
    work.drain_all(NOW + 6 * HOUR)
    work.drain_all(NOW + 7 * HOUR)
    assert list(Notice.objects.values_list("user", "kind", "url")) == [
        (owner.pk, "task_reminder", f"/tasks/{task.pk}/")
    ], "it opens the task that it is about"
    assert task.events.filter(kind="reminded").count() == 1


def test_a_second_breach_hands_it_on_and_never_to_the_same_person_twice(task: Task, owner: User) -> None:
    others = [a_user(name=f"Sam {n}") for n in range(2)]
    lead = a_user(role="revops", job="", name="Ruth")
    holders = [task.owner_id]
    due = task.due_at
    for day in range(40):
        work.drain_all(due + timedelta(days=day))
        task.refresh_from_db()
        if task.owner_id != holders[-1]:
            holders.append(task.owner_id)
    assert holders == [owner.pk, *(one.pk for one in others), lead.pk]
    assert task.due_at == due, "a hand-on keeps the due time"
    breaches = list(SlaBreach.objects.order_by("number").values_list("number", "owner", "handed_to"))
    assert breaches == [
        (1, owner.pk, None),
        (2, owner.pk, others[0].pk),
        (3, others[0].pk, others[1].pk),
        (4, others[1].pk, lead.pk),
    ]
    assert task.grace_ends_at is None, "RevOps is the end of the line"
    assert "twice" in Notice.objects.filter(kind="task_handed_on", user=others[0]).first().text  # type: ignore[union-attr]
    assert set(Notice.objects.values_list("url", flat=True)) == {f"/tasks/{task.pk}/"}


def test_with_nobody_left_it_stays_and_revops_are_told(task: Task, owner: User) -> None:
    work.drain_all(task.due_at)
    work.drain_all(task.due_at + timedelta(days=10))
    task.refresh_from_db()
    assert (task.owner_id, task.grace_ends_at) == (owner.pk, None)
    assert list(SlaBreach.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert not SlaBreach.objects.exclude(handed_to=None).exists()
    assert "nobody is left" in SlaBreach.objects.get(number=2).text


def test_a_hand_on_by_hand_gives_its_new_owner_the_whole_grace(task: Task, owner: User) -> None:
    other, third = a_user(name="Piet"), a_user(name="Sol")
    work.drain_all(task.due_at)
    task.refresh_from_db()
    assert task.grace_ends_at is not None
    just_before = task.grace_ends_at - HOUR
    handed = hand_on_task(task=task, by=owner, to=other, reason="Yours.", now=just_before)
    assert handed.grace_ends_at == just_before + 8 * HOUR, "eight working hours from Friday 09:00"
    work.drain_all(task.grace_ends_at)
    task.refresh_from_db()
    assert task.owner_id == other.pk
    work.drain_all(handed.grace_ends_at)
    task.refresh_from_db()
    assert task.owner_id == third.pk, "neither who has it nor who had it first"


@pytest.mark.parametrize("late_by", [SECOND, timedelta(minutes=5), timedelta(days=3)])
def test_a_worker_that_was_down_over_the_due_time_finds_each_breach_once(
    owner: User, late_by: timedelta
) -> None:
    tasks = [a_task(owner) for _ in range(5)]
    back = tasks[0].due_at + late_by
    work.drain_all(back)
    work.drain_all(back)
    assert Task.objects.filter(breached_at=back).count() == 5
    assert SlaBreach.objects.filter(number=1).count() == 5
    assert not Notice.objects.filter(kind="task_reminder").exists(), "too late to remind"
    graces = [(one.pk, one.due_at, one.owner_id) for one in Task.objects.all()]
    hand_on_overdue(graces=graces, now=back)
    assert SlaBreach.objects.count() == 5, "the grace runs from when the breach was found"


def test_a_clock_that_is_lost_is_found_by_the_audit_within_a_minute(task: Task) -> None:
    WorkItem.objects.filter(kind="task_due").delete()
    late = task.due_at + timedelta(seconds=61)
    assert not list(audits.late_tasks_are_found(task.due_at + timedelta(seconds=59)))
    assert [one.key for one in audits.late_tasks_are_found(late)] == [f"task:{task.pk}"]
    work.drain_all(late)
    assert not list(audits.late_tasks_are_found(late))
    assert SlaBreach.objects.count() == 1


def test_a_grace_whose_clock_is_lost_is_found_too(task: Task) -> None:
    other = a_user(name="Piet")
    work.drain_all(task.due_at)
    WorkItem.objects.filter(kind="task_overdue").delete()
    late = task.due_at + timedelta(days=5)
    assert [one.key for one in audits.late_tasks_are_handed_on(late)] == [f"grace:{task.pk}"]
    work.drain_all(late)
    task.refresh_from_db()
    assert task.owner_id == other.pk
    assert not list(audits.late_tasks_are_handed_on(late))


def test_a_moved_task_forgets_its_old_clocks(task: Task, owner: User) -> None:
    moved = move_task(task=task, by=owner, due=task.due_at + timedelta(days=1), reason="They asked.", now=NOW)
    work.drain_all(task.due_at)
    assert not Notice.objects.filter(kind="task_breached").exists()
    kinds = WorkItem.objects.filter(subject_id=task.pk).values_list("kind", flat=True)
    assert sorted(kinds) == ["task_due", "task_reminder"]
    work.drain_all(moved.due_at)
    assert SlaBreach.objects.get().due_at == moved.due_at


def test_a_late_task_that_is_moved_gets_its_grace_from_the_new_due_time(task: Task, owner: User) -> None:
    a_user(name="Piet")
    work.drain_all(task.due_at)
    new = task.due_at + timedelta(days=4)
    move_task(task=task, by=owner, due=new, reason="They asked.", now=task.due_at)
    work.drain_all(new)
    task.refresh_from_db()
    assert task.owner_id == owner.pk
    work.drain_all(new + timedelta(days=14))
    assert SlaBreach.objects.filter(number=2).count() == 1


def test_nothing_of_a_breach_or_a_hand_on_grows_with_the_tasks(owner: User) -> None:
    for n in range(3):
        a_user(name=f"Sam {n}", territory=a_territory())

    def queries(n: int) -> tuple[int, int]:
        tasks = [a_task(owner) for _ in range(n)]
        found = tasks[0].due_at
        with CaptureQueriesContext(connection) as breached:
            mark_breached(timers_due={(one.pk, one.due_at) for one in tasks}, now=found)
        with CaptureQueriesContext(connection) as handed:
            graces = {(one.pk, one.due_at, one.owner_id) for one in tasks}
            hand_on_overdue(graces=graces, now=found + timedelta(days=5))
        return len(breached), len(handed)

    assert queries(2) == queries(20)


def test_a_pause_stops_all_its_clocks_and_they_go_on_where_they_stood(task: Task, owner: User) -> None:
    ruth = a_user(role="revops", job="")
    resting = pause(subject=task.account, by=ruth, reason="A merger.", now=NOW + HOUR)
    work.drain_all(NOW + timedelta(days=6))
    assert not SlaBreach.objects.exists()
    assert not Notice.objects.filter(kind="task_reminder").exists()
    resume(pause=resting, by=ruth, now=NOW + timedelta(days=7, hours=1))
    task.refresh_from_db()
    assert task.due_at == NOW + timedelta(days=8)
    assert task.remind_at == NOW + timedelta(days=7, hours=6)
    work.drain_all(NOW + timedelta(days=7, hours=6))
    assert Notice.objects.filter(kind="task_reminder").count() == 1
    work.drain_all(task.due_at)
    assert SlaBreach.objects.get().owner == owner


def test_a_pause_stops_the_grace_too_and_nobody_paused_is_handed_anything(task: Task, owner: User) -> None:
    ruth, piet, sol = a_user(role="revops", job=""), a_user(name="Piet"), a_user(name="Sol")
    pause(subject=piet, by=ruth, reason="Ill.", now=NOW)
    work.drain_all(task.due_at)
    resting = pause(subject=task.account, by=ruth, reason="A merger.", now=task.due_at)
    work.drain_all(task.due_at + timedelta(days=4))
    task.refresh_from_db()
    assert task.owner_id == owner.pk
    resume(pause=resting, by=ruth, now=task.due_at + timedelta(days=5))
    work.drain_all(task.due_at + timedelta(days=12))
    task.refresh_from_db()
    assert task.held_by[0] == owner.pk
    assert SlaBreach.objects.get(number=2).handed_to == sol


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_find_a_breach_and_hand_it_on_once(owner: User) -> None:
    a_user(name="Piet")
    task = a_task(owner)

    def at_once(act: Callable[[], None]) -> None:
        def run() -> None:
            try:
                act()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(run) for _ in range(4)]:
                done.result()

    due = task.due_at
    at_once(lambda: mark_breached(timers_due={(task.pk, due)}, now=due))
    assert SlaBreach.objects.count() == 1
    later = due + timedelta(days=5)
    at_once(lambda: hand_on_overdue(graces={(task.pk, due, owner.pk)}, now=later))
    assert list(SlaBreach.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert task.events.filter(kind="handed_on").count() == 1


def test_leaders_see_what_is_late_due_soon_and_handed_on(task: Task, owner: User) -> None:
    piet = a_user(name="Piet")
    soon = a_task(owner, due=task.due_at + timedelta(days=5))
    work.drain_all(task.due_at)
    now = task.due_at + timedelta(days=4)
    work.drain_all(now)
    lines = {line.user: line for line in listed.by_person(listed.Asked(), now=now)}
    assert (lines[piet].late, lines[piet].handed, lines[owner].late) == (1, 1, 0)
    assert list(listed.tasks(listed.Asked(show="handed"), now=now)) == [task]
    work.drain_all(soon.remind_at or now)
    assert list(listed.tasks(listed.Asked(show="risk"), now=soon.remind_at or now)) == [soon]
