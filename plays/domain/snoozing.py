"""Until when a task sleeps: the ready-made choices, in the owner's own zone and hours."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from plays.domain.hours import Calendar, at_local, next_opening

AFTERNOON: Final = time(13)

CHOICES: Final[Mapping[str, str]] = {
    "morning": "Next working morning",
    "hour": "In an hour",
    "afternoon": "This afternoon",
    "days": "In three working days",
    "week": "Next week",
}
"""Key -> how it reads; the first is what a press of the key alone does."""


def until(choice: str, *, now: datetime, calendar: Calendar) -> datetime | None:
    """The moment that a choice means for somebody; None for a word that is no choice.

    This afternoon, once it has begun, is in an hour. Next week begins on its first working morning.
    """
    match choice:
        case "morning":
            return next_opening(now, calendar)
        case "hour":
            return now + timedelta(hours=1)
        case "afternoon":
            noon = at_local(calendar.local_day(now), AFTERNOON, calendar.zone)
            return noon if noon > now else now + timedelta(hours=1)
        case "days":
            moment = now
            for _ in range(3):
                moment = next_opening(moment, calendar)
            return moment
        case "week":
            today = calendar.local_day(now)
            sunday = today + timedelta(days=6 - today.weekday())
            return next_opening(at_local(sunday, time(12), calendar.zone), calendar)
    return None
