"""Another day for what stands on the calendar: a planned step, a task's due time, a burst."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from abmops.lib.errors import FieldErrors, NotKnown, Refused
from abmops.work import services as work
from accounts.models import User
from plays.domain import hours
from plays.models import Burst, Enrollment, StepRun, Task
from plays.selectors.calendar.keys import PLANNERS, read_key
from plays.selectors.facts import lock_accounts
from plays.services.calendar.bursts import move_burst
from plays.services.enrollment.moving import Move, move_all
from plays.services.sla import timers
from plays.services.task.changing import move_task

REASON = "Moved on the calendar."


@transaction.atomic
def move_step(*, run: StepRun, to: datetime, by: User, now: datetime) -> StepRun:
    """Open a planned step at another moment; kept among the enrollment's events."""
    if to < now:
        raise FieldErrors.one("/day", "This moment is over: choose a day from today on.")
    lock_accounts([run.enrollment.account_id])
    fresh = StepRun.objects.select_for_update().get(pk=run.pk)
    if fresh.state != StepRun.State.PENDING:
        raise Refused("This step has opened meanwhile; move its task instead.")
    if fresh.stopped_at is not None:
        raise Refused("This step rests; it gets its day when the pause ends.")
    before, fresh.opens_at, fresh.held = fresh.opens_at, to, ""
    fresh.save(update_fields=["opens_at", "held"])
    work.cancel(dedup_key=timers.step_due(StepRun(pk=fresh.pk, opens_at=before)).dedup_key or "")
    work.put_many([timers.step_due(fresh)])
    enrollment = Enrollment.objects.get(pk=fresh.enrollment_id)
    said = f"“{fresh.key}” from {before:%-d %B} to {to:%-d %B}."
    move_all([Move(enrollment, "move_step", said, by)], now=now)
    return fresh


@transaction.atomic
def move_entry(*, key: str, to: date, by: User, zone: ZoneInfo, now: datetime) -> date:
    """Move what a calendar shows as `task:17`, `step:4` or `burst:2` to a day, at the same time on the wall.

    The day it stood on, so that it can be moved back. Raises where the person may not, or it may not be moved.
    """
    kind, pk = read_key(key)
    match kind:
        case "task":
            task = Task.objects.editable_by(by).filter(pk=pk).first()
            if task is None:
                raise NotKnown("This task is not there, or not yours to move.")
            local = task.due_at.astimezone(zone)
            due = hours.at_local(to, local.time(), zone)
            if due < now:
                raise FieldErrors.one("/day", "This moment is over: choose a day from today on.")
            move_task(task=task, by=by, due=due, reason=REASON, now=now)
            return local.date()
        case "step":
            mine = Enrollment.objects.editable_by(by)
            run = (
                StepRun.objects.filter(pk=pk, enrollment__in=mine)
                .select_related("enrollment__account")
                .first()
            )
            if run is None:
                raise NotKnown("This step is not there, or not yours to move.")
            local = run.opens_at.astimezone(zone)
            move_step(run=run, to=hours.at_local(to, local.time(), zone), by=by, now=now)
            return local.date()
        case "burst":
            burst = Burst.objects.visible_to(by).select_related("owner").filter(pk=pk).first()
            if burst is None or not by.has_role(*PLANNERS):
                raise NotKnown("This burst is not there, or not yours to move.")
            before = burst.starts_on
            move_burst(burst=burst, to=to, now=now)
            return before
        case _:
            raise NotKnown("This cannot be moved.")
