"""Periodic work around the score: nights kept, and weeks laid beside an account's own."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import audits, kinds, rounds
from signals.services import replay_check, score_days, surging


def keep_scores(now: datetime, under_way: int) -> int | None:
    """One chunk of last midnight's scores, and of nights that were missed."""
    if not under_way and not score_days.open_nights(now=now):
        return None
    return None if score_days.keep_next(now=now) is None else 1


def register() -> None:
    """Called from the app's `ready()`. Nights a few minutes after midnight, when what came before it is counted."""
    # The name that a night's work had until November 2026: what waits under it at an upgrade ends in peace.
    kinds.register(kinds.Kind("score_days", "bulk", lambda items, now: None, batch=1, coalesce=True))
    rounds.register(
        "signals.score_days", every=timedelta(days=1), offset=timedelta(minutes=5), step=keep_scores
    )
    rounds.register(
        "signals.surges", every=timedelta(hours=1), offset=timedelta(minutes=20), step=surging.refresh_next
    )
    audits.register("signals.scores_replay", replay_check.audit)
