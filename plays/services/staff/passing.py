"""Work that passes from one person to another, many tasks at once: an absence, a departure, a second breach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from abmops.work import services as work
from accounts.models import Account, User
from plays.domain import sla
from plays.domain.routing import Case
from plays.models import Notice, Task, TaskEvent
from plays.selectors.library import definition_of
from plays.selectors.staff import Staff
from plays.services.notice.telling import tell_all
from plays.services.sla import timers

CHANGED = (
    "owner", "routed", "held_by", "grace_ends_at", "state", "snoozed_until", "claimed_by", "claimed_until", "updated_at"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passing:
    """A task and who owes it from now on; `reason` becomes its routing in words. `rests`: nobody gets it after them."""

    task: Task
    to_id: int
    reason: str
    rests: bool = False


def pass_on(
    passings: Sequence[Passing], *, people: Staff, by: User | None, now: datetime, told: str = ""
) -> None:
    """Give locked, unfinished tasks to others: due times stay, a late one gets a new grace, a snooze and a claim end.

    `told` is what the new owners read, once each, with the number of their tasks in front; empty: they are not told
    here. A fixed number of queries.
    """
    passings = [one for one in passings if one.to_id != one.task.owner_id]
    if not passings:
        return
    work.cancel_many(dedup_keys=[timers.task_overdue(one.task).dedup_key or "" for one in passings])
    events = []
    for one in passings:
        task, before = one.task, _name(people, one.task.owner_id)
        text = f"From {before} to {_name(people, one.to_id)}. {one.reason}"
        events.append(TaskEvent(task=task, kind=TaskEvent.Kind.HANDED_ON, text=text[:300], by=by, at=now))
        people.add_load(task.owner_id, -1)
        hold(task, one.to_id, now=now)
        task.routed = one.reason[:300]
        if task.breached_at is not None:
            task.grace_ends_at = None if one.rests else grace_of(task, people, since=now)
    Task.objects.bulk_update([one.task for one in passings], CHANGED)
    TaskEvent.objects.bulk_create(events)
    work.put_many(
        timers.task_overdue(one.task)
        for one in passings
        if one.task.grace_ends_at is not None and one.task.stopped_at is None
    )
    if told:
        tell_all(notices=_told(passings, told, now=now), now=now)


def hold(task: Task, to_id: int, *, now: datetime) -> None:
    """The row as it is once somebody else owes it, not yet saved; who held it before is remembered."""
    task.held_by = [*(pk for pk in task.held_by if pk != task.owner_id), task.owner_id]
    task.owner_id, task.updated_at = to_id, now
    task.claimed_by = task.claimed_until = None
    if task.state == Task.State.SNOOZED:
        task.state, task.snoozed_until = Task.State.OPEN, None


def grace_of(task: Task, people: Staff, *, since: datetime) -> datetime:
    """Until when the present owner of a late task may still do it."""
    return sla.grace_ends(task.created_at, task.due_at, since, people.calendar(task.owner_id))


def reminder_of(task: Task, people: Staff) -> datetime | None:
    """When the owner of a task is to be reminded, if at all; not of one that is late already."""
    if task.breached_at is not None:
        return None
    share = settings.SLA_REMINDER_SHARE
    return sla.remind_at(task.created_at, task.due_at, people.calendar(task.owner_id), share=share)


def cases_of(tasks: Iterable[Task], accounts: Mapping[int, Account], people: Staff) -> dict[int, Case]:
    """What routing asks of each task: a step's own role, the owner's for a job given by hand.

    The tasks come with their step run and their enrollment's version.
    """
    tasks = list(tasks)
    people.learn(accounts)
    return {
        task.pk: people.case(accounts[task.account_id], side=task.side, role=role_of(task)) for task in tasks
    }


def role_of(task: Task) -> str:
    """Who the task's step asks for."""
    if task.step_run is None or task.enrollment is None:
        return "owner"
    steps = definition_of(task.enrollment.version).steps
    return steps[task.step_run.position].role if task.step_run.position < len(steps) else "owner"


def _name(people: Staff, person_id: int) -> str:
    person = people.people.get(person_id)
    return person.name if person is not None else "somebody who has left"


def _told(passings: Sequence[Passing], told: str, *, now: datetime) -> list[Notice]:
    by_person: dict[int, int] = defaultdict(int)
    for one in passings:
        by_person[one.to_id] += 1
    return [
        Notice(
            user_id=person,
            kind="tasks_passed_on",
            subject=f"passed:{now:%Y%m%dT%H%M%S%f}",
            text=f"{n} task{'' if n == 1 else 's'} came to you: {told}"[:400],
            url="/",
            at=now,
        )
        for person, n in by_person.items()
    ]
