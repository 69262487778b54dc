"""Periodic work of the signals app: one service call each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from signals.services import anomalies, detect, partitions, tiering, volumes

COUNTED = "counted"


def sweep(now: datetime) -> None:
    """Place signals whose account has become known behind our back."""
    detect.sweep_unmatched(now)


def make_partitions(now: datetime) -> None:
    """Have a partition ready for every coming month."""
    partitions.ensure(now=now)


def forget_unnamed(now: datetime) -> None:
    """Stop waiting for the names of people behind old signals."""
    detect.forget_unnamed(now)


def propose_tiers(now: datetime) -> None:
    """Bring the re-tier proposals up to last night's figures."""
    tiering.propose_tiers(now=now)


def count_yesterday(now: datetime) -> None:
    """Count yesterday's signals once more, when all of them have been worked out."""
    volumes.refresh_yesterday(now=now)


def watch_next(now: datetime, mark: Any) -> Any:
    """Count the newest hours, a slice a step; then notice the sources that fall silent or flood."""
    if mark == COUNTED:
        anomalies.watch(now=now)
        return None
    return volumes.refresh_next(now, mark) or COUNTED
