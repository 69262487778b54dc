"""What feedback has done by itself: the quarterly proposal, the weekly look at drift, and scores under new weights."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import kinds
from abmops.work import services as work
from signals.services import drift, retune

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = 4 * DAY
"""Slots count from 1 January 1970, a Thursday."""


def register() -> None:
    """Tell the work list of retunes, and propose one daily and look for drift each Monday; called from `ready()`."""
    kinds.register(kinds.Kind(retune.KIND, "bulk", retune.work_out, batch=1, coalesce=True))
    kinds.register(kinds.Kind(retune.RESCORE, "bulk", retune.rescore, coalesce=True))
    work.periodic("signals.propose_retune", every=DAY, offset=5 * HOUR, handler=propose_retune)
    work.periodic("signals.threshold_drift", every=7 * DAY, offset=MONDAY + 5 * HOUR, handler=notice_drifts)


def propose_retune(now: datetime) -> None:
    """Propose what last quarter's feedback says, unless that was done: looked at daily, so that no outage skips one."""
    retune.propose_quarterly(now=now)


def notice_drifts(now: datetime) -> None:
    """Look at every threshold's rate, Mondays."""
    drift.notice_drifts(now=now)
