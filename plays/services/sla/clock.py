"""What the clock finds: tasks past their due time, and enrollments that have come to a stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Role
from abmops.work import crash
from abmops.work import services as work
from accounts.models import User
from plays.models import Notice, SlaBreach, Task, TaskEvent
from plays.selectors.facts import lock_accounts
from plays.selectors.staff import staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.notice.telling import tell_all
from plays.services.outbox import announcing
from plays.services.sla import timers
from plays.services.staff.passing import grace_of

Timers = Collection[tuple[int, datetime]]
"""(task, the due time that its timer was set for) each."""


@transaction.atomic
def mark_breached(*, timers_due: Timers, now: datetime) -> None:
    """Mark tasks that are still owed past their due time, once, and tell their owner and their RevOps once.

    A task that has been closed or moved since its timer was set is left alone, and so is one whose time has not come.
    A snooze stops no clock; a pause does.
    """
    late = [
        task
        for task in Task.objects.unfinished()
        .filter(
            pk__in={task for task, _ in timers_due},
            breached_at__isnull=True,
            stopped_at__isnull=True,
            due_at__lte=now,
        )
        # Without joins: a row that is handed on while we wait for it no longer fits its owner of before, and is lost.
        .prefetch_related("account", "owner")
        .order_by("pk")
        .select_for_update(no_key=True)
        if (task.pk, task.due_at) in timers_due
    ]
    if late:
        people = staff(now=now)
        for task in late:
            task.breached_at = task.updated_at = now
            task.grace_ends_at = grace_of(task, people, since=now)
        Task.objects.bulk_update(late, ["breached_at", "updated_at", "grace_ends_at"])
        SlaBreach.objects.bulk_create(
            [
                SlaBreach(task=task, number=1, due_at=task.due_at, owner=task.owner, text=_late(task), at=now)
                for task in late
            ]
        )
        TaskEvent.objects.bulk_create(
            [
                TaskEvent(task=task, kind=TaskEvent.Kind.BREACHED, text="Its due time passed.", at=now)
                for task in late
            ]
        )
        tell_all(notices=_notices(late, now=now), now=now)
        announcing.tasks_breached(late, now=now)
        work.put_many(timers.task_overdue(task) for task in late)
        work.put_many(timers.enrollment_stall(task) for task in late if task.enrollment_id is not None)
    crash.point("task_due.before_commit")


def subject_of(task: Task) -> str:
    """What a breach of the task at its present due time is told under."""
    return f"task:{task.pk}:{task.due_at:%Y%m%dT%H%M%S}"


def late_subject(task: Task, number: int) -> str:
    """What its further breaches are told under."""
    return f"{subject_of(task)}:{number}"


def settle_notices(tasks: Iterable[Task], *, now: datetime) -> None:
    """Closed tasks need nobody's attention any more: what was told about them is no news."""
    subjects = [
        subject
        for task in tasks
        if task.breached_at is not None or task.remind_at is None
        for subject in (subject_of(task), *(late_subject(task, n + 2) for n in range(len(task.held_by) + 1)))
    ]
    if subjects:
        Notice.objects.about(*subjects).unread().update(read_at=now)


def _notices(late: list[Task], *, now: datetime) -> list[Notice]:
    """One to the owner, one to each RevOps of the owner's territory (or of none)."""
    leads = list(User.objects.here().filter(role=Role.REVOPS))
    notices: list[Notice] = []
    for task in late:
        told = {task.owner_id} | leads_of(task, leads)
        notices.extend(
            Notice(
                user_id=user,
                kind="task_breached",
                subject=subject_of(task),
                text=_late(task),
                url=f"/tasks/{task.pk}/",
                at=now,
            )
            for user in sorted(told)
        )
    return notices


def leads_of(task: Task, leads: Iterable[User]) -> set[int]:
    """The RevOps of the owner's territory, and those of none."""
    return {lead.pk for lead in leads if lead.territory_id in (None, task.owner.territory_id)}


def _late(task: Task) -> str:
    return f"Late: {task.title} ({task.account.name}), owed by {task.owner}."[:300]


@transaction.atomic
def mark_stalled(*, timers_due: Timers, now: datetime) -> None:
    """Enrollments whose step is still owed past the stall grace stall; a moved or closed task stalls nothing."""
    accounts = set(
        Task.objects.filter(pk__in={task for task, _ in timers_due}).values_list("account", flat=True)
    )
    lock_accounts(accounts)
    tasks = (
        Task.objects.unfinished()
        .filter(
            pk__in={task for task, _ in timers_due},
            due_at__lte=now - timers.STALL_GRACE,
            stopped_at__isnull=True,
            enrollment__state="active",
        )
        .select_related("enrollment")
        .order_by("pk")
    )
    moves = {}
    for task in tasks:
        if (task.pk, task.due_at) in timers_due and task.enrollment is not None:
            days = timers.STALL_GRACE.days
            moves[task.enrollment.pk] = Move(
                task.enrollment, "stall", f"“{task.title}” is more than {days} days late."[:300]
            )
    move_all(list(moves.values()), now=now)
    crash.point("enrollment_stall.before_commit")
