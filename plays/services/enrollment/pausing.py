"""Pausing a play, an account, a person or one enrollment, and taking it up again where it stood.

While something rests, no step of it opens and no clock of it is late; each open task and each waiting step carries
since when it stands. Afterwards a task is due later by the working time of its owner that was lost, and a wait by the
time that passed. `settle_clocks` alone sets this,
from the pauses that are on: so pauses may overlap, and end in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, User
from plays.domain import hours
from plays.models import Enrollment, Pause, Play, StepRun, Task, TaskEvent
from plays.selectors import pauses
from plays.selectors.facts import lock_accounts
from plays.selectors.staff import staff
from plays.services.calendar.bursts import go_on
from plays.services.decision import waiting
from plays.services.enrollment.moving import Move, move_all
from plays.services.sla import timers

LONGEST = timedelta(days=366)


@transaction.atomic
def pause(
    *,
    subject: Play | Account | User | Enrollment,
    by: User,
    reason: str,
    now: datetime,
    until: datetime | None = None,
) -> Pause:
    """Let it rest, for a reason, until a moment or until somebody resumes it. Conflict where it rests already."""
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why this is paused.")
    if until is not None and not now < until <= now + LONGEST:
        raise FieldErrors.one("/until", "Choose a moment within the next year.")
    if isinstance(subject, Enrollment) and not Enrollment.objects.live().filter(pk=subject.pk).exists():
        raise Refused("This play no longer runs on the account, so there is nothing to pause.")
    scope = scope_of(subject)
    lock_accounts(_concerned(scope, subject.pk))
    try:
        with transaction.atomic():
            begun = Pause.objects.create(
                **{scope: subject}, reason=reason.strip()[:300], by=by, started_at=now, until=until
            )
    except IntegrityError:
        raise Conflict(f"{subject} is paused already.") from None
    _tell("pause", begun, cause=pauses.rest_of(begun).sentence, by=by, now=now)
    concerned: dict[str, Any] = {f"{scope}_id": subject.pk}
    settle_clocks(**concerned, by=by, why=begun.reason, now=now)
    if until is not None:
        work.put_many([timers.pause_over(begun)])
    crash.point("pause.before_commit")
    return begun


@transaction.atomic
def resume(*, pause: Pause, by: User | None, now: datetime) -> None:
    """Take it up where it stood. Conflict where it has been resumed already."""
    scope, subject_id = pause.scope, pause.subject_id
    lock_accounts(_concerned(scope, subject_id))
    if not Pause.objects.active().filter(pk=pause.pk).update(ended_at=now, ended_by=by):
        raise Conflict("This has been resumed already.")
    pause.ended_at, pause.ended_by = now, by
    _tell("resume", pause, cause="" if by else "Its pause ran out.", by=by, now=now)
    concerned: dict[str, Any] = {f"{scope}_id": subject_id}
    settle_clocks(**concerned, by=by, now=now)
    if pause.until is not None:
        work.cancel_many(dedup_keys=[timers.pause_over(pause).dedup_key or ""])
    if scope == "account":
        waiting.wake([subject_id], now=now)
        go_on(account_ids=[subject_id], now=now)
    elif scope == "play":
        waiting.wake_all(now=now)
    crash.point("resume.before_commit")


@transaction.atomic
def end_due_pauses(*, pause_ids: Collection[int], now: datetime) -> None:
    """Resume by itself what was to rest until now; what somebody resumed before is left alone."""
    for due in Pause.objects.due(now).filter(pk__in=pause_ids).order_by("pk"):
        resume(pause=due, by=None, now=now)


def scope_of(subject: Play | Account | User | Enrollment) -> str:
    """The field of `Pause` that names such a thing."""
    match subject:
        case Play():
            return "play"
        case Account():
            return "account"
        case Enrollment():
            return "enrollment"
        case _:
            return "person"


def _concerned(scope: str, pk: int) -> set[int]:
    """The accounts whose clocks a pause of this thing stops."""
    match scope:
        case "account":
            return {pk}
        case "enrollment":
            return set(Enrollment.objects.filter(pk=pk).values_list("account", flat=True))
        case "play":
            return set(Enrollment.objects.live().filter(play=pk).values_list("account", flat=True))
        case _:
            return set(Task.objects.unfinished().filter(owner=pk).values_list("account", flat=True))


def _tell(move: str, about: Pause, *, cause: str, by: User | None, now: datetime) -> None:
    """An event in every live enrollment that it concerns; of a person, their tasks say it."""
    scope = about.scope
    if scope == "person":
        return
    of = {"pk": about.subject_id} if scope == "enrollment" else {scope: about.subject_id}
    concerned = Enrollment.objects.live().filter(**of).order_by("pk")
    move_all([Move(enrollment, move, cause, by) for enrollment in concerned], now=now)


@transaction.atomic
def settle_clocks(
    *,
    now: datetime,
    accounts: Collection[int] | None = None,
    account_id: int | None = None,
    play_id: int | None = None,
    person_id: int | None = None,
    enrollment_id: int | None = None,
    by: User | None = None,
    why: str = "",
) -> int:
    """Make the clocks of these things stand or run as the pauses that are on say; how many changed.

    Without any filter, all of them. Idempotent: what is as it should be is left alone.
    """
    tasks, runs = Q(), Q()
    if account_id is not None:
        accounts = [account_id]
    if accounts is not None:
        tasks, runs = Q(account__in=accounts), Q(enrollment__account__in=accounts)
    if play_id is not None:
        tasks = runs = Q(enrollment__play=play_id)
    if enrollment_id is not None:
        tasks = runs = Q(enrollment=enrollment_id)
    if person_id is not None:
        tasks, runs = Q(owner=person_id), Q(pk__in=[])
    changed = _settle_tasks(tasks, now=now, by=by, why=why)
    return changed + _settle_runs(runs, now=now)


def _wrong(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows that stand and should run, or run and should stand; locked."""
    rows = rows.filter(Q(stopped_at__isnull=True, rests=True) | Q(stopped_at__isnull=False, rests=False))
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)


