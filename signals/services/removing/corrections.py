"""What else was made of removed signals: volumes by the hour, who was taken to have engaged, and booked meetings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from accounts.models import AccountEvent
from accounts.services import events
from accounts.services.meeting import take_back_meetings
from signals.domain import crm
from signals.models import RemovalRun, Signal, SignalType
from signals.services.detect.engaged import booked_key, engaged_key


class Gone(NamedTuple):
    """A removed signal, as far as anything else was made of it."""

    id: UUID
    account_id: int | None
    contact_id: int | None
    source_id: int
    type_id: int
    topic: str
    occurred_at: datetime
    received_at: datetime


def volumes(gone: Iterable[Gone]) -> None:
    """Take the signals out of the hours in which they were counted. The count of volumes holds the same lock, so that
    none of the two misses what the other one does."""
    hours = Counter(
        (
            one.received_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
            one.source_id,
            one.type_id,
            one.topic,
        )
        for one in gone
    )
    rows = [(*key, count) for key, count in sorted(hours.items())]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('signals_signalvolume'))")
        execute_values(cursor.cursor, _FEWER, rows, page_size=len(rows))
        cursor.execute(_EMPTY, [rows[0][0], rows[-1][0]])


_FEWER = """
UPDATE signals_signalvolume v SET signals = greatest(0, v.signals - g.n)
FROM (VALUES %s) AS g(hour, source_id, type_id, topic, n)
WHERE v.hour = g.hour AND v.source_id = g.source_id AND v.type_id = g.type_id AND v.topic = g.topic
"""
_EMPTY = "DELETE FROM signals_signalvolume WHERE hour >= %s AND hour <= %s AND signals = 0"


def meetings(gone: Sequence[Gone], *, run: RemovalRun, now: datetime) -> None:
    """A meeting of which a removed signal alone told was none: it ends and starts nothing more, and the account's
    history says so. What told the signals itself, a touch or a task, stands for itself."""
    types = set(SignalType.objects.filter(slug=crm.MEETING_TYPE).values_list("pk", flat=True))
    keys = [booked_key(one.id) for one in gone if one.type_id in types]
    if not keys:
        return
    told = AccountEvent.objects.filter(dedup_key__in=keys).values_list("pk", flat=True)
    take_back_meetings(reasons=dict.fromkeys(told, run.reason), by=run.asked_by, now=now)


def engagements(gone: Sequence[Gone], *, run: UUID, now: datetime) -> None:
    """A contact that engaged by a removed signal alone has not engaged: the event stays as history, under another key,
    and gives its place to the first answer of the quarter that is left, or that comes."""
    responses = set(SignalType.objects.filter(digital_response=True).values_list("pk", flat=True))
    keyed = {
        engaged_key(one.contact_id, one.occurred_at): one
        for one in gone
        if one.contact_id is not None and one.account_id is not None and one.type_id in responses
    }
    if not keyed:
        return
    ids = {str(one.id) for one in gone}
    known = AccountEvent.objects.filter(dedup_key__in=keyed, kind=AccountEvent.Kind.CONTACT_ENGAGED)
    found = [event for event in known if event.payload.get("signal") in ids]
    lost = {event.dedup_key: keyed[event.dedup_key] for event in found}
    for event in found:
        event.dedup_key = f"{event.dedup_key}:removed:{run}"
        event.payload = event.payload | {"removed": str(run)}
    AccountEvent.objects.bulk_update(found, ["dedup_key", "payload"])
    events.record(_next_answers(lost, responses), now=now)


def _next_answers(lost: Mapping[str, Gone], responses: set[int]) -> list[events.NewEvent]:
    """The first answer that is left of each contact and quarter: one query."""
    if not lost:
        return []
    moments = [one.occurred_at for one in lost.values()]
    quarter = timedelta(days=92)
    rows = Signal.objects.filter(
        account_id__in={one.account_id for one in lost.values()},
        contact_id__in={one.contact_id for one in lost.values()},
        type_id__in=responses,
        occurred_at__gt=min(moments) - quarter,
        occurred_at__lt=max(moments) + quarter,
    ).order_by("occurred_at", "id")
    first: dict[str, events.NewEvent] = {}
    for pk, account_id, contact_id, at in rows.values_list("pk", "account_id", "contact_id", "occurred_at"):
        assert account_id is not None
        assert contact_id is not None
        key = engaged_key(contact_id, at)
        if key in lost and key not in first:
            payload = {"contact": contact_id, "signal": str(pk)}
            first[key] = events.NewEvent(account_id, AccountEvent.Kind.CONTACT_ENGAGED, at, key, payload)
    return list(first.values())
