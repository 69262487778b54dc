"""Communication pressure: one ledger of touches over every side and channel, capped by account and by contact.

A touch that was made counts for seven days from its moment; a task that somebody owes counts as made at its due time,
from a week before it is due until a week after. So what has been promised cannot be promised twice, a touch that is
done in time moves nothing, and a task that lies about for longer blocks nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from plays.domain.people import Someone

WEEK: Final = timedelta(days=7)


def counting(moments: Iterable[datetime], *, now: datetime) -> tuple[datetime, ...]:
    """Those that count now, oldest first: from the last seven days (half-open), or promised for the next seven."""
    return tuple(sorted(moment for moment in moments if now - WEEK < moment <= now + WEEK))


def room_at(moments: Sequence[datetime], limit: int) -> datetime | None:
    """When fewer than `limit` of them count, if nothing is added; None where that is so already."""
    if len(moments) < limit:
        return None
    return sorted(moments)[len(moments) - limit] + WEEK


def rested(people: Iterable[Someone], limit: int, *, now: datetime) -> tuple[Someone, ...]:
    """Those who may get another touch this week."""
    return tuple(one for one in people if room_at(counting(one.touched, now=now), limit) is None)
