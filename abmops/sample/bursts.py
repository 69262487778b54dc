"""Marketing that runs and is about to run in the sample: what reps see beside their queue, and the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from accounts.models import User
from plays.services.calendar.bursts import begin_bursts, plan_burst

DAY = timedelta(days=1)
PLANNED: tuple[tuple[int, int, Mapping[str, Any]], ...] = (
    (
        -9,
        19,
        {
            "name": "Late freight: ads",
            "channel": "ad",
            "note": "Three ads on what a late truck costs; they lead to the calculator.",
            "audience": {"tiers": [1]},
        },
    ),
    (
        4,
        0,
        {
            "name": "Webinar: a control tower in ninety days",
            "channel": "event",
            "note": "A customer speaks for twenty minutes. Ask who will come.",
            "audience": {"tiers": [1, 2]},
        },
    ),
    (
        6,
        12,
        {
            "name": "Peak season: ads",
            "channel": "ad",
            "note": "The calculator again, with numbers of the last peak.",
            "audience": {"tiers": [1], "phases": ["awareness", "engagement"]},
        },
    ),
)
"""Days from the sample's end to the first day, and how many more it lasts; the last one clashes with the first."""


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """One burst that runs and two that are planned; none where the minute has left no account for it."""
    marketer = next(user for user in staff.values() if user.role == Role.MARKETER)
    for begins, lasts, fields in PLANNED:
        first = (end + begins * DAY).date()
        at = min(end, end + (begins - 7) * DAY)
        dates = {"starts_on": first, "ends_on": first + lasts * DAY, "owner": marketer}
        try:
            planned = plan_burst(fields=dict(fields) | dates, by=marketer, now=at)
        except FieldErrors:
            continue
        if begins < 0 and planned.burst is not None:
            begin_bursts(burst_ids=[planned.burst.pk], now=end + begins * DAY + DAY / 2)
