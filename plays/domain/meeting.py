"""A booked meeting: until it is over, cold marketing rests on the account [F4]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LASTS: Final = timedelta(hours=1)
"""How long a meeting goes on, since nobody tells its end."""
BOOKED_AHEAD: Final = timedelta(days=366)
"""No meeting is booked further ahead; see `plays.services.task.outcomes`."""


UNDATED: Final = timedelta(days=14)
"""How long a meeting counts as ahead of which nobody told the day."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A meeting that is booked and not over, and when it is; `starts_at` is None where nobody told."""

    over_at: datetime
    starts_at: datetime | None = None

    def rest(self, zone: ZoneInfo) -> str:
        """Why an account rests in a burst, and until when, on the reader's wall."""
        if self.starts_at is None:
            until = f"{self.over_at.astimezone(zone):%A %-d %B}"
            return f"Rests until {until}: a meeting is booked, on a day that nobody told."
        return f"Rests until the meeting on {self.starts_at.astimezone(zone):%A %-d %B} is over."
