"""An account's score day by day, as it was kept, and the crossings that fell between: two queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from signals.models import Crossing, ScoreDay

DAYS = 90


@dataclass(frozen=True, slots=True)
class History:
    """Kept days, oldest first, and the crossings of the same time, oldest first."""

    days: tuple[ScoreDay, ...]
    crossings: tuple[Crossing, ...]


def history(account_id: int, *, since: date, until: date) -> History:
    """Days in `[since, until]`: each is its beginning, at midnight UTC."""
    days = ScoreDay.objects.filter(account=account_id, day__gte=since, day__lte=until).order_by("day")
    start = datetime(since.year, since.month, since.day, tzinfo=UTC)
    end = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
    crossings = Crossing.objects.filter(account=account_id, crossed_at__gte=start, crossed_at__lt=end)
    return History(tuple(days), tuple(crossings.select_related("threshold").order_by("crossed_at", "pk")))