def _settle_tasks(scope: Q, *, now: datetime, by: User | None, why: str) -> int:
    wrong: list[Task] = list(
        _wrong(Task.objects.unfinished().filter(scope).annotate(rests=pauses.covering_task()))
    )
    if not wrong:
        return 0
    stopping = [task for task in wrong if task.stopped_at is None]
    starting = [task for task in wrong if task.stopped_at is not None]
    work.cancel_many(dedup_keys=[key for task in wrong for key in timers.keys_of(task)])
    for task in stopping:
        task.stopped_at = now
    events = [_event(task, TaskEvent.Kind.STOPPED, why, by, now) for task in stopping]
    if starting:
        people = staff(now=now)
        for task in starting:
            stopped, was = task.stopped_at, task.due_at
            assert stopped is not None
            task.due_at = hours.after_rest(was, stopped, now, people.calendar(task.owner_id))
            task.remind_at = _later(task.remind_at, stopped, now, people.calendar(task.owner_id))
            task.grace_ends_at = _later(task.grace_ends_at, stopped, now, people.calendar(task.owner_id))
            task.stopped_at = None
            moved = (
                f"Due {task.due_at:%-d %B %H:%M} UTC, before {was:%-d %B %H:%M}."
                if task.due_at != was
                else why
            )
            events.append(_event(task, TaskEvent.Kind.RESUMED, moved, by, now))
    _write("plays_task", "due_at", [(task.pk, task.due_at, task.stopped_at) for task in wrong], touched=now)
    TaskEvent.objects.bulk_create(events)
    Task.objects.bulk_update(starting, ["remind_at", "grace_ends_at"])
    work.put_many(put for task in starting for put in timers.clocks_of(task, rested=now))
    return len(wrong)


def _later(
    moment: datetime | None, stopped: datetime, now: datetime, calendar: hours.Calendar
) -> datetime | None:
    return None if moment is None else hours.after_rest(moment, stopped, now, calendar)


def _event(task: Task, kind: str, text: str, by: User | None, now: datetime) -> TaskEvent:
    return TaskEvent(task=task, kind=kind, text=text[:300], by=by, at=now)


def _settle_runs(scope: Q, *, now: datetime) -> int:
    pending = StepRun.objects.filter(scope, state=StepRun.State.PENDING)
    wrong: list[StepRun] = list(_wrong(pending.annotate(rests=pauses.covering_run())))
    if not wrong:
        return 0
    work.cancel_many(dedup_keys=[timers.step_due(run).dedup_key or "" for run in wrong])
    starting = [run for run in wrong if run.stopped_at is not None]
    for run in wrong:
        if run.stopped_at is None:
            run.stopped_at = now
        else:
            run.opens_at = now + max(run.opens_at - run.stopped_at, timedelta())
            run.stopped_at = None
    _write("plays_steprun", "opens_at", [(run.pk, run.opens_at, run.stopped_at) for run in wrong])
    work.put_many(timers.step_due(run) for run in starting)
    return len(wrong)


def _write(
    table: str,
    moment: str,
    rows: Sequence[tuple[int, datetime, datetime | None]],
    *,
    touched: datetime | None = None,
) -> None:
    """Set the moment and the standstill of many rows in one statement."""
    columns: Iterable[list[Any]] = ([row[place] for row in rows] for place in range(3))
    also = ", updated_at = %s" if touched else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {moment} = v.at, stopped_at = v.stopped{also} "  # noqa: S608  (names of this module)
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS v(id, at, stopped) WHERE t.id = v.id",
            [*([touched] if touched else []), *columns],
        )
