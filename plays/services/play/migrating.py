"""Moving running enrollments to the active version of their play: a person's choice, done a batch at a time.

Each batch locks its accounts, so a task that is done at the same instant is done before, and the enrollment moves from
where it then stands, or after, in the new version. Nothing is done twice, and no step is gone back to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, User
from plays.domain import enrollment as life
from plays.domain import hours
from plays.domain.definition import PlayDefinition
from plays.domain.people import choose_contact, word_task
from plays.domain.placing import Placement, place
from plays.models import Enrollment, Play, PlayVersion, StepRun, Task, TaskEvent
from plays.models.task import OPEN_STATES
from plays.selectors import facts as facts_of
from plays.selectors.facts import Dossier
from plays.selectors.library import definition_of
from plays.selectors.pauses import resting
from plays.selectors.staff import Staff, staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.enrollment.stepping import Opening, open_all
from plays.services.outbox.delivering import cancel_steps
from plays.services.sla import timers
from plays.services.sla.clock import settle_notices

KIND = "migrate_play"
BATCH = 100


@dataclass(frozen=True, slots=True)
class Moved:
    """What one batch did. `last`: the enrollment to go on after; None when there is none left."""

    moved: int
    stayed: int
    last: int | None


@dataclass(slots=True)
class _Standing:
    """An enrollment with the step it stands at, and where it goes."""

    enrollment: Enrollment
    run: StepRun | None
    task: Task | None
    placement: Placement


@transaction.atomic
def ask_to_migrate(*, play: Play, by: User, now: datetime) -> int:
    """Put the moving of a play's running enrollments on the work list; how many are on another version now."""
    fresh = Play.objects.select_for_update(of=("self",)).select_related("current").get(pk=play.pk)
    if fresh.current is None or fresh.current.activated_at is None:
        raise Refused("This play has no active version to move to.")
    waiting = Enrollment.objects.live().filter(play=play).exclude(version=fresh.current).count()
    if waiting:
        _put(fresh.current, by_id=by.pk, after=0, now=now)
    return waiting


def _put(version: PlayVersion, *, by_id: int | None, after: int, now: datetime) -> None:
    work.put(
        kind=KIND,
        dedup_key=f"{KIND}:{version.pk}:{after}:{now.isoformat()}",
        subject_id=version.pk,
        payload={"after": after, "by": by_id},
        run_at=now,
    )


@transaction.atomic
def migrate_next(
    *, version_id: int, by_id: int | None, after: int, now: datetime, batch: int = BATCH
) -> Moved:
    """Move the next batch of enrollments to the version, and put the rest on the work list.

    A version that is no longer the active one gets nobody. Running it twice moves nobody twice.
    """
    version = PlayVersion.objects.select_related("play").get(pk=version_id)
    if version.stage != PlayVersion.Stage.ACTIVE:
        return Moved(0, 0, None)
    wanted = (
        Enrollment.objects.live()
        .filter(play=version.play_id, pk__gt=after)
        .exclude(version=version)
        .order_by("pk")
        .values_list("pk", "account")[:batch]
    )
    found = list(wanted)
    if not found:
        return Moved(0, 0, None)
    by = User.objects.filter(pk=by_id).first() if by_id is not None else None
    accounts = facts_of.lock_accounts({account for _, account in found})
    standing = _standing([pk for pk, _ in found], version, now=now)
    stays = [one for one in standing if one.placement.where == "stays"]
    goes = [one for one in standing if one.placement.where != "stays"]
    _take(goes, version)
    _write_down(standing, version, by=by, now=now)
    definition = definition_of(version)
    if goes:
        dossiers = facts_of.dossiers([accounts[one.enrollment.account_id] for one in goes], now=now)
        people = staff(now=now)
        people.learn(accounts)
        _reword(goes, definition, accounts, dossiers, by=by, now=now)
        _go_later(goes, definition, accounts, dossiers, people, by=by, now=now)
    last = found[-1][0] if len(found) == batch else None
    if last is not None:
        _put(version, by_id=by_id, after=last, now=now)
    crash.point("migrate.before_commit")
    return Moved(len(goes), len(stays), last)


def _standing(ids: list[int], version: PlayVersion, *, now: datetime) -> list[_Standing]:
    """The enrollments as they are under the lock, and where each goes."""
    rows = (
        Enrollment.objects.live()
        .filter(pk__in=ids)
        .exclude(version=version)
        .select_related("version", "play")
        .order_by("pk")
    )
    runs: dict[int, list[StepRun]] = defaultdict(list)
    for run in StepRun.objects.filter(enrollment__in=ids).order_by("pk"):
        runs[run.enrollment_id].append(run)
    tasks = {
        task.step_run_id: task
        for task in Task.objects.filter(enrollment__in=ids, state__in=OPEN_STATES).select_related(
            "owner", "claimed_by"
        )
    }
    new = definition_of(version)
    found = []
    for enrollment in rows:
        theirs = runs[enrollment.pk]
        current = next(
            (run for run in theirs if run.state in (StepRun.State.PENDING, StepRun.State.OPEN)), None
        )
        behind = {run.key for run in theirs if run.state in (StepRun.State.DONE, StepRun.State.SKIPPED)}
        placement = place(current.key if current else None, behind, definition_of(enrollment.version), new)
        task = tasks.get(current.pk) if current else None
        if placement.where == "later" and task is not None and _is_held(task, now):
            placement = Placement(
                "stays", f"It stays: {task.claimed_by} works on its step just now. Move it again afterwards."
            )
        found.append(_Standing(enrollment, current, task, placement))
    return found


def _is_held(task: Task, now: datetime) -> bool:
    return task.claimed_by_id is not None and task.claimed_until is not None and task.claimed_until > now


def _take(goes: Iterable[_Standing], version: PlayVersion) -> None:
    """The enrollments are on the version from now on."""
    Enrollment.objects.filter(pk__in=[one.enrollment.pk for one in goes]).update(version=version)
    for one in goes:
        one.enrollment.version = version


def _write_down(
    standing: Iterable[_Standing], version: PlayVersion, *, by: User | None, now: datetime
) -> None:
    """Each enrollment's log tells where it went, or why it stayed."""
    move_all(
        [
            Move(
                one.enrollment,
                "keep" if one.placement.where == "stays" else "migrate",
                f"Version {version.number}. {one.placement.sentence}",
                by,
            )
            for one in standing
        ],
        now=now,
    )


def _reword(
    goes: Iterable[_Standing],
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


def _go_later(
    goes: Iterable[_Standing],
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
