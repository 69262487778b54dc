"""The clocks beside a due time: the reminder before it, and the grace after it until somebody else gets the work."""

from datetime import datetime, timedelta
from typing import Final

from plays.domain.hours import Calendar, working_after, working_between

LEAST_LEFT: Final = timedelta(hours=1)
MOST_LEFT: Final = timedelta(hours=8)
"""A reminder comes at least one and at most eight working hours before the due time."""

LEAST_GRACE: Final = timedelta(hours=1)
MOST_GRACE: Final = timedelta(hours=40)
"""The grace is one more SLA, at least one working hour and at most forty."""


def remind_at(start: datetime, due: datetime, calendar: Calendar, *, share: float) -> datetime | None:
    """When to remind: once only `share` of the working time between start and due time is left.

    None where there is no working time between them, or where too little is given for a reminder to help.
    """
    given = working_between(start, due, calendar)
    left = min(max(given * share, LEAST_LEFT), MOST_LEFT)
    if share <= 0 or left >= given:
        return None
    return working_after(start, given - left, calendar)


def grace_ends(start: datetime, due: datetime, since: datetime, calendar: Calendar) -> datetime:
    """How long whoever owes it late keeps it: as much working time as they were given first, counted from `since`.

    `since` is when the breach was found, or when it came to them after that.
    """
    given = working_between(start, due, calendar)
    return working_after(since, min(max(given, LEAST_GRACE), MOST_GRACE), calendar)
