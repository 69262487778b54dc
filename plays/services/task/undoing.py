"""Taking back what was done with a task: the touch, the next step, and whatever its outcome set off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from abmops.lib.errors import Conflict, Refused
from abmops.work import services as work
from accounts.models import Account, AccountEvent, Contact, ContactOptOut, Touch, User
from accounts.services.changes import acting
from accounts.services.meeting import move_meeting
from accounts.services.touch import remove_touch
from plays.models import Delivery, Enrollment, StepRun, Task, TaskEvent
from plays.services.enrollment.ending import react_to_events
from plays.services.enrollment.moving import Move, move_all
from plays.services.enrollment.pausing import settle_clocks
from plays.services.sla import timers
from plays.services.task.refused import let_go

UNDO_WITHIN = timedelta(minutes=15)


@transaction.atomic
def reopen_task(*, task: Task, by: User, now: datetime) -> Task:
    """Undo done or skip, within a quarter of an hour and only while nobody has worked on what followed.

    The touch that the slip logged goes with it; the step that it opened is taken back; a number or address that was
    taken off comes back, and so does a no that was recorded.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=task.account_id)
    fresh = (
        Task.objects.select_for_update(of=("self",), no_key=True).select_related("step_run").get(pk=task.pk)
    )
    if fresh.state not in (Task.State.DONE, Task.State.SKIPPED) or fresh.closed_at is None:
        raise Conflict("There is nothing to undo on this task.")
    if now - fresh.closed_at > UNDO_WITHIN:
        raise Refused("This was finished too long ago to be undone.")
    if fresh.effects.get("final"):
        raise Refused(f"{fresh.effects['final']} If it was not booked, say so on the meeting's page.")
    if fresh.step_run is not None:
        take_back_step(fresh.step_run, by=by, now=now)
    touch, fresh.touch = fresh.touch, None
    effects, fresh.effects = fresh.effects, {}
    fresh.state, fresh.outcome, fresh.result = Task.State.OPEN, "", ""
    fresh.closed_at, fresh.updated_at = None, now
    fresh.save(update_fields=["state", "outcome", "result", "effects", "closed_at", "updated_at", "touch"])
    if touch is not None:
        remove_touch(touch=touch, by=by, now=now)
    _take_back_effects(effects, by=by)
    if "called_off" in effects:
        _on_again(effects["called_off"], by=by, now=now)
    if fresh.contact_id is not None:
        let_go([fresh.contact_id], now)  # who said no since then is not gone to again
    work.put_many(timers.clocks_of(fresh))
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.REOPENED, text="Undone.", by=by, at=now)
    settle_clocks(account_id=account.pk, by=by, now=now)
    return fresh


def _take_back_effects(effects: dict[str, Any], *, by: User) -> None:
    with acting(by=by, what="Outcome of a task undone"):
        for field in ("phone", "email"):
            if field in effects:
                empty = Q(**{field: ""}) | Q(**({f"{field}__isnull": True} if field == "email" else {}))
                Contact.objects.filter(empty, pk=effects["contact"]).update(**{field: effects[field]})
        if "opt_out" in effects:
            ContactOptOut.objects.filter(pk=effects["opt_out"]).delete()
    if "inbound" in effects:
        Touch.objects.filter(pk=effects["inbound"]).delete()


def _on_again(event_id: int, *, by: User, now: datetime) -> None:
    """The meeting that was called off with the task takes place after all, where its time is still to come."""
    event = AccountEvent.objects.standing().filter(pk=event_id).first()
    if event is None or not event.payload.get("off"):
        return
    on = datetime.fromisoformat(event.payload["on"])
    if on > now:
        written = move_meeting(event=event, on=on, reason="It was not called off.", by=by, now=now)
        react_to_events(event_ids=[written.pk], now=now)


def take_back_step(run: StepRun, *, by: User, now: datetime) -> None:
    """Open a finished step again, as long as nothing has come of what followed it; the account is locked.

    Refused where the play has gone on or has ended.
    """
    enrollment = Enrollment.objects.get(pk=run.enrollment_id)
    later_steps = Q(position__gt=run.position, cycle=run.cycle)
    later_tries = Q(position=run.position, cycle__gt=run.cycle)
    following = (
        StepRun.objects.filter(later_steps | later_tries, enrollment=enrollment)
        .select_related("task", "delivery")
        .order_by("position", "cycle")
    )
    for later in following:
        if later.state not in (StepRun.State.PENDING, StepRun.State.OPEN):
            raise Refused("The play has gone on meanwhile; this cannot be undone any more.")
        task: Task | None = getattr(later, "task", None)
        delivery: Delivery | None = getattr(later, "delivery", None)
        if task is None and delivery is not None and delivery.attempts:
            raise Refused("The next step is on its way out already; this cannot be undone any more.")
        if (
            task is not None
            and later.state == StepRun.State.OPEN
            and task.events.exclude(kind__in=(TaskEvent.Kind.OPENED, TaskEvent.Kind.CONTACT)).exists()
        ):
            raise Refused("Somebody has already worked on the next step; this cannot be undone any more.")
        keys = timers.keys_of(task) if task is not None and later.state == StepRun.State.OPEN else []
        work.cancel_many(dedup_keys=[*keys, timers.step_due(later).dedup_key or ""])
        later.delete()
    if enrollment.state == Enrollment.State.COMPLETED:
        move_all([Move(enrollment, "reopen", "Its last step was undone.", by)], now=now)
    elif enrollment.state in (Enrollment.State.EXITED, Enrollment.State.CANCELLED):
        raise Refused("The play has ended meanwhile; this cannot be undone any more.")
    StepRun.objects.filter(pk=run.pk).update(state=StepRun.State.OPEN, closed_at=None)
