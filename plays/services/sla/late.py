"""The clocks around a breach: the reminder before it, and the hand-on when the grace after it has run out too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from abmops.lib.choices import Role
from abmops.work import crash
from accounts.models import User
from plays.domain.routing import Case, NobodyToRoute, Routed
from plays.models import Notice, SlaBreach, Task, TaskEvent
from plays.selectors.facts import lock_accounts
from plays.selectors.pauses import resting
from plays.selectors.staff import Staff, staff
from plays.services.notice.telling import tell_all
from plays.services.sla.clock import Timers, late_subject, leads_of, subject_of
from plays.services.staff.passing import Passing, cases_of, pass_on

Graces = Collection[tuple[int, datetime, int]]
"""(task, the due time, the owner) that each timer was set for."""


@transaction.atomic
def remind(*, timers_due: Timers, now: datetime) -> None:
    """Tell owners that a due time comes near, once a task and due time.

    Nothing where the task was closed, moved, paused or reminded of meanwhile, or where its due time has passed: then
    the breach says it.
    """
    near = [
        task
        for task in Task.objects.unfinished()
        .filter(
            pk__in={task for task, _ in timers_due},
            breached_at__isnull=True,
            stopped_at__isnull=True,
            remind_at__lte=now,
            due_at__gt=now,
        )
        .prefetch_related("account")
        .order_by("pk")
        .select_for_update(no_key=True)
        if (task.pk, task.due_at) in timers_due
    ]
    if near:
        Task.objects.filter(pk__in=[task.pk for task in near]).update(remind_at=None, updated_at=now)
        TaskEvent.objects.bulk_create(
            [
                TaskEvent(task=task, kind=TaskEvent.Kind.REMINDED, text="Its due time comes near.", at=now)
                for task in near
            ]
        )
        tell_all(
            notices=[
                Notice(
                    user_id=task.owner_id,
                    kind="task_reminder",
                    subject=subject_of(task),
                    text=f"Due soon: {task.title} ({task.account.name})."[:400],
                    url=f"/tasks/{task.pk}/",
                    at=now,
                )
                for task in near
            ],
            now=now,
        )
    crash.point("task_reminder.before_commit")


@transaction.atomic
def hand_on_overdue(*, graces: Graces, now: datetime) -> None:
    """Give tasks that are still open at the end of their grace to somebody who never held them, and say so.

    Routing finds who, as for a new step. Is nobody of the right kind left, it is RevOps, who keep it; is RevOps
    exhausted too, it stays where it is and RevOps are told. A task that was closed, moved, paused or handed on since
    its timer was set is left alone.
    """
    ids = {task for task, _, _ in graces}
    accounts = lock_accounts(set(Task.objects.filter(pk__in=ids).values_list("account", flat=True)))
    late = [
        task
        for task in Task.objects.unfinished()
        .filter(pk__in=ids, breached_at__isnull=False, stopped_at__isnull=True, grace_ends_at__lte=now)
        .select_related("account", "owner", "step_run", "enrollment__version")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        if (task.pk, task.due_at, task.owner_id) in graces
    ]
    if late:
        people = staff(now=now)
        cases = cases_of(late, accounts, people)
        paused = frozenset(resting(list(accounts)).people)
        passings = [_next(task, cases[task.pk], people, paused) for task in late]
        _record(passings, people, now=now)
        kept = [one.task for one in passings if one.to_id == one.task.owner_id]
        Task.objects.filter(pk__in=[task.pk for task in kept]).update(grace_ends_at=None, updated_at=now)
        pass_on(passings, people=people, by=None, now=now)
    crash.point("task_overdue.before_commit")


def _next(task: Task, case: Case, people: Staff, paused: frozenset[int]) -> Passing:
    """Whoever is next by routing, never one who has held it or is paused; the same owner where nobody is left."""
    held = paused.union((*task.held_by, task.owner_id))
    found: Routed | None
    try:
        found = people.route(case, barred=held)
    except NobodyToRoute:
        found = None
    if found is not None and found.rule == "last_resort" and people.people[found.person_id].role != "revops":
        people.add_load(found.person_id, -1)
        found = None
    if found is None:
        return Passing(task, task.owner_id, "Late again, and nobody is left who has not held it.", rests=True)
    reason = f"{found.reason} {task.owner} was late with it twice over."
    return Passing(task, found.person_id, reason, rests=found.rule == "last_resort")


def _record(passings: Iterable[Passing], people: Staff, *, now: datetime) -> None:
    """A breach each, and a notice to whoever gets it, whoever had it and their RevOps."""
    passings = list(passings)
    numbers = dict(
        SlaBreach.objects.filter(task__in=[one.task.pk for one in passings])
        .values_list("task")
        .annotate(Max("number"))
        .order_by()
    )
    breaches: list[SlaBreach] = []
    notices: list[Notice] = []
    leads = list(User.objects.here().filter(role=Role.REVOPS))
    for one in passings:
        task, stays = one.task, one.to_id == one.task.owner_id
        new = people.people[one.to_id].name if one.to_id in people.people else str(task.owner)
        text = (
            f"Still late: {task.title} ({task.account.name}) stays with {task.owner}; nobody is left to hand it to."
            if stays
            else f"Late twice: {task.title} ({task.account.name}) went from {task.owner} to {new}."
        )[:300]
        number = numbers.get(task.pk, 0) + 1
        breaches.append(
            SlaBreach(
                task=task,
                number=number,
                due_at=task.due_at,
                owner_id=task.owner_id,
                handed_to_id=None if stays else one.to_id,
                text=text,
                at=now,
            )
        )
        told = {task.owner_id, one.to_id} | leads_of(task, leads)
        notices.extend(
            Notice(
                user_id=user,
                kind="task_handed_on",
                subject=late_subject(task, number),
                text=text,
                url=f"/tasks/{task.pk}/",
                at=now,
            )
            for user in sorted(told)
        )
    SlaBreach.objects.bulk_create(breaches)
    tell_all(notices=notices, now=now)
