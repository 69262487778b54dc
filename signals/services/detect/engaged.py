"""Signals that are events, which plays react to: a known contact answers us digitally for the first time in a quarter;
somebody books a meeting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from abmops.lib import prepared
from abmops.lib.arrays import TEXTS, as_json
from accounts.models import AccountEvent
from accounts.services import events
from signals.domain import crm
from signals.services.detect.store import Stored

# Where a batch tells of more people than these, what they set off is looked at together, once a second: looking costs
# the same for one as for fifty, and each look keeps the next signals waiting.
CROWDED = 10


def note_engaged(stored: Iterable[Stored], now: datetime) -> None:
    """Write `contact_engaged` for contacts behind digital responses, once per contact and calendar quarter, and
    `meeting_booked` for meetings, once a signal.

    Most are known already: only those that are not are written.
    """
    keyed: dict[str, Stored] = {}
    meetings: list[events.NewEvent] = []
    for one in stored:
        arrival = one.arrival
        if arrival.type is None or arrival.account_id is None:
            continue
        if arrival.type.slug == crm.MEETING_TYPE and not arrival.message_id.startswith(crm.FACT):
            meetings.append(_booked(one))
        if arrival.type.digital_response and arrival.contact_id is not None:
            keyed.setdefault(engaged_key(arrival.contact_id, arrival.occurred_at), one)
    if meetings:
        events.record(meetings, now=now)
    if not keyed:
        return
    with connection.cursor() as cursor:
        prepared.run(cursor, _KNOWN, [as_json(list(keyed))])
        known = {key for (key,) in cursor.fetchall()}
    new = [_engaged(key, one) for key, one in keyed.items() if key not in known]
    events.record(new, now=now, due=_next_second(now) if len(keyed) > CROWDED else None)


def _next_second(now: datetime) -> datetime:
    return now.replace(microsecond=0) + timedelta(seconds=1)


def engaged_key(contact_id: int, at: datetime) -> str:
    """What the event of this contact and quarter is known by."""
    return f"contact_engaged:{contact_id}:{at.year}Q{(at.month + 2) // 3}"


_KNOWN = f"SELECT dedup_key FROM accounts_accountevent WHERE dedup_key = ANY({TEXTS})"  # noqa: S608  (a constant)


def _booked(one: Stored) -> events.NewEvent:
    """A meeting that a calendar or a form tells of by a signal; what our own events told is one already."""
    arrival = one.arrival
    assert arrival.account_id is not None
    return events.NewEvent(
        account_id=arrival.account_id,
        kind=AccountEvent.Kind.MEETING_BOOKED,
        at=arrival.occurred_at,
        payload={"contact": arrival.contact_id, "signal": str(one.id)},
        dedup_key=booked_key(one.id),
    )


def booked_key(signal: UUID) -> str:
    """What the meeting of which this signal tells is known by."""
    return f"meeting:signal:{signal}"


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
