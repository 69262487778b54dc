"""Signals into their partitions by COPY, the unplaced ones beside them, and what was set aside where it is seen."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from django.db import connection

from abmops.lib.ids import uuid7
from signals.domain.state import Sighting
from signals.models import RejectedEvent, UnmatchedSignal, UnnamedSignal
from signals.services import bots, holding
from signals.services.detect.arrivals import Arrival, SetAside
from signals.services.detect.placement import Directory, person_keys, waiting_keys

_COLUMNS = (
    "id, account_id, contact_id, source_id, type_id, topic, "
    "points, strength, occurred_at, received_at, message_id, properties"
)
_COPY = f"COPY signals_signal ({_COLUMNS}) FROM STDIN"
_NULL = "\\N"
_TAB = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A signal as stored: its id and the arrival it came from."""

    id: UUID
    arrival: Arrival

    @property
    def sighting(self) -> Sighting:
        """What the rolling state needs to know of it."""
        arrival = self.arrival
        assert arrival.type is not None
        return Sighting(
            at=arrival.occurred_at.timestamp(),
            signal_id=str(self.id),
            source_id=arrival.source_id,
            type_id=arrival.type.id,
            contact_id=arrival.contact_id,
            topic=arrival.topic,
            points=arrival.points,
        )


def store(arrivals: Sequence[Arrival]) -> list[Stored]:
    """Write one signal per arrival that has a type; remember which could not be placed, and what would place them."""
    stored = [Stored(uuid7(arrival.received_at), arrival) for arrival in arrivals if arrival.type is not None]
    if not stored:
        return []
    buffer = io.BytesIO(b"".join(map(_line, stored)))
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(_COPY, buffer)
    return stored


@lru_cache(maxsize=64)
def _moment(at: datetime) -> str:
    """When a call was received: said once for all of its events."""
    return str(at)


def _text(value: str) -> str:
    return value if value.isprintable() and "\\" not in value else value.translate(_TAB)


def _line(one: Stored) -> bytes:
    """The row as COPY reads it. JSON holds neither tab nor line end; a text may."""
    arrival = one.arrival
    assert arrival.type is not None
    account_id, contact_id, strength = arrival.account_id, arrival.contact_id, arrival.strength
    head = (
        f"{one.id}\t{_NULL if account_id is None else account_id}\t{_NULL if contact_id is None else contact_id}"
        f"\t{arrival.source_id}\t{arrival.type.id}\t{_text(arrival.topic)}\t{arrival.points}"
        f"\t{_NULL if strength is None else strength}\t{arrival.occurred_at}\t{_moment(arrival.received_at)}"
        f"\t{_text(arrival.message_id)}\t"
    )
    said = msgspec.json.encode(arrival.properties)
    return head.encode() + (said.replace(b"\\", b"\\\\") if b"\\" in said else said) + b"\n"


def keep_waiting(stored: Iterable[Stored], found: Directory) -> None:
    """Remember by which keys a signal may get its account, and a placed one its person, once they become known."""
    unmatched, unnamed = [], []
    for one in stored:
        arrival = one.arrival
        if arrival.account_id is None:
            keys = [key[:300] for key in waiting_keys(arrival)]
            domain = next(
                (key.removeprefix("domain:") for key in keys if key.startswith("domain:")), arrival.network
            )
            unmatched.append(
                UnmatchedSignal(
                    signal_id=one.id,
                    source_id=arrival.source_id,
                    keys=keys,
                    domain=domain,
                    received_at=arrival.received_at,
                )
            )
        elif arrival.contact_id is None and arrival.who.people and not found.email_of(arrival):
            keys = [key[:300] for key in person_keys(arrival)]
            unnamed.append(
                UnnamedSignal(
                    signal_id=one.id, source_id=arrival.source_id, keys=keys, received_at=arrival.received_at
                )
            )
    if unmatched:
        UnmatchedSignal.objects.bulk_create(unmatched, batch_size=1000)
    if unnamed:
        UnnamedSignal.objects.bulk_create(unnamed, batch_size=1000)


def keep_aside(asides: Iterable[SetAside]) -> None:
    """Show what was accepted and could not become a signal, each reason once."""
    asides = bots.count(holding.hold(asides))
    rows = [
        RejectedEvent(
            source_id=aside.source_id,
            code=aside.code,
            pointer=aside.pointer,
            reason=aside.reason,
            message_id=aside.message_id[:200],
            excerpt=aside.excerpt.replace("\0", ""),
            dedup_key=aside.dedup_key[:80],
            received_at=aside.received_at,
        )
        for aside in asides
    ]
    if rows:
        RejectedEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
