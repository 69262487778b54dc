"""A booked meeting that is not, or a deal that is gone: what it ended comes back. A meeting is called off, or moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from abmops.lib.errors import AbmopsError
from abmops.work import crash
from abmops.work import services as work
from accounts.domain.meeting import TAKEN_BACK, WITHDRAWN_WITHIN
from accounts.domain.phase import CAUSES, phase_of, reached_by
from accounts.models import Account, AccountEvent, Touch, User
from accounts.services import meeting
from accounts.services.phase import correct_phases
from plays.domain.exits import exit_sentence, exits_of
from plays.models import Enrollment, Task, Waiting
from plays.selectors import facts as facts_of
from plays.selectors.facts import lock_accounts
from plays.selectors.phases import histories
from plays.selectors.staff import staff
from plays.services.calendar.resting import come_back
from plays.services.enrollment.ending import end_all, is_news_for, react_to_events
from plays.services.enrollment.moving import Move
from plays.services.enrollment.pausing import settle_clocks
from plays.services.enrollment.restoring import go_on_again, owe_again
from plays.services.enrollment.stepping import go_on
from plays.services.task.undoing import take_back_step

CAUSE = "The meeting was not booked."
NO_DEAL = "The deal was taken back."
KIND: Final = "meeting_taken_back"


@transaction.atomic
def not_booked(*, event: AccountEvent, reason: str, by: User, now: datetime) -> tuple[str, ...]:
    """A meeting was recorded by mistake, within a week; what came of taking it back, in sentences.

    No figure counts it any more, and the phase is worked out again. The plays that it ended go on where they were, due
    later by the time they were away; those that it started are stopped. The task that recorded it is owed again, and
    its touch goes, so that somebody says how it really went. What cannot come back stays as it is, with the reason.
    """
    account = lock_accounts([event.account_id])[event.account_id]
    same = meeting.same_meeting(AccountEvent.objects.get(pk=event.pk))
    said = _stop_started(same, account, by=by, now=now)
    restored, words = _restore_ended(same, account, by=by, now=now)
    said += words
    task, came_back, words = _task_again(same, account, by=by, now=now)
    said += words
    _must_go_on(restored, account, by=by, now=now)
    written = meeting.withdraw_meeting(event=event, reason=reason, by=by, now=now, with_touch=came_back)
    if task is not None and not came_back:
        _correct(task)
    Waiting.objects.filter(decision__event__in=same).delete()
    said += _phase_again(same, account, now=now)
    settle_clocks(account_id=account.pk, by=by, now=now)
    react_to_events(event_ids=[written.pk], now=now)
    crash.point("meeting.before_commit")
    return tuple(said)


def note_taken_back(events: Sequence[AccountEvent], now: datetime) -> None:
    """Put work for deals and meetings that are none any more where they came from. In the transaction that writes the
    events."""
    work.put_many(
        work.Put(kind=KIND, subject_id=one.pk, dedup_key=f"{KIND}:{one.pk}")
        for one in events
        if one.kind == AccountEvent.Kind.OPPORTUNITY_REMOVED or one.payload.get("how") == TAKEN_BACK
    )


@transaction.atomic
def taken_back(*, event_ids: Iterable[int], now: datetime) -> None:
    """The CRM, an undone import or a removed signal took deals or meetings back: as if somebody had said it here.

    What they started stops, what they ended goes on, the phase is worked out again; tasks stay done. For what was heard
    of within a week: what followed older ones stays. A burst that a deal had the account leave takes it back while it
    lasts. Doing it twice changes nothing.
    """
    told = list(AccountEvent.objects.filter(pk__in=set(event_ids)).order_by("pk"))
    meant = [pk for one in told for pk in one.payload.get("events") or [one.payload["event"]]]
    gone = AccountEvent.objects.filter(pk__in=meant, withdrawn_at__isnull=False).order_by("pk")
    accounts = lock_accounts({one.account_id for one in gone})
    Waiting.objects.filter(decision__event__in=gone).delete()
    for event in gone:
        account = accounts[event.account_id]
        if now - max(event.at, event.created_at) <= WITHDRAWN_WITHIN:
            _stop_started([event], account, by=None, now=now)
            restored, _ = _restore_ended([event], account, by=None, now=now)
            _must_go_on(restored, account, by=None, now=now)
            _phase_again([event], account, now=now)
        settle_clocks(account_id=account.pk, now=now)
    deals = {
        one.account_id: f"{one.payload['deal']} was taken back. {one.payload['reason']}"
        for one in told
        if one.kind == AccountEvent.Kind.OPPORTUNITY_REMOVED and one.account_id in accounts
    }
    come_back(accounts=accounts, because=deals, now=now)
    crash.point("meeting_taken_back.before_commit")


@transaction.atomic
def call_off(*, event: AccountEvent, reason: str, by: User, now: datetime) -> None:
    """The meeting will not take place. It was booked, so the plays that it ended stay ended; marketing goes on."""
    lock_accounts([event.account_id])
    written = meeting.call_off_meeting(event=event, reason=reason, by=by, now=now)
    react_to_events(event_ids=[written.pk], now=now)


@transaction.atomic
def move(*, event: AccountEvent, on: datetime, reason: str = "", by: User, now: datetime) -> None:
    """The meeting is at another time; whatever waits for it waits for that."""
    lock_accounts([event.account_id])
    written = meeting.move_meeting(event=event, on=on, reason=reason, by=by, now=now)
    react_to_events(event_ids=[written.pk], now=now)


def ended_by(same: Collection[AccountEvent]) -> list[Enrollment]:
    """The plays that ended because this meeting was booked, or because of this deal."""
    if not same:
        return []
    since = min(min(one.at, one.created_at) for one in same)
    return list(
        Enrollment.objects.filter(
            account__in={one.account_id for one in same},
            state=Enrollment.State.EXITED,
            end_reason__in=[exit_sentence(condition) for condition in _exits_of(same)],
            finished_at__gte=since,
        )
        .select_related("play", "version")
        .order_by("pk")
    )


def _exits_of(events: Iterable[AccountEvent]) -> set[str]:
    return {condition for one in events for condition in exits_of(one.kind, one.payload)}


def task_of(same: Iterable[AccountEvent]) -> Task | None:
    """The task whose outcome, or whose touch, the meeting is."""
    for one in same:
        said = one.payload
        found = Task.objects.filter(pk=said["task"]) if said.get("task") else None
        if found is None and said.get("touch"):
            found = Task.objects.filter(touch=said["touch"])
        if found is not None and (task := found.first()) is not None:
            return task
    return None


def _stop_started(
    same: Collection[AccountEvent], account: Account, *, by: User | None, now: datetime
) -> list[str]:
    started = list(
        Enrollment.objects.live().filter(event__in=same).select_related("play", "version").order_by("pk")
    )
    is_deal = any(one.kind == AccountEvent.Kind.OPPORTUNITY_STAGE for one in same)
    cause = (
        "The deal that started it was taken back."
        if is_deal
        else "The meeting that started it was not booked."
    )
    end_all([Move(one, "cancel", cause, by) for one in started], now=now)
    return [f"{one.play.name}, which the meeting had started, is stopped." for one in started]


def _restore_ended(
    same: Collection[AccountEvent], account: Account, *, by: User | None, now: datetime
) -> tuple[list[Enrollment], list[str]]:
    """What goes on, and what to say of each that the meeting or the deal ended."""
    kinds, conditions = {one.kind for one in same}, _exits_of(same)
    others = AccountEvent.objects.standing().filter(account=account, kind__in=kinds)
    standing = [
        one for one in others.exclude(pk__in=[one.pk for one in same]) if conditions & _exits_of([one])
    ]
    is_deal = AccountEvent.Kind.OPPORTUNITY_STAGE in kinds
    restored, said = [], []
    for one in ended_by(same):
        if any(is_news_for(other, one) for other in standing):
            said.append(f"{one.play.name} stays ended: another meeting is booked.")
            continue
        try:
            with transaction.atomic():
                go_on_again(
                    one, account=account, move="exit", cause=NO_DEAL if is_deal else CAUSE, by=by, now=now
                )
        except AbmopsError as error:
            said.append(error.message)
        else:
            restored.append(one)
            said.append(f"{one.play.name} goes on.")
    return restored, said


def _must_go_on(
    enrollments: Iterable[Enrollment], account: Account, *, by: User | None, now: datetime
) -> None:
    """Whatever is back without a step that is owed goes on to its next: its last one stayed done."""
    for one in enrollments:
        runs = one.step_runs.order_by("-position", "-cycle")
        last = runs.first()
        if last is not None and not runs.filter(state__in=("pending", "open")).exists():
            go_on(last, account=account, by=by, now=now)


def _task_again(
    same: Collection[AccountEvent], account: Account, *, by: User, now: datetime
) -> tuple[Task | None, bool, list[str]]:
    """The task, whether it is owed again, and what to say about that."""
    found = task_of(same)
    if found is None:
        return None, False, []
    task = (
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("step_run", "enrollment__version", "owner")
        .get(pk=found.pk)
    )
    if task.state != Task.State.DONE or task.closed_at is None:
        return None, False, []
    try:
        with transaction.atomic():
            if task.step_run is not None:
                take_back_step(task.step_run, by=by, now=now)
            task.touch, task.effects, task.outcome, task.result = None, {}, "", ""
            owe_again(
                task,
                account,
                staff(now=now),
                ended=task.closed_at,
                text=f"{CAUSE} Say how it went.",
                by=by,
                now=now,
            )
    except AbmopsError as error:
        return task, False, [f"“{task.title}” stays done. {error.message}"]
    return task, True, [f"“{task.title}” is owed again by {task.owner}: say how it really went."]


def _correct(task: Task) -> None:
    """What was done stays done; that it booked a meeting does not."""
    Task.objects.filter(pk=task.pk).update(result="", outcome=CAUSE, effects={})
    Touch.objects.filter(task=task.pk).update(subject=task.title)


def _phase_again(same: Collection[AccountEvent], account: Account, *, now: datetime) -> list[str]:
    """Back to what history says without the meeting or the won deal, where it was that which moved the account up."""
    since = min(min(one.at, one.created_at) for one in same)
    raised = (
        AccountEvent.objects.filter(account=account, kind=AccountEvent.Kind.CHANGED_PHASE)
        .order_by("-at", "-pk")
        .first()
    )
    causes = {CAUSES.get(reached_by(one.kind, one.payload.get("outcome")) or "") for one in same}
    if raised is None or raised.at < since or raised.payload.get("cause") not in causes - {None}:
        return []
    expected = phase_of(histories([account])[account.pk], days=facts_of.policy().qualifying_days)
    if not correct_phases(expected={account.pk: (account, expected)}, now=now):
        return []
    return [f"The account is in the {account.get_phase_display().lower()} phase again."]
