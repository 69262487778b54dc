"""When the list was last read through, and when it is due again [F]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from accounts.models import ListMembership, ListPolicy, ListRefresh


@dataclass(frozen=True, slots=True)
class Refresh:
    """The newest stamp, if any, and when the next is due; None while there is no list to read."""

    last: ListRefresh | None
    due_at: datetime | None
    days: int
    now: datetime

    @property
    def is_late(self) -> bool:
        """Whether it is past its day."""
        return self.due_at is not None and self.now >= self.due_at

    @property
    def subject(self) -> str:
        """One lateness: the stamp that is too old."""
        return f"list_refresh:{self.last.pk if self.last else 0}"


def refresh_state(*, now: datetime) -> Refresh:
    """Two queries, three for a list that was never stamped: it is due so long after its first account."""
    days = ListPolicy.objects.filter(pk=1).values_list("refresh_days", flat=True).first()
    days = days if days is not None else ListPolicy().refresh_days
    last = ListRefresh.objects.select_related("by").order_by("-at", "-pk").first()
    since = (
        last.at
        if last
        else ListMembership.objects.filter(tier__isnull=False).aggregate(first=Min("valid_from"))["first"]
    )
    return Refresh(last, since + timedelta(days=days) if since else None, days, now)
