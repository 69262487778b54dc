"""What the clock does about people: absences that begin, the first who comes, work whose owner is here no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.lib import owning
from abmops.work import kinds
from abmops.work import services as work
from abmops.work.kinds import Kind, Lane
from abmops.work.models import WorkItem
from plays.selectors.leaving import owned_by
from plays.services.guardrail import recounting
from plays.services.staff import belongings
from plays.services.staff.away import hand_over_absences, rehome


def absences(now: datetime) -> None:
    """Each minute: somebody's midnight is always near."""
    hand_over_absences(now=now)


def somebody_came(now: datetime) -> None:
    """Each minute: whoever comes first finds what was held for want of people, without a word to anybody."""
    recounting.somebody_came(now=now)


def task_rehome(items: Sequence[WorkItem], now: datetime) -> None:
    """Tasks that the audit found with somebody who has left."""
    rehome(task_ids=[item.subject_id for item in items if item.subject_id is not None], now=now)


def register() -> None:
    """Look for absences each minute, and say what people own in this app; called from `ready()`."""
    work.periodic("plays.absences", every=timedelta(minutes=1), handler=absences)
    work.periodic("plays.somebody_came", every=timedelta(minutes=1), handler=somebody_came)
    kinds.register(
        Kind(name="task_rehome", lane=Lane.REACT, handler=task_rehome, batch=100, lease=timedelta(seconds=30))
    )
    owning.register("plays", owned_by)
    belongings.register()
