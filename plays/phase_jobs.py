"""The background edge of phases: what no play and no service has moved yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import services as work
from plays.services.guardrail import phases


def move_phases(now: datetime) -> None:
    """Up by new signals; out and back by lifecycles that were written past the services."""
    phases.raise_engaged(now=now)
    phases.follow_lifecycles(now=now)


def look_further_back(now: datetime) -> None:
    """Up by every signal that still counts: what came while nothing ran, or with an import."""
    phases.raise_engaged(now=now, since=now - phases.FARTHEST)


def register() -> None:
    """Tell the work list."""
    work.periodic("plays.move_phases", every=timedelta(minutes=5), handler=move_phases)
    work.periodic("plays.move_all_phases", every=timedelta(days=1), handler=look_further_back)
