"""Periodic work around the score: nights kept, and weeks laid beside an account's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.work import audits, kinds
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.services import replay_check, score_days, surging

SCORE_DAYS = "score_days"


def open_nights(now: datetime) -> None:
    """Have last midnight's scores kept, and those of nights that were missed."""
    if score_days.open_nights(now=now):
        work.put(kind=SCORE_DAYS, subject_id=0)


def keep_scores(items: Sequence[WorkItem], now: datetime) -> None:
    """One chunk of accounts, and the next one as work of its own."""
    del items
    if score_days.keep_next(now=now) is not None:
        work.put(kind=SCORE_DAYS, subject_id=0)


def find_surges(now: datetime) -> None:
    """Lay this week beside each account's own eight weeks before."""
    surging.refresh(now=now)


def register() -> None:
    """Called from the app's `ready()`. Nights a few minutes after midnight, when what came before it is counted."""
    kinds.register(kinds.Kind(SCORE_DAYS, "bulk", keep_scores, batch=1, coalesce=True))
    work.periodic(
        "signals.score_days", every=timedelta(days=1), offset=timedelta(minutes=5), handler=open_nights
    )
    work.periodic(
        "signals.surges", every=timedelta(hours=1), offset=timedelta(minutes=20), handler=find_surges
    )
    audits.register("signals.scores_replay", replay_check.audit)
