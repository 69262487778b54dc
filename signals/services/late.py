"""Which signals entered their account's state noticeably later than they came, kept as they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from signals.domain.catalogue import DAY
from signals.domain.state import Sighting
from signals.models import CountedLate

TICK = timedelta(microseconds=1)
NOTICEABLE = 600.0
"""Seconds from receipt to counting that are late in any case; less is late only past a midnight or a crossing."""


def last_crossed(armed: Mapping[str, Any]) -> float:
    """The epoch time of an account's latest crossing, from what its state remembers of each threshold."""
    return max((memory[1] for memory in armed.values() if memory and memory[1] is not None), default=0.0)


def after_what_was_said(now: float, said: Iterable[tuple[float, float | None]]) -> float:
    """The moment to judge accounts at: `now`, but not before any of them crossed or was judged last, as `said` tells.

    Two workers may take their moments in one order and the accounts' locks in the other: a crossing would be dated
    before signals that it had counted.
    """
    return max([now, *(max(crossed, judged_at or 0.0) for crossed, judged_at in said)])


def note_late(counted: Iterable[tuple[Sequence[Sighting], float]], *, now: datetime) -> int:
    """Keep those of `(sightings, when their account crossed last)` that are late; returns how many.

    Asked for before the sightings are judged. The id tells when a signal was received, to the millisecond.
    """
    at = now.timestamp()
    today = at // DAY
    late: list[CountedLate] = []
    for sightings, crossed in counted:
        if not sightings:
            continue
        bound = max(crossed, today * DAY, at - NOTICEABLE)
        # Ids are as text in the order of time: one comparison a signal.
        first = _first_id(bound)
        # What crossed at this very moment, in another batch, crossed without them.
        moment = now + TICK if crossed == at else now
        late += [
            CountedLate(signal_id=UUID(one.signal_id), counted_at=moment)
            for one in sightings
            if one.signal_id < first
        ]
    if late:
        CountedLate.objects.bulk_create(
            late,
            update_conflicts=True,
            unique_fields=["signal_id"],
            update_fields=["counted_at"],
        )
    return len(late)


@lru_cache(maxsize=16)  # nearly all accounts have the same
def _first_id(bound: float) -> str:
    """Ids before this text were received up to the millisecond of `bound`, or earlier."""
    packed = f"{int(bound * 1000) + 1:012x}"
    return f"{packed[:8]}-{packed[8:]}"
