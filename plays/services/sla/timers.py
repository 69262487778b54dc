"""The clocks of the action plane as items of the work list. A key carries its moment, so a moved timer is
another one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import services as work
from plays.models import Pause, StepRun, Task

STALL_GRACE = timedelta(days=7)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def step_due(run: StepRun) -> work.Put:
    """The step opens at its moment."""
    return work.Put(
        kind="step_due",
        dedup_key=f"step_due:{run.pk}:{_stamp(run.opens_at)}",
        subject_id=run.pk,
        run_at=run.opens_at,
        payload={"opens_at": _stamp(run.opens_at)},
    )


def task_due(task: Task) -> work.Put:
    """The task is late from its due time on."""
    return work.Put(
        kind="task_due",
        dedup_key=f"task_due:{task.pk}:{_stamp(task.due_at)}",
        subject_id=task.pk,
        run_at=task.due_at,
        payload={"due_at": _stamp(task.due_at)},
    )


def enrollment_stall(task: Task, *, rested: datetime | None = None) -> work.Put:
    """The enrollment stalls when its task is still open so long after it was due, or after it had rested."""
    return work.Put(
        kind="enrollment_stall",
        dedup_key=f"enrollment_stall:{task.pk}:{_stamp(task.due_at)}",
        subject_id=task.pk,
        run_at=max(task.due_at, rested or task.due_at) + STALL_GRACE,
        payload={"due_at": _stamp(task.due_at)},
    )


def task_reminder(task: Task) -> work.Put:
    """The owner is reminded before the due time."""
    return work.Put(
        kind="task_reminder",
        dedup_key=f"task_reminder:{task.pk}:{_stamp(task.due_at)}",
        subject_id=task.pk,
        run_at=task.remind_at or task.due_at,
        payload={"due_at": _stamp(task.due_at)},
    )


def task_overdue(task: Task) -> work.Put:
    """A late task goes to somebody else at the end of its grace; another owner has a timer of their own."""
    return work.Put(
        kind="task_overdue",
        dedup_key=f"task_overdue:{task.pk}:{_stamp(task.due_at)}:{task.owner_id}",
        subject_id=task.pk,
        run_at=task.grace_ends_at or task.due_at,
        payload={"due_at": _stamp(task.due_at), "owner": task.owner_id},
    )


def clocks_of(task: Task, *, rested: datetime | None = None) -> list[work.Put]:
    """Every timer that an owed task needs now: the next of its due time, its reminder, the end of its grace."""
    puts = [next_of(task, rested=rested)]
    if task.breached_at is None and task.remind_at is not None:
        puts.append(task_reminder(task))
    if task.breached_at is not None and task.grace_ends_at is not None:
        puts.append(task_overdue(task))
    return puts


def next_of(task: Task, *, rested: datetime | None = None) -> work.Put:
    """The timer that an owed task needs now: its breach, or after that its stall.

    `rested`: its clock stood until then.
    """
    late = task.breached_at is not None and task.enrollment_id is not None
    return enrollment_stall(task, rested=rested) if late else task_due(task)


def pause_over(pause: Pause) -> work.Put:
    """The pause ends by itself at its date."""
    assert pause.until is not None
    return work.Put(
        kind="pause_over",
        dedup_key=f"pause_over:{pause.pk}:{_stamp(pause.until)}",
        subject_id=pause.pk,
        run_at=pause.until,
    )


def keys_of(task: Task) -> list[str]:
    """The timers of a task, to take off the list when it closes or moves."""
    stamp = _stamp(task.due_at)
    return [
        f"task_due:{task.pk}:{stamp}",
        f"enrollment_stall:{task.pk}:{stamp}",
        f"task_reminder:{task.pk}:{stamp}",
        f"task_overdue:{task.pk}:{stamp}:{task.owner_id}",
    ]
