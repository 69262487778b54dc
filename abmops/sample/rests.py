"""What rests in the sample: one account that asked for quiet, so that a stranger sees what a pause looks like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F

from abmops.lib.choices import Role
from accounts.models import User
from plays.models import Task
from plays.services.enrollment.pausing import pause

REASON = "They move the plant in these two weeks and asked for quiet until it runs again."
QUIET = timedelta(days=12)


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """A tier 2 account on which a rep owes a step, in time where there is one; paused by that rep."""
    owed = Task.objects.unfinished().filter(enrollment__isnull=False, account__tier=2, owner__role=Role.REP)
    in_time_first = F("breached_at").asc(nulls_first=True)
    task = owed.select_related("account", "owner").order_by(in_time_first, "account__name", "pk").first()
    if task is None:
        return
    until = (end + QUIET).replace(hour=7, minute=0, second=0, microsecond=0)
    pause(subject=task.account, by=staff[task.owner.email], reason=REASON, until=until, now=end)
