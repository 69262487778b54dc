"""Sending a delivery: taken under lock, sent outside of any transaction, its end written under lock.

    take (lock endpoint, delivery; may it go?) ─commit─▶ surface.send ─▶ settle (fenced) ─commit─▶ sent | waiting | dead

A worker killed between the two leaves an attempt without an end; the item comes back and the message goes again, under
the same id. So it is sent at least once, and at most once more per kill.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from abmops.work import crash
from abmops.work.models import WorkItem
from plays import surfaces
from plays.services.outbox.settling import Outcome, settle
from plays.services.outbox.taking import Taken, take
from plays.surfaces import Answer, SurfaceError

log = logging.getLogger(__name__)


def send_due(*, item: WorkItem, now: datetime) -> None:
    """Take up one delivery at its turn. An item of an earlier turn, or of a delivery that has ended, does nothing."""
    taken = take(item, now=now)
    if taken is None:
        return
    crash.point("deliver.before_send")
    outcome = _send(taken, now=now)
    crash.point("deliver.after_send")
    settle(item, taken, outcome, now=now + outcome.took)


def _send(taken: Taken, *, now: datetime) -> Outcome:
    started = time.monotonic()
    answer: Answer | None = None
    error: SurfaceError | None = None
    try:
        answer = surfaces.named(taken.surface).send(taken.message, taken.address, now=now)
    except SurfaceError as failure:
        error = failure
    except Exception as failure:  # noqa: BLE001  (whatever a surface raises, the delivery has an outcome)
        # Its words may hold a secret; the kind of it is enough for the record.
        log.warning("The surface %s failed by %s.", taken.surface, type(failure).__name__)
        error = SurfaceError(f"An unexpected fault ({type(failure).__name__}).")
    return Outcome(answer, error, timedelta(seconds=time.monotonic() - started))
