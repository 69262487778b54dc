"""Monday's message: what the list's week brought, told to marketing, sales and RevOps."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib import notices
from abmops.lib.choices import Role
from accounts.domain.list_week import Week
from accounts.models import ListMembership, User
from accounts.selectors.list_week import read_week

KIND = "list_week"
READERS = (Role.MARKETER, Role.REP, Role.REVOPS)


@transaction.atomic
def tell_week(*, now: datetime) -> bool:
    """Tell everybody of the last whole week, once a week and person; nothing while there has never been a list."""
    if not ListMembership.objects.exists():
        return False
    week = Week.of(now).before()
    read = read_week(week, now=now)
    notices.tell(
        User.objects.here().filter(role__in=READERS),
        kind=KIND,
        subject=f"week:{week.monday}",
        text=f"The target list in week {week.number}: {read.sentence}",
        url=f"/list/weekly/?week={week.monday}",
        now=now,
    )
    return True
