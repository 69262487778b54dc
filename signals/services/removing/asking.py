"""A removal decided: at once where it is small, else as work until all are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from abmops.lib.ids import uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from signals.models import RemovalKind, RemovalRun
from signals.services.removing.act import Removed, remove
from signals.services.removing.selection import Selection
from signals.services.removing.slices import step

KIND = "remove"
# So many are removed while the person waits, about a second; more by a worker.
AT_ONCE = 1_000
# So many ids may be named one by one.
MOST_IDS = 10_000


@transaction.atomic
def remove_signals(*, ids: Sequence[UUID], kind: str, reason: str, by: User | None, now: datetime) -> Removed:
    """Take these signals out at once, for good; ids that are gone already count for nothing.

    `by` None is the program itself. For RevOps; up to 10,000 ids a call.
    """
    if len(ids) > MOST_IDS:
        raise Refused(
            f"At most {MOST_IDS:,} signals are named one by one; choose by account, source or time."
        )
    selection = Selection(ids=tuple(sorted(set(ids))))
    run = _decided(selection, kind, reason, by, now, expected=len(selection.ids))
    done = remove(run=run, ids=selection.ids, now=now)
    _finish(run, now)
    return done


@transaction.atomic
def start_removal(*, selection: Selection, kind: str, reason: str, by: User, now: datetime) -> RemovalRun:
    """Take out all signals that fit: at once where they are few, else by a worker, some accounts at a time.

    Signals that come in after `now` are not meant. A worker that is killed loses nothing: the next one goes on.
    """
    selection.check()
    found = list(selection.signals(asked_at=now).values_list("id", flat=True)[: AT_ONCE + 1])
    if not found:
        raise Refused("No signal is like that any more.")
    if len(found) > AT_ONCE:
        run = begin_removal(selection=selection, kind=kind, reason=reason, by=by, now=now)
        _go_on(run, [str(pk) for pk in selection.ids], 1)
        return run
    run = _decided(selection, kind, reason, by, now, expected=len(found))
    remove(run=run, ids=found, now=now)
    _finish(run, now)
    return run


@transaction.atomic
def begin_removal(*, selection: Selection, kind: str, reason: str, by: User, now: datetime) -> RemovalRun:
    """The decision alone, for whoever carries it on himself by `slices.step`, however many they are."""
    selection.check()
    return _decided(selection, kind, reason, by, now, expected=0)


def carry_on(items: Sequence[WorkItem], now: datetime) -> None:
    """Work off the next piece of each run, and put the one behind it in the same transaction."""
    for item in items:
        run = RemovalRun.objects.select_for_update().filter(pk=item.payload["run"], finished_at=None).first()
        if run is None:
            continue
        ids = tuple(UUID(pk) for pk in item.payload.get("ids", ()))
        selection = Selection(ids=ids) if ids else Selection.of_json(run.selection)
        if step(run=run, selection=selection, now=now):
            _go_on(run, item.payload.get("ids", []), item.payload.get("step", 0) + 1)


def _go_on(run: RemovalRun, ids: Sequence[str], number: int) -> None:
    payload = {"run": str(run.pk), "ids": list(ids), "step": number}
    work.put(kind=KIND, dedup_key=f"{KIND}:{run.pk}:{number}", payload=payload)


def _decided(
    selection: Selection, kind: str, reason: str, by: User | None, now: datetime, *, expected: int
) -> RemovalRun:
    """The decision to remove, checked and kept as a row; nothing is removed yet."""
    if by is not None and not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps takes signals out again.")
    if kind not in RemovalKind.values:
        raise FieldErrors.one("/kind", "Must be bot or mistake.")
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why, for whoever wonders where the signals went.")
    return RemovalRun.objects.create(
        id=uuid7(now),
        kind=kind,
        reason=reason.strip(),
        selection=selection.to_json(),
        expected=expected,
        asked_by=by,
        asked_at=now,
    )


def _finish(run: RemovalRun, now: datetime) -> None:
    run.finished_at = now
    run.save(update_fields=["finished_at"])
