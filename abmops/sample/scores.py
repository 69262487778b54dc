"""The sample's daily scores, replayed from its own year as the nights would have kept them, and who surges today."""

from __future__ import annotations

from datetime import UTC, datetime

from signals.services import score_backfill, surging


def write(*, live: datetime, end: datetime) -> None:
    """Every midnight since the program went live."""
    score_backfill.fill(since=live.astimezone(UTC).date(), now=end)
    surging.refresh(now=end)
