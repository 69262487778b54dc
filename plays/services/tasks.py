"""What a person does with a task: done, skipped, snoozed, handed on, moved, taken up again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from abmops.lib.choices import Direction, Role
from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, Contact, User
from accounts.services.touch import log_touch
from plays.domain import hours
from plays.models import Enrollment, StepRun, Task, TaskEvent
from plays.models.task import OPEN_STATES
from plays.selectors.staff import staff
from plays.services import timers
from plays.services.clock import settle_notices
from plays.services.moving import Move, move_all
from plays.services.stepping import due_at, go_on

LONGEST_SNOOZE = timedelta(days=30)
UNDO_WITHIN = timedelta(minutes=15)


def _locked(task: Task) -> tuple[Account, Task]:
    """The account, locked, and the task as it is now; Conflict where somebody closed it meanwhile."""
    account = (
        Account.objects.select_for_update(of=("self",), no_key=True)
        .select_related("territory", "owner")
        .get(pk=task.account_id)
    )
    fresh = (
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("owner", "contact")
        .get(pk=task.pk)
    )
    if fresh.state not in OPEN_STATES:
        raise Conflict(f"This task is already {fresh.get_state_display().lower()}.")
    return account, fresh


def _close(task: Task, *, state: str, outcome: str, by: User, now: datetime) -> None:
    task.state, task.outcome = state, outcome[:300]
    task.closed_at = task.updated_at = now
    task.snoozed_until = None
    task.save(update_fields=["state", "outcome", "closed_at", "updated_at", "snoozed_until", "touch"])
    work.cancel_many(dedup_keys=timers.keys_of(task))
    settle_notices([task], now=now)
    TaskEvent.objects.create(task=task, kind=state, text=outcome[:300], by=by, at=now)


@transaction.atomic
def complete_task(*, task: Task, by: User, outcome: str = "", now: datetime) -> Task:
    """Done: logs the touch, and opens the next step or completes the enrollment, all at once.

    Conflict where the task is already closed: two clicks make one touch.
    """
    account, fresh = _locked(task)
    fresh.touch = log_touch(
        account=account,
        contact=fresh.contact,
        side=fresh.side,
        channel=fresh.channel,
        direction=Direction.OUTBOUND,
        occurred_at=now,
        person=by,
        programmed=fresh.enrollment_id is not None,
        subject=fresh.title,
        external_id=f"task:{fresh.pk}",
        now=now,
    )
    _close(fresh, state=Task.State.DONE, outcome=outcome.strip(), by=by, now=now)
    _finish_step(fresh, StepRun.State.DONE, account=account, by=by, now=now)
    crash.point("complete_task.before_commit")
    return fresh


@transaction.atomic
def skip_task(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Not done, for a reason that stays on the record; no touch is logged and the next step opens all the
    same.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why this is skipped.")
    account, fresh = _locked(task)
    _close(fresh, state=Task.State.SKIPPED, outcome=reason.strip(), by=by, now=now)
    _finish_step(fresh, StepRun.State.SKIPPED, account=account, by=by, now=now)
    return fresh


def _finish_step(task: Task, state: str, *, account: Account, by: User, now: datetime) -> None:
    if task.step_run_id is None:
        return
    moved = StepRun.objects.filter(pk=task.step_run_id, state=StepRun.State.OPEN).update(
        state=state, closed_at=now
    )
    if not moved:
        raise Conflict("This step has changed; look again.")
    go_on(StepRun.objects.get(pk=task.step_run_id), account=account, by=by, now=now)


@transaction.atomic
def snooze_task(*, task: Task, by: User, until: datetime | None = None, now: datetime) -> Task:
    """Out of the queue until a moment, by default the owner's next working morning. The clock to its due time
    goes on.
    """
    _, fresh = _locked(task)
    wake = until or hours.next_opening(now, staff(now=now).calendar(fresh.owner_id))
    if not now < wake <= now + LONGEST_SNOOZE:
        raise FieldErrors.one("/until", f"Choose a moment within the next {LONGEST_SNOOZE.days} days.")
    fresh.state, fresh.snoozed_until, fresh.updated_at = Task.State.SNOOZED, wake, now
    fresh.save(update_fields=["state", "snoozed_until", "updated_at"])
    TaskEvent.objects.create(
        task=fresh, kind=TaskEvent.Kind.SNOOZED, text=f"Until {wake.isoformat()}.", by=by, at=now
    )
    return fresh


@transaction.atomic
def wake_task(*, task: Task, by: User, now: datetime) -> Task:
    """Back into the queue before its moment; undoes a snooze."""
    _, fresh = _locked(task)
    if fresh.state == Task.State.SNOOZED:
        fresh.state, fresh.snoozed_until, fresh.updated_at = Task.State.OPEN, None, now
        fresh.save(update_fields=["state", "snoozed_until", "updated_at"])
        TaskEvent.objects.create(
            task=fresh, kind=TaskEvent.Kind.REOPENED, text="Taken out of the snooze.", by=by, at=now
        )
    return fresh


@transaction.atomic
def hand_on_task(*, task: Task, by: User, to: User, reason: str = "", now: datetime) -> Task:
    """Somebody else owes it from now on; the due time stays, so that nothing is won by handing on."""
    if not to.is_active or to.role in (Role.EXECUTIVE, Role.INTEGRATION):
        raise FieldErrors.one("/to", f"{to} cannot be given tasks.")
    _, fresh = _locked(task)
    if fresh.owner_id == to.pk:
        raise Refused(f"{to} already owns this task.")
    text = f"From {fresh.owner} to {to}. {reason.strip()}".strip()[:300]
    fresh.owner, fresh.routed, fresh.updated_at = to, f"{to}: handed on by {by}."[:300], now
    if fresh.state == Task.State.SNOOZED:
        fresh.state, fresh.snoozed_until = Task.State.OPEN, None
    fresh.save(update_fields=["owner", "routed", "updated_at", "state", "snoozed_until"])
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.HANDED_ON, text=text, by=by, at=now)
    return fresh


@transaction.atomic
def move_task(*, task: Task, by: User, due: datetime, reason: str, now: datetime) -> Task:
    """Another due time, for a reason; its clock is set anew. A breach that has been found stays on the
    record.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why the due time moves.")
    _, fresh = _locked(task)
    if due == fresh.due_at:
        return fresh
    work.cancel_many(dedup_keys=timers.keys_of(fresh))
    text = f"From {fresh.due_at.isoformat()} to {due.isoformat()}. {reason.strip()}"[:300]
    fresh.due_at, fresh.updated_at = due, now
    fresh.save(update_fields=["due_at", "updated_at"])
    work.put_many([timers.next_of(fresh)])
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.MOVED, text=text, by=by, at=now)
    return fresh


