"""The scoreboard's background edge: at midnight UTC yesterday's numbers are kept."""

from datetime import datetime, timedelta

from abmops.work import services as work
from scoreboard.services.snapshots import write_missing_days


def keep_yesterday(now: datetime) -> None:
    """One slot: yesterday, and days that were missed."""
    write_missing_days(now=now)


def register() -> None:
    """Have it run daily. A slot missed by a whole day is made up for by the next."""
    work.periodic("scoreboard.snapshot", every=timedelta(days=1), handler=keep_yesterday, lane="bulk")
