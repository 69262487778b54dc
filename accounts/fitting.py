"""What the customer profile brings to the program: its work, its nightly count, its part of the account page."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.work import kinds
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.services.account.fit import KIND_OF_WORK, refit_by_the_day, refit_next


def register() -> None:
    """Called from the app's `ready()`."""
    kinds.register(kinds.Kind(KIND_OF_WORK, kinds.Lane.BULK.value, refit, batch=1, coalesce=True))
    work.periodic("accounts.refit", every=timedelta(days=1), handler=refit_daily)


def refit(items: Sequence[WorkItem], now: datetime) -> None:
    """Recompute the next fits."""
    for item in items:
        refit_next(after=item.payload["after"], version=item.payload["version"], now=now)


def refit_daily(now: datetime) -> None:
    """Fits by what changes by the day."""
    refit_by_the_day(now=now)