@transaction.atomic
def add_task(
    *,
    account: Account,
    owner: User | None,
    channel: str,
    side: str,
    title: str,
    by: User,
    now: datetime,
    contact: Contact | None = None,
    instructions: str = "",
    urgency: str = "normal",
    due: datetime | None = None,
) -> Task:
    """A job given by hand, outside of any play. Without an owner it is routed like a step; due in a working
    day.
    """
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    _must_be_contactable(contact, account, channel)
    people = staff(now=now)
    if owner is None:
        routed = people.route(
            side=side, role="owner", owner_id=account.owner_id, territory_id=account.territory_id
        )
        owner_id, reason = routed.person_id, routed.reason
    else:
        owner_id, reason = owner.pk, f"{owner}: named by {by}."
    task = Task.objects.create(
        account=account,
        contact=contact,
        owner_id=owner_id,
        routed=reason[:300],
        channel=channel,
        side=side,
        title=title,
        instructions=instructions,
        why=f"Given by {by}."[:300],
        urgency=urgency,
        due_at=due or due_at(24, urgency, people.calendar(owner_id), now=now),
        created_at=now,
        updated_at=now,
    )
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.OPENED, text=task.routed, by=by, at=now)
    work.put_many([timers.task_due(task)])
    return task


def _must_be_contactable(contact: Contact | None, account: Account, channel: str) -> None:
    """Stop a job for somebody who may not be gone to this way, by what is known under the account's lock."""
    if contact is None:
        return
    if contact.account_id != account.pk:
        raise FieldErrors.one("/contact", "Not of this account.")
    if not Contact.objects.contactable(channel).filter(pk=contact.pk, account=account.pk).exists():
        why = contact.refuses(channel) or "said no"
        raise FieldErrors.one("/contact", f"{contact} {why}. Choose somebody else, or another way.")


