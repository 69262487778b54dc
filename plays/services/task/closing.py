"""Closing tasks: done, skipped, taken back; and what every change of a task begins with."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Direction
from abmops.lib.errors import Conflict, FieldErrors, Refused, Stale
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, Contact, Touch, User
from accounts.services.touch import log_touch
from plays.models import StepRun, Task, TaskEvent
from plays.models.task import OPEN_STATES
from plays.services.enrollment.stepping import go_on
from plays.services.sla import timers
from plays.services.sla.clock import settle_notices
from plays.services.task.claiming import must_be_free


def locked(task: Task, *, by: User | None, now: datetime) -> tuple[Account, Task]:
    """The account, locked, and the task as it is now; Conflict where somebody closed it meanwhile, or holds it."""
    account = (
        Account.objects.select_for_update(of=("self",), no_key=True)
        .select_related("territory", "owner")
        .get(pk=task.account_id)
    )
    # First without joins: who has claimed it while we waited for its row would be missing from a row read with it.
    list(Task.objects.select_for_update(no_key=True).filter(pk=task.pk).values_list("pk"))
    fresh = Task.objects.select_related("owner", "contact", "claimed_by").get(pk=task.pk)
    if fresh.state not in OPEN_STATES:
        raise Conflict(f"This task is already {fresh.get_state_display().lower()}.")
    must_be_free(fresh, by=by, now=now)
    return account, fresh


def must_be_for(task: Task, seen: int | None) -> None:
    """Stop a person whose task goes to another contact than the one they had before them; the account is locked."""
    if seen is None or task.contact_id == seen:
        return
    former = Contact.objects.filter(pk=seen).first()
    to = f"goes to {task.contact} now" if task.contact else "goes to nobody for now"
    raise Stale(
        f"{former or 'The person'} is not to be gone to any more; this {to}. Look again before you do it."
    )


def close(task: Task, *, state: str, outcome: str, by: User, now: datetime, result: str = "") -> None:
    """End a locked task; its clocks, its claim and what was told about it end with it."""
    task.state, task.outcome, task.result = state, outcome[:300], result
    task.closed_at = task.updated_at = now
    task.snoozed_until = task.claimed_until = task.claimed_by = task.stopped_at = None
    task.save(
        update_fields=[
            "state", "outcome", "result", "effects", "closed_at", "updated_at", "snoozed_until", "touch",
            "claimed_by", "claimed_until", "stopped_at",
        ]
    )  # fmt: skip
    work.cancel_many(dedup_keys=timers.keys_of(task))
    settle_notices([task], now=now)
    TaskEvent.objects.create(task=task, kind=state, text=outcome[:300], by=by, at=now)


def touch_of(task: Task, *, account: Account, by: User, said: str, now: datetime) -> Touch:
    """Log what was done as a touch of the account, once a task."""
    return log_touch(
        account=account,
        contact=task.contact,
        side=task.side,
        channel=task.channel,
        direction=Direction.OUTBOUND,
        occurred_at=now,
        person=by,
        programmed=task.enrollment_id is not None,
        subject=f"{task.title}: {said}" if said else task.title,
        external_id=f"task:{task.pk}",
        now=now,
    )


@transaction.atomic
def complete_task(*, task: Task, by: User, outcome: str = "", now: datetime) -> Task:
    """Done: logs the touch, and opens the next step or completes the enrollment, all at once.

    Conflict where the task is already closed: two clicks make one touch.
    """
    account, fresh = locked(task, by=by, now=now)
    fresh.touch = touch_of(fresh, account=account, by=by, said="", now=now)
    close(fresh, state=Task.State.DONE, outcome=outcome.strip(), by=by, now=now)
    finish_step(fresh, StepRun.State.DONE, account=account, by=by, now=now)
    crash.point("complete_task.before_commit")
    return fresh


@transaction.atomic
def skip_task(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Not done, for a reason that stays on the record: no touch is logged, and the next step opens all the same.

    FieldErrors without a reason; Conflict where the task is over meanwhile, or somebody else holds it.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why this is skipped.")
    account, fresh = locked(task, by=by, now=now)
    close(fresh, state=Task.State.SKIPPED, outcome=reason.strip(), by=by, now=now)
    finish_step(fresh, StepRun.State.SKIPPED, account=account, by=by, now=now)
    return fresh


def finish_step(task: Task, state: str, *, account: Account, by: User, now: datetime) -> None:
    """End the task's step and go on to the next; a job by hand has none."""
    run = end_step(task, state, now=now)
    if run is not None:
        go_on(run, account=account, by=by, now=now)


def end_step(task: Task, state: str, *, now: datetime) -> StepRun | None:
    """End the task's step and stay there; None for a job by hand."""
    if task.step_run_id is None:
        return None
    moved = StepRun.objects.filter(pk=task.step_run_id, state=StepRun.State.OPEN).update(
        state=state, closed_at=now
    )
    if not moved:
        raise Conflict("This step has changed; look again.")
    return StepRun.objects.get(pk=task.step_run_id)


@transaction.atomic
def cancel_task(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Take back a job given by hand. Refused for the step of a play: that is skipped, so that the play goes on."""
    _, fresh = locked(task, by=by, now=now)
    if fresh.step_run_id is not None:
        raise Refused("This task is a step of a play: skip it with a reason, or stop the enrollment.")
    close(fresh, state=Task.State.CANCELLED, outcome=reason.strip(), by=by, now=now)
    return fresh
