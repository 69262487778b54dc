"""Where an enrollment goes on in another version: its step in other words, or the next one where its step is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from abmops.work import services as work
from accounts.models import Account, User
from plays.domain import enrollment as life
from plays.domain import hours
from plays.domain.definition import PlayDefinition
from plays.domain.people import choose_contact, word_task
from plays.domain.placing import Placement
from plays.models import Enrollment, StepRun, Task, TaskEvent
from plays.selectors.facts import Dossier
from plays.selectors.pauses import resting
from plays.selectors.staff import Staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.enrollment.stepping import Opening, open_all
from plays.services.outbox.delivering import cancel_steps
from plays.services.sla import timers
from plays.services.sla.clock import settle_notices


@dataclass(slots=True)
class Standing:
    """An enrollment with the step it stands at, and where it goes."""

    enrollment: Enrollment
    run: StepRun | None
    task: Task | None
    placement: Placement


def reword(
    goes: Iterable[Standing],
    definition: PlayDefinition,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Whoever stays at their step goes on with its new place and words; due times that were promised stay."""
    runs, tasks, events = [], [], []
    for one in goes:
        if one.placement.where != "same" or one.run is None:
            continue
        one.run.position = one.placement.position
        runs.append(one.run)
        if one.task is None:
            continue
        step = definition.steps[one.placement.position]
        account, dossier = accounts[one.enrollment.account_id], dossiers[one.enrollment.account_id]
        contact = next((someone for someone in dossier.people if someone.id == one.task.contact_id), None)
        if contact is None or not contact.may_be_reached_by(step.channel):
            contact = choose_contact(dossier.people, step, preferred_id=one.enrollment.contact_id)
        said = word_task(
            step,
            contact,
            account=account.name,
            industry=account.industry,
            owner=one.task.owner.name,
            known_contacts=len(dossier.people),
        )
        before = (one.task.title, one.task.instructions, one.task.channel, one.task.side)
        one.task.title, one.task.instructions = said.title, said.instructions
        one.task.channel, one.task.side = step.channel, step.side
        one.task.contact_id = contact.id if contact else None
        one.task.updated_at = now
        if before != (one.task.title, one.task.instructions, one.task.channel, one.task.side):
            tasks.append(one.task)
            events.append(
                TaskEvent(
                    task=one.task,
                    kind=TaskEvent.Kind.MOVED,
                    text=f"Its words are those of version {one.enrollment.version.number} now.",
                    by=by,
                    at=now,
                )
            )
    StepRun.objects.bulk_update(runs, ["position"])
    Task.objects.bulk_update(tasks, ["title", "instructions", "channel", "side", "contact", "updated_at"])
    TaskEvent.objects.bulk_create(events)


def go_later(
    goes: Iterable[Standing],
    definition: PlayDefinition,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    people: Staff,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Where the step is gone: what is owed in it is taken back, and the next one waits its time or opens."""
    later = [one for one in goes if one.placement.where == "later" and one.run is not None]
    if not later:
        return
    gone = [one.run for one in later if one.run is not None]
    waits = [timers.step_due(run).dedup_key or "" for run in gone if run.state == StepRun.State.PENDING]
    StepRun.objects.filter(pk__in=[run.pk for run in gone]).update(
        state=StepRun.State.CANCELLED, closed_at=now, stopped_at=None
    )
    _take_back([one.task for one in later if one.task is not None], by=by, now=now)
    cancel_steps([one.enrollment.pk for one in later], reason="The step is no longer in the play.", now=now)
    work.cancel_many(dedup_keys=waits)
    rests = resting(sorted({one.enrollment.account_id for one in later}))
    move_all(
        [
            Move(one.enrollment, "progress", "The late step is no longer in the play.", by)
            for one in later
            if one.enrollment.state == life.STALLED
        ],
        now=now,
    )
    following: list[StepRun] = []
    for one, run in zip(later, gone, strict=True):
        step = definition.steps[one.placement.position]
        calendar = people.calendar(accounts[one.enrollment.account_id].owner_id)
        opens_at = hours.after_wait(now, step.wait, calendar)
        following.append(
            StepRun(
                enrollment=one.enrollment,
                key=step.key,
                position=one.placement.position,
                cycle=run.cycle,
                opens_at=opens_at,
                stopped_at=now if rests.of(one.enrollment) is not None and opens_at > now else None,
            )
        )
    StepRun.objects.bulk_create(following)
    work.put_many(
        [timers.step_due(run) for run in following if run.opens_at > now and run.stopped_at is None]
    )
    openings = [Opening(run, run.enrollment, definition) for run in following if run.opens_at <= now]
    open_all(openings, accounts=accounts, now=now, dossiers=dossiers, people=people)


def _take_back(tasks: list[Task], *, by: User | None, now: datetime) -> None:
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        state=Task.State.CANCELLED,
        closed_at=now,
        updated_at=now,
        snoozed_until=None,
        stopped_at=None,
        claimed_by=None,
        claimed_until=None,
    )
    TaskEvent.objects.bulk_create(
        [
            TaskEvent(
                task=task,
                kind=TaskEvent.Kind.CANCELLED,
                text="This step is no longer in the play; the account goes on at a later one.",
                by=by,
                at=now,
            )
            for task in tasks
        ]
    )
    settle_notices(tasks, now=now)
    work.cancel_many(dedup_keys=[key for task in tasks for key in timers.keys_of(task)])
