"""Taking back that a play was stopped: for a week it comes back as it was, with a fair due time.

Stopped by a person, or by a meeting that was never booked (`services.task.meetings` asks for that).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from abmops.lib.errors import Conflict, Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, User
from plays.domain import enrollment as life
from plays.domain import hours
from plays.models import Enrollment, StepRun, Task, TaskEvent
from plays.selectors.facts import lock_accounts
from plays.selectors.staff import Staff, staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.enrollment.pausing import settle_clocks
from plays.services.sla import timers
from plays.services.staff.passing import reminder_of, role_of
from plays.services.task.refused import let_go

UNDO_WITHIN: Final = timedelta(days=7)


def may_restore(enrollment: Enrollment, *, now: datetime) -> bool:
    """Whether stopping it can still be taken back, as far as its own row says."""
    return (
        enrollment.state == life.CANCELLED
        and enrollment.finished_at is not None
        and now - enrollment.finished_at <= UNDO_WITHIN
    )


@transaction.atomic
def restore_enrollment(*, enrollment: Enrollment, by: User, now: datetime) -> Enrollment:
    """Undo a cancelling: state, step, task and timers come back; what was owed is due later by the time it was away.

    Refused where the account got the play again meanwhile, or after a week; Conflict where it is not cancelled.
    """
    accounts = lock_accounts([enrollment.account_id])
    fresh = Enrollment.objects.select_related("play", "version").get(pk=enrollment.pk)
    account, ended = accounts[fresh.account_id], fresh.finished_at
    if fresh.state != life.CANCELLED or ended is None:
        raise Conflict("This play was not stopped by hand, or has been taken up again already.")
    if now - ended > UNDO_WITHIN:
        raise Refused("This was stopped more than a week ago. Start the play again instead.")
    was = _state_before(fresh, "cancel")
    if was == life.HOLDOUT:
        _must_be_free(fresh, account, held=True)
        move_all([Move(fresh, "hold_again", "Its cancelling was undone.", by)], now=now)
        return fresh
    go_on_again(fresh, account=account, move="cancel", cause="Its cancelling was undone.", by=by, now=now)
    settle_clocks(enrollment_id=fresh.pk, by=by, now=now)
    crash.point("restore.before_commit")
    return fresh


def go_on_again(
    enrollment: Enrollment, *, account: Account, move: str, cause: str, by: User | None, now: datetime
) -> None:
    """Bring an ended enrollment of a locked account back to where `move` ended it: its state, its step, its task.

    Where no step of it was owed then, its last task is what ended it; whoever brings that back brings back the step.
    Refused where the account got the play again meanwhile.
    """
    ended, was = enrollment.finished_at, _state_before(enrollment, move)
    _must_be_free(enrollment, account, held=False)
    back = "wait_again" if was == life.WAITING else "restore"
    move_all([Move(enrollment, back, cause, by)], now=now)
    run = enrollment.step_runs.filter(state=StepRun.State.CANCELLED, closed_at=ended).order_by("-pk").first()
    if run is None or ended is None:
        return
    task = Task.objects.filter(step_run=run, state=Task.State.CANCELLED).select_related("enrollment").first()
    if task is None:
        _wait_again(run, ended=ended, now=now)
    else:
        StepRun.objects.filter(pk=run.pk).update(state=StepRun.State.OPEN, closed_at=None)
        task.step_run = run
        owe_again(
            task, account, staff(now=now), ended=ended, text="The play was taken up again.", by=by, now=now
        )


def _state_before(enrollment: Enrollment, move: str) -> str:
    return enrollment.events.filter(move=move).order_by("-seq").values_list("from_state", flat=True)[0]


def _must_be_free(enrollment: Enrollment, account: Account, *, held: bool) -> None:
    """Refuse where its place has been taken meanwhile."""
    others = Enrollment.objects.filter(account=account, play=enrollment.play).exclude(pk=enrollment.pk)
    if held and others.filter(state=life.HOLDOUT).exists():
        raise Refused(f"{account} is in the holdout of {enrollment.play} again already.")
    if held and others.filter(enrolled_at__gte=enrollment.finished_at).exists():
        raise Refused(f"{enrollment.play} has been started on {account} since: it is held out no more.")
    if not held and others.live().exists():
        raise Refused(
            f"{enrollment.play} has been started on {account} again meanwhile; it cannot run twice."
        )


def _wait_again(run: StepRun, *, ended: datetime, now: datetime) -> None:
    """What was left of its wait is waited from now on; a step that was out on a surface opens anew at once."""
    left = run.opens_at - ended if run.opened_at is None else timedelta()
    run.opens_at = now + max(left, timedelta())
    run.state, run.opened_at, run.closed_at, run.held = StepRun.State.PENDING, None, None, ""
    run.save(update_fields=["opens_at", "state", "opened_at", "closed_at", "held"])
    work.put_many([timers.step_due(run)])


def owe_again(
    task: Task, account: Account, people: Staff, *, ended: datetime, text: str, by: User | None, now: datetime
) -> None:
    """The task is owed again, by whoever owed it or, where they have left, by whom the routing names.

    It is due later by the working time since it `ended`; its step is open already.
    """
    if task.owner_id not in people.people:
        routed = people.route(people.case(account, side=task.side, role=role_of(task)))
        task.owner_id, task.routed = routed.person_id, routed.reason[:300]
    task.due_at = hours.after_rest(task.due_at, ended, now, people.calendar(task.owner_id))
    task.state, task.closed_at, task.updated_at = Task.State.OPEN, None, now
    task.remind_at, task.grace_ends_at = reminder_of(task, people), None
    task.save()
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.REOPENED, text=text, by=by, at=now)
    work.put_many(timers.clocks_of(task, rested=now))
    if task.contact_id is not None:
        let_go([task.contact_id], now)
