"""The first time in a quarter that a known contact answers us digitally is an event that plays may react to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from accounts.models import AccountEvent
from accounts.services import events
from signals.services.detect.store import Stored


def note_engaged(stored: Iterable[Stored], now: datetime) -> None:
    """Write `contact_engaged` for contacts behind digital responses, once per contact and calendar quarter.

    Most are known already: only those that are not are written.
    """
    keyed: dict[str, Stored] = {}
    for one in stored:
        arrival = one.arrival
        if (
            arrival.type is None
            or not arrival.type.digital_response
            or arrival.account_id is None
            or arrival.contact_id is None
        ):
            continue
        keyed.setdefault(engaged_key(arrival.contact_id, arrival.occurred_at), one)
    if not keyed:
        return
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(keyed)])
        known = {key for (key,) in cursor.fetchall()}
    events.record([_engaged(key, one) for key, one in keyed.items() if key not in known], now=now)


def engaged_key(contact_id: int, at: datetime) -> str:
    """What the event of this contact and quarter is known by."""
    return f"contact_engaged:{contact_id}:{at.year}Q{(at.month + 2) // 3}"


_KNOWN = "SELECT dedup_key FROM accounts_accountevent WHERE dedup_key = ANY(%s)"


def _engaged(key: str, one: Stored) -> events.NewEvent:
    arrival = one.arrival
    assert arrival.account_id is not None
    return events.NewEvent(
        account_id=arrival.account_id,
        kind=AccountEvent.Kind.CONTACT_ENGAGED,
        at=arrival.occurred_at,
        payload={"contact": arrival.contact_id, "signal": str(one.id)},
        dedup_key=key,
    )
