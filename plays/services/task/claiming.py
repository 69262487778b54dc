"""Claims: whoever works on a task holds it for some minutes, so that nobody else works it at the same time.

A claim is a lease and no lock: a browser that has gone away holds nothing for longer than `LEASE`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import User
from plays.models import Task, TaskEvent

LEASE = timedelta(minutes=5)
"""How long a claim holds unless it is renewed; an open page renews it each minute."""


@transaction.atomic
def claim_task(*, task: Task, by: User, now: datetime) -> Task:
    """Hold the task, or hold it longer: one statement, so that of two at once exactly one wins.

    Conflict names who was first. A claim that its lease has outlived is free.
    """
    free = Q(claimed_by__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_by=by)
    renewed = Task.objects.unfinished().filter(pk=task.pk, claimed_by=by, claimed_until__gt=now)
    if renewed.update(claimed_until=now + LEASE):
        return _fresh(task)
    won = Task.objects.unfinished().filter(free, pk=task.pk)
    if not won.update(claimed_by=by, claimed_until=now + LEASE, updated_at=now):
        fresh = _fresh(task)
        must_be_free(fresh, by=by, now=now)
        raise Conflict(f"This task is already {fresh.get_state_display().lower()}.")
    return _fresh(task)


@transaction.atomic
def take_over(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Hold a task that somebody else holds. RevOps only, with a reason that stays on the record."""
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps takes over what somebody is working on. Ask them to release it.")
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why you take this over.")
    fresh = Task.objects.select_for_update(of=("self",), no_key=True).get(pk=task.pk)
    holder = fresh.holder(now)
    if fresh.state not in (Task.State.OPEN, Task.State.SNOOZED):
        raise Conflict(f"This task is already {fresh.get_state_display().lower()}.")
    fresh.claimed_by, fresh.claimed_until, fresh.updated_at = by, now + LEASE, now
    fresh.save(update_fields=["claimed_by", "claimed_until", "updated_at"])
    if holder is not None and holder.pk != by.pk:
        text = f"From {holder}. {reason.strip()}"[:300]
        TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.TAKEN_OVER, text=text, by=by, at=now)
    return fresh


@transaction.atomic
def release_task(*, task: Task, by: User, now: datetime) -> None:
    """Let go of one's own claim; somebody else's stays."""
    Task.objects.filter(pk=task.pk, claimed_by=by).update(claimed_by=None, claimed_until=None, updated_at=now)


@transaction.atomic
def claim_first(*, task_ids: Iterable[int], by: User, now: datetime) -> Task | None:
    """Hold the first of these that nobody else holds and that is still open, and let go of the reader's others among
    them; None where all are taken.
    """
    ids = list(task_ids)
    open_ = set(Task.objects.unfinished().filter(pk__in=ids).values_list("pk", flat=True))
    for pk in ids:
        if pk not in open_:
            continue
        try:
            won = claim_task(task=Task(pk=pk), by=by, now=now)
        except Conflict:
            continue
        Task.objects.filter(pk__in=ids, claimed_by=by).exclude(pk=pk).update(
            claimed_by=None, claimed_until=None, updated_at=F("updated_at")
        )
        return won
    return None


def must_be_free(task: Task, *, by: User | None, now: datetime) -> None:
    """Conflict, with the name, while somebody else holds the task."""
    holder = task.holder(now)
    if holder is None or (by is not None and holder.pk == by.pk):
        return
    assert task.claimed_until is not None
    minutes = max(1, -(-int((task.claimed_until - now).total_seconds()) // 60))
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    raise Conflict(f"{holder} is working on this now. It is free again in {wait} unless they go on.")


def _fresh(task: Task) -> Task:
    return Task.objects.select_related("claimed_by", "owner", "contact", "account").get(pk=task.pk)
