"""Moving running enrollments to the active version of their play: a person's choice, done a batch at a time.

Each batch locks its accounts, so a task that is done at the same instant is done before, and the enrollment moves from
where it then stands, or after, in the new version. Nothing is done twice, and no step is gone back to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import User
from plays.domain.placing import Placement, place
from plays.models import Enrollment, Play, PlayVersion, StepRun, Task
from plays.models.task import OPEN_STATES
from plays.selectors import facts as facts_of
from plays.selectors.library import definition_of
from plays.selectors.staff import staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.play.going_on import Standing, go_later, reword

KIND = "migrate_play"
BATCH = 100


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
) -> int | None:
    """Move the next batch of enrollments to the version, and put the rest on the work list.

    A version that is no longer the active one gets nobody. Running it twice moves nobody twice. Returns the enrollment
    to go on after; None when there is none left.
    """
    version = PlayVersion.objects.select_related("play").get(pk=version_id)
    if version.stage != PlayVersion.Stage.ACTIVE:
        return None
    wanted = (
        Enrollment.objects.live()
        .filter(play=version.play_id, pk__gt=after)
        .exclude(version=version)
        .order_by("pk")
        .values_list("pk", "account")[:batch]
    )
    found = list(wanted)
    if not found:
        return None
    by = User.objects.filter(pk=by_id).first() if by_id is not None else None
    accounts = facts_of.lock_accounts({account for _, account in found})
    standing = _standing([pk for pk, _ in found], version, now=now)
    goes = [one for one in standing if one.placement.where != "stays"]
    _take(goes, version)
    _write_down(standing, version, by=by, now=now)
    definition = definition_of(version)
    if goes:
        dossiers = facts_of.dossiers([accounts[one.enrollment.account_id] for one in goes], now=now)
        people = staff(now=now)
        people.learn(accounts)
        reword(goes, definition, accounts, dossiers, by=by, now=now)
        go_later(goes, definition, accounts, dossiers, people, by=by, now=now)
    last = found[-1][0] if len(found) == batch else None
    if last is not None:
        _put(version, by_id=by_id, after=last, now=now)
    crash.point("migrate.before_commit")
    return last


def _standing(ids: list[int], version: PlayVersion, *, now: datetime) -> list[Standing]:
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
        found.append(Standing(enrollment, current, task, placement))
    return found


def _is_held(task: Task, now: datetime) -> bool:
    return task.claimed_by_id is not None and task.claimed_until is not None and task.claimed_until > now


def _take(goes: Iterable[Standing], version: PlayVersion) -> None:
    """The enrollments are on the version from now on."""
    Enrollment.objects.filter(pk__in=[one.enrollment.pk for one in goes]).update(version=version)
    for one in goes:
        one.enrollment.version = version


def _write_down(
    standing: Iterable[Standing], version: PlayVersion, *, by: User | None, now: datetime
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
