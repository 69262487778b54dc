"""What ends an enrollment before its last step; and what account events set off besides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from abmops.work import crash
from abmops.work import services as work
from accounts.domain.phase import LADDER, reached_by
from accounts.models import Account, AccountEvent, User
from accounts.services.phase import raise_phases
from plays.domain import exits
from plays.domain.enrollment import LIVE
from plays.models import Enrollment, Pause, StepRun, Task, TaskEvent
from plays.models.task import OPEN_STATES
from plays.selectors import facts as facts_of
from plays.selectors.house import in_force
from plays.selectors.library import definition_of
from plays.services.calendar.bursts import go_on
from plays.services.calendar.resting import leave_bursts
from plays.services.calendar.treating import CHANGING, treat
from plays.services.decision import waiting
from plays.services.decision.cases import event_case
from plays.services.decision.deciding import decide
from plays.services.enrollment.moving import Move, move_all
from plays.services.guardrail.guarding import look_again
from plays.services.outbox.delivering import cancel_steps
from plays.services.sla import timers
from plays.services.sla.clock import settle_notices


@transaction.atomic(savepoint=False)
def react_to_events(*, event_ids: Iterable[int], now: datetime) -> None:
    """What account events bring: the plays they end, end; then the plays they trigger are decided on.

    An event ends only what was enrolled before it happened, or before we heard of a meeting, and is decided on once.
    """
    events = list(AccountEvent.objects.standing().filter(pk__in=set(event_ids)).order_by("at", "pk"))
    accounts = facts_of.lock_accounts({event.account_id for event in events})
    decided = _decided([event.pk for event in events])
    events = [event for event in events if event.pk in decided]
    _end_by(events, now=now)
    for rung in LADDER[1:]:
        spoke = {event.account_id: event.at for event in events if _speaks_for(event) == rung}
        if spoke:
            raise_phases(reached={pk: (accounts[pk], rung) for pk in spoke}, since=spoke, now=now)
    cases = [event_case(event) for event in events if not decided[event.pk]]
    decide(cases, accounts=accounts, house=in_force(now=now), now=now)
    look_again(accounts=list(accounts), now=now)
    lifting = {event.account_id for event in events if event.kind in CHANGING}
    if lifting:
        waiting.wake(lifting, now=now)
        treat(account_ids=lifting, now=now)
    changed = {
        event.account_id for event in events if event.kind in ("meeting_changed", "opportunity_removed")
    }
    go_on(account_ids=changed, now=now)
    crash.point("account_event.before_commit")


def _decided(event_ids: Sequence[int]) -> dict[int, bool]:
    """Of these events those that still stand, and whether each has its decision: others may have been quicker, or
    taken a deal or a meeting back, while we waited for the accounts.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, {"ids": list(event_ids)})
        return dict(cursor.fetchall())


_DECIDED = """
SELECT e.id, EXISTS (SELECT FROM plays_decision d WHERE d.event_id = e.id) FROM accounts_accountevent e
WHERE e.id = ANY(%(ids)s::bigint[]) AND e.withdrawn_at IS NULL AND NOT e.payload ? 'removed'
"""


def _speaks_for(event: AccountEvent) -> str | None:
    return reached_by(event.kind, event.payload.get("outcome"))


def _end_by(events: Sequence[AccountEvent], *, now: datetime) -> None:
    fulfilling = [(event, exits.exits_of(event.kind, event.payload)) for event in events]
    fulfilling = [(event, conditions) for event, conditions in fulfilling if conditions]
    if not fulfilling:
        return
    leave_bursts(events=fulfilling, now=now)
    moves: dict[int, Move] = {}
    for enrollment in _live({event.account_id for event, _ in fulfilling}):
        declared = definition_of(enrollment.version).exits
        for event, conditions in fulfilling:
            if event.account_id != enrollment.account_id or not is_news_for(event, enrollment):
                continue
            if enrollment.event_id == event.pk:
                continue
            condition = exits.first_exit(declared, conditions)
            if condition is not None:
                moves.setdefault(enrollment.pk, Move(enrollment, "exit", exits.exit_sentence(condition)))
    end_all(list(moves.values()), now=now)


def _live(account_ids: Collection[int]) -> Iterable[Enrollment]:
    """What runs on these accounts; on most of them nothing does, which is found out first."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, {"ids": list(account_ids), "live": list(LIVE)})
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Enrollment.objects.filter(pk__in=ids).select_related("version", "play").order_by("pk")
    return rows if ids else ()


_LIVE = "SELECT id FROM plays_enrollment WHERE account_id = ANY(%(ids)s::bigint[]) AND state = ANY(%(live)s)"


def is_news_for(event: AccountEvent, enrollment: Enrollment) -> bool:
    """Whether it happened, or we heard of it, after the play began."""
    return event.at >= enrollment.enrolled_at or heard_at(event) > enrollment.enrolled_at


def heard_at(event: AccountEvent) -> datetime:
    """From when it counts. A meeting: from when we heard of it, since no play was begun in the knowledge of one that
    is logged late, or with its day alone.
    """
    return max(event.at, event.created_at) if event.kind == AccountEvent.Kind.MEETING_BOOKED else event.at


def end_all(moves: Sequence[Move], *, now: datetime) -> None:
    """Make finishing moves of enrollments of locked accounts; whatever was still owed in them is cancelled."""
    if not moves:
        return
    ids = [move.enrollment.pk for move in moves]
    causes = {move.enrollment.pk: move for move in moves}
    move_all(moves, now=now)
    current = StepRun.objects.filter(
        enrollment__in=ids, state__in=(StepRun.State.PENDING, StepRun.State.OPEN)
    )
    waits = [timers.step_due(run).dedup_key or "" for run in current if run.state == StepRun.State.PENDING]
    current.update(state=StepRun.State.CANCELLED, closed_at=now, stopped_at=None)
    owed = list(
        Task.objects.filter(enrollment__in=ids, state__in=OPEN_STATES)
        .select_for_update(no_key=True)  # the clock may be about to find one late
        .order_by("pk")
    )
    Task.objects.filter(pk__in=[task.pk for task in owed]).update(
        state=Task.State.CANCELLED, closed_at=now, updated_at=now, snoozed_until=None, stopped_at=None
    )
    TaskEvent.objects.bulk_create(
        [
            TaskEvent(
                task=task,
                kind=TaskEvent.Kind.CANCELLED,
                text=causes[task.enrollment_id or 0].cause[:300],
                by=causes[task.enrollment_id or 0].by,
                at=now,
            )
            for task in owed
        ]
    )
    settle_notices(owed, now=now)
    cancel_steps(ids, reason="The play ended.", now=now)
    work.cancel_many(dedup_keys=[*waits, *(key for task in owed for key in timers.keys_of(task))])
    settle_pauses(ids, now=now)


def settle_pauses(enrollment_ids: Iterable[int], *, now: datetime) -> None:
    """What has ended rests no more: its own pauses end with it."""
    Pause.objects.active().filter(enrollment__in=enrollment_ids).update(ended_at=now)


@transaction.atomic
def cancel_enrollment(*, enrollment: Enrollment, by: User, reason: str, now: datetime) -> None:
    """Stop an enrollment by hand; what was owed in it is cancelled. A holdout can be cancelled too."""
    Account.objects.select_for_update(no_key=True).get(pk=enrollment.account_id)
    fresh = Enrollment.objects.get(pk=enrollment.pk)
    end_all([Move(fresh, "cancel", reason.strip() or f"Cancelled by {by}.", by)], now=now)
    crash.point("cancel.before_commit")
