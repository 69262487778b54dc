"""The background edge of phases: what no play and no service has moved yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import rounds
from abmops.work import services as work
from plays.services.guardrail import phases


def move_phases(now: datetime) -> None:
    """Up by new signals; out and back by lifecycles that were written past the services."""
    phases.raise_engaged(now=now)
    phases.follow_lifecycles(now=now)


def register() -> None:
    """Tell the work list."""
    work.periodic("plays.move_phases", every=timedelta(minutes=5), handler=move_phases)
    rounds.register("plays.move_all_phases", every=timedelta(days=1), step=phases.raise_next)
