"""A file of signals taken back: what it brought is removed like any other mistake; the message keys stay.

A file is taken in piece by piece, and all signals of a piece carry its moment of receipt, to the microsecond: the
moments are kept with the import and tell its signals from all others of the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from abmops.work.models import State, WorkItem
from accounts.models import Import, User
from signals.models import RemovalKind, RemovalRun
from signals.services import holding, ingest, removing

_MOMENTS, _RUN = "moments", "removal"


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a file back would do; `held` are its rows that wait for their moment and would not come."""

    preview: removing.Preview
    held: int


def remember(import_: Import, now: datetime) -> None:
    """Note that a piece of the file is being taken in now; a dry run leaves no signals behind."""
    if import_.state == Import.State.RUNNING:
        import_.found.setdefault(_MOMENTS, []).append(now.isoformat())


def plan(import_: Import, now: datetime) -> Plan:
    """Its signals, their accounts, and what crossings would lose. Refused where they can't be told, or not yet."""
    return Plan(removing.preview(_meant(import_), now=now), _held(import_).count())


def begin(import_: Import, by: User, now: datetime) -> None:
    """Note the decision of RevOps; `step` carries it out. One that was stopped before goes on."""
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps takes signals out again.")
    meant = _meant(import_)
    if _unfinished(import_) is None:
        reason = f"The file {import_.file_name} was taken back."
        run = removing.begin_removal(selection=meant, kind=RemovalKind.MISTAKE, reason=reason, by=by, now=now)
        import_.found[_RUN] = str(run.pk)


def step(import_: Import, now: datetime) -> bool:
    """The next accounts; True while some are left."""
    _held(import_).delete()
    run = _unfinished(import_)
    return run is not None and removing.step(run=run, selection=_meant(import_), now=now)


def stage(import_: Import) -> str:
    """How far the removal has come, in words."""
    run = RemovalRun.objects.filter(pk=import_.found.get(_RUN)).first()
    if run is None or not run.expected:
        return "The signals of the file are being counted"
    return f"{run.removed:,} of {run.expected:,} signals taken out"


def url(import_: Import) -> str:
    """The address of the removal that takes the file back; empty before it has begun."""
    run = import_.found.get(_RUN)
    return reverse("signals:removal", args=[UUID(run)]) if run else ""


def _unfinished(import_: Import) -> RemovalRun | None:
    return RemovalRun.objects.select_for_update().filter(pk=import_.found.get(_RUN), finished_at=None).first()


def _meant(import_: Import) -> removing.Selection:
    moments: list[str] = import_.found.get(_MOMENTS, [])
    if not moments:
        raise Refused(
            "This file was written by an earlier release, which kept no trace of its signals. "
            "Take them out under Signals, Removals, by their source, type and time."
        )
    waiting = WorkItem.objects.filter(
        kind=ingest.KIND, state__in=[State.READY, State.LEASED], payload__received_at__in=moments
    )
    if waiting.exists():
        raise Refused("Some signals of this file are still being worked out. Try again in a minute.")
    return removing.Selection(
        moments=tuple(datetime.fromisoformat(moment) for moment in moments), file=import_.pk
    )


def _held(import_: Import) -> QuerySet[WorkItem]:
    """Rows of the file that are dated ahead and have not come due."""
    moments = import_.found.get(_MOMENTS, [])
    return WorkItem.objects.filter(kind=holding.KIND, payload__received_at__in=moments)
