"""Whether a crossing was answered in time, by the wall clock [F]."""

from datetime import datetime, timedelta

LIMITS = {"urgent": timedelta(hours=4), "hot": timedelta(hours=24), "normal": timedelta(hours=72)}


def in_time(urgency: str, crossed_at: datetime, answered_at: datetime | None) -> bool:
    """Answered within the urgency's limit, the limit itself included."""
    return answered_at is not None and answered_at - crossed_at <= LIMITS[urgency]


def still_in_time(urgency: str, crossed_at: datetime, answered_at: datetime | None, now: datetime) -> bool:
    """Not answered, and the limit has not passed at `now`."""
    return answered_at is None and now - crossed_at <= LIMITS[urgency]
