"""What the customer profile brings to the program: its work, its nightly count, its part of the account page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from abmops.lib import panels
from abmops.work import kinds
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.services.account import fit
from accounts.services.icp import proposing


def register() -> None:
    """Called from the app's `ready()`."""
    kinds.register(kinds.Kind(fit.KIND_OF_WORK, kinds.Lane.BULK.value, refit, batch=1, coalesce=True))
    kinds.register(
        kinds.Kind(proposing.KIND_OF_WORK, kinds.Lane.BULK.value, propose, outside=True, max_attempts=3)
    )
    panels.register(slot="account.aside", name="fit", title="Fit", url_name="icp:account", order=30)
    work.periodic("accounts.refit", every=timedelta(days=1), handler=refit_daily)


def refit(items: Sequence[WorkItem], now: datetime) -> None:
    """Recompute the next fits."""
    for item in items:
        fit.refit_next(after=item.payload["after"], version=item.payload["version"], now=now)


def refit_daily(now: datetime) -> None:
    """Fits by what changes by the day."""
    fit.refit_by_the_day(now=now)


def propose(items: Sequence[WorkItem], now: datetime) -> None:
    """Learn a profile from the closed deals."""
    for item in items:
        if item.subject_id is not None:
            proposing.work_out(proposal_id=item.subject_id, now=now, hold=partial(work.hold_one, item))
