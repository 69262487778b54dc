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


@dataclass(frozen=True, slots=True)
class Ahead:
    """A meeting that is booked and not over."""

    starts_at: datetime

    @property
    def over_at(self) -> datetime:
        """From when on marketing goes on."""
        return self.starts_at + LASTS

    def day(self, zone: ZoneInfo) -> str:
        """`Thursday 3 December`, on the reader's wall."""
        return f"{self.starts_at.astimezone(zone):%A %-d %B}"

    def rest(self, zone: ZoneInfo) -> str:
        """Why an account rests in a burst, and until when."""
        return f"Rests until the meeting on {self.day(zone)} is over."
