"""What is done by itself of what people decided: removals slice by slice, and closing the way back after a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import kinds
from abmops.work import services as work
from signals.services import removing, unmatched

# A slice of a large account replays what is left of it.
LEASE = timedelta(minutes=2)


def register() -> None:
    """Tell the work list of removals, and forget old waiting rows daily; called from `ready()`."""
    kinds.register(kinds.Kind(removing.KIND, "bulk", removing.carry_on, batch=1, lease=LEASE))
    work.periodic("signals.forget_waiting", every=timedelta(days=1), handler=forget_waiting)


def forget_waiting(now: datetime) -> None:
    """Drop what decisions on unmatched signals keep for their way back, a week on."""
    unmatched.forget_waiting(now=now)