@transaction.atomic
def cancel_task(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Take back a job given by hand. A play's step is skipped instead, so that the play goes on."""
    _, fresh = _locked(task)
    if fresh.step_run_id is not None:
        raise Refused("This task is a step of a play: skip it with a reason, or stop the enrollment.")
    _close(fresh, state=Task.State.CANCELLED, outcome=reason.strip(), by=by, now=now)
    return fresh


@transaction.atomic
def reopen_task(*, task: Task, by: User, now: datetime) -> Task:
    """Undo done or skip, within a quarter of an hour and only while nobody has worked on what followed.

    The touch that the slip logged goes with it; the step that it opened is taken back.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=task.account_id)
    fresh = (
        Task.objects.select_for_update(of=("self",), no_key=True).select_related("step_run").get(pk=task.pk)
    )
    if fresh.state not in (Task.State.DONE, Task.State.SKIPPED) or fresh.closed_at is None:
        raise Conflict("There is nothing to undo on this task.")
    if now - fresh.closed_at > UNDO_WITHIN:
        raise Refused("This was finished too long ago to be undone.")
    if fresh.step_run is not None:
        _take_back_step(fresh.step_run, account=account, by=by, now=now)
    touch, fresh.touch = fresh.touch, None
    fresh.state, fresh.outcome, fresh.closed_at, fresh.updated_at = Task.State.OPEN, "", None, now
    fresh.save(update_fields=["state", "outcome", "closed_at", "updated_at", "touch"])
    if touch is not None:
        touch.delete()
    work.put_many([timers.next_of(fresh)])
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.REOPENED, text="Undone.", by=by, at=now)
    return fresh


def _take_back_step(run: StepRun, *, account: Account, by: User, now: datetime) -> None:
    del account  # locked by the caller: nobody else moves this enrollment
    enrollment = Enrollment.objects.get(pk=run.enrollment_id)
    following = (
        StepRun.objects.filter(enrollment=enrollment, position__gt=run.position, cycle=run.cycle)
        .select_related("task")
        .order_by("position")
    )
    for later in following:
        if later.state not in (StepRun.State.PENDING, StepRun.State.OPEN):
            raise Refused("The play has gone on meanwhile; this cannot be undone any more.")
        if (
            later.state == StepRun.State.OPEN
            and later.task.events.exclude(kind=TaskEvent.Kind.OPENED).exists()
        ):
            raise Refused("Somebody has already worked on the next step; this cannot be undone any more.")
        keys = timers.keys_of(later.task) if later.state == StepRun.State.OPEN else []
        work.cancel_many(dedup_keys=[*keys, timers.step_due(later).dedup_key or ""])
        later.delete()
    if enrollment.state == Enrollment.State.COMPLETED:
        move_all([Move(enrollment, "reopen", "Its last step was undone.", by)], now=now)
    elif enrollment.state in (Enrollment.State.EXITED, Enrollment.State.CANCELLED):
        raise Refused("The play has ended meanwhile; this cannot be undone any more.")
    StepRun.objects.filter(pk=run.pk).update(state=StepRun.State.OPEN, closed_at=None)
