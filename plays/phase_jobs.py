"""The background edge of phases: what no play and no service has moved yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import rounds
from abmops.work import services as work
from plays.services.guardrail import phases


def follow_lifecycles(now: datetime) -> None:
    """Out and back by lifecycles that were written past the services."""
    phases.follow_lifecycles(now=now)


def register() -> None:
    """Tell the work list."""
    work.periodic("plays.follow_lifecycles", every=timedelta(minutes=5), handler=follow_lifecycles)
    rounds.register("plays.move_phases", every=timedelta(minutes=5), step=phases.raise_heard_next)
    rounds.register("plays.move_all_phases", every=timedelta(days=1), step=phases.raise_next)
