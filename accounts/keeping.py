"""What is done about the list by the clock: Monday's message, and the alarm of a read-through that is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import services as work
from accounts.services.target_list import refresh, weekly


def tell_week(now: datetime) -> None:
    """Monday, 06:00 UTC. A week missed while nothing ran is told as soon as something does."""
    weekly.tell_week(now=now)


def look_at_refresh(now: datetime) -> None:
    """Hourly."""
    refresh.alarm(now=now)


def register() -> None:
    """Called from the app's `ready()`."""
    work.periodic("accounts.list_week", every=timedelta(days=7), offset=timedelta(hours=6), handler=tell_week)
    work.periodic("accounts.list_refresh", every=timedelta(hours=1), handler=look_at_refresh)
