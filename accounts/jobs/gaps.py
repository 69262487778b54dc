"""The background edge of data gaps."""

from datetime import datetime, timedelta

from abmops.work import services as work
from accounts.services.gaps import close_filled


def close_gaps(now: datetime) -> None:
    """Close what has been filled."""
    close_filled(now=now)


def register() -> None:
    """Tell the work list."""
    work.periodic("accounts.close_filled_gaps", every=timedelta(minutes=5), handler=close_gaps)
