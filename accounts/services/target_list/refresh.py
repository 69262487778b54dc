"""The stamp of a read-through of the whole list, and the alarm when the next one is late [F]."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib import notices
from abmops.lib.choices import Role
from accounts.models import Account, ListRefresh, User
from accounts.selectors.list_refresh import refresh_state

LATE = "list_refresh_late"
URL = "/list/"


@transaction.atomic
def stamp(*, by: User, note: str, now: datetime) -> ListRefresh:
    """Somebody has read the whole list through, and says so. Ends an alarm."""
    notices.settle(kind=LATE, subject=refresh_state(now=now).subject, now=now)
    return ListRefresh.objects.create(
        at=now, by=by, note=note.strip(), size=Account.objects.on_list().count()
    )


@transaction.atomic
def alarm(*, now: datetime) -> bool:
    """Tell RevOps that the read-through is late, once a lateness and person; whether it is."""
    state = refresh_state(now=now)
    if not state.is_late or state.due_at is None:
        return False
    days = (now - state.due_at).days
    late = "since today" if days < 1 else "for 1 day" if days == 1 else f"for {days} days"
    whose = (
        f"It was last read through on {state.last.at:%d.%m.%Y}."
        if state.last
        else "Nobody has read it through yet."
    )
    notices.tell(
        User.objects.here().filter(role=Role.REVOPS),
        kind=LATE,
        subject=state.subject,
        text=f"The read-through of the target list is late {late}. {whose}",
        url=URL,
        now=now,
    )
    return True
