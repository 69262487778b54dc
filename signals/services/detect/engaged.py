"""The first time in a quarter that a known contact answers us digitally is an event that plays may react to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import AccountEvent
from accounts.services import events
from signals.services.detect.store import Stored


def note_engaged(stored: Iterable[Stored], now: datetime) -> None:
    """Write `contact_engaged` for contacts behind digital responses, once per contact and calendar quarter."""
    wanted: dict[str, events.NewEvent] = {}
    for one in stored:
        arrival = one.arrival
        if (
            arrival.type is None
            or not arrival.type.digital_response
            or arrival.account_id is None
            or arrival.contact_id is None
        ):
            continue
        at = arrival.occurred_at
        key = f"contact_engaged:{arrival.contact_id}:{at.year}Q{(at.month + 2) // 3}"
        wanted.setdefault(
            key,
            events.NewEvent(
                account_id=arrival.account_id,
                kind=AccountEvent.Kind.CONTACT_ENGAGED,
                at=at,
                payload={"contact": arrival.contact_id, "signal": str(one.id)},
                dedup_key=key,
            ),
        )
    events.record(list(wanted.values()), now=now)
