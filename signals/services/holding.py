"""Events from the future: held on the work list until their moment comes, then taken in like any other, once.

A held event is a row of its own, known by its message: however often it is sent meanwhile, it waits once. When it is
due it goes back to the inbox with the moment it was given when it came, in the transaction that takes it off the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from abmops.lib.ids import uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.services import ingest
from signals.services.detect.arrivals import Held, SetAside

KIND = "held"
AT_ONCE = 500
"""Events that go back to the inbox as one item."""

_CALL = ("source", "form", "agent", "address")
"""What held events of one inbox item have in common."""


def hold(asides: Iterable[SetAside]) -> list[SetAside]:
    """Put what is ahead of us on the list, due when it happens; returns what was set aside for other reasons."""
    others: list[SetAside] = []
    puts: list[work.Put] = []
    for aside in asides:
        if not isinstance(aside, Held):
            others.append(aside)
            continue
        payload = {name: aside.payload[name] for name in _CALL if aside.payload.get(name)}
        payload |= {
            "occurred_at": aside.due.isoformat(),
            "received_at": aside.received_at.isoformat(),
            "message_id": aside.message_id,
        }
        puts.append(
            work.Put(
                kind=KIND,
                subject_id=aside.source_id,
                dedup_key=aside.dedup_key,
                run_at=aside.due,
                payload=payload,
                body=aside.body,
            )
        )
    if puts:
        work.put_many(puts)
    return others


def release(items: Sequence[WorkItem], now: datetime) -> None:
    """Send held events whose moment has come back to the inbox. The one that came first goes first."""
    grouped: dict[tuple[Any, ...], list[WorkItem]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.pk):
        grouped[tuple(item.payload.get(name) for name in _CALL)].append(item)
    puts = []
    for common, held in grouped.items():
        for start in range(0, len(held), AT_ONCE):
            part = held[start : start + AT_ONCE]
            # Their latest moment at least, should the clocks of two servers differ.
            moments = [item.payload["occurred_at"] for item in part]
            taken_at = max(now, *(datetime.fromisoformat(moment) for moment in moments))
            payload = {name: value for name, value in zip(_CALL, common, strict=True) if value}
            payload |= {"received_at": taken_at.isoformat(), "moments": moments}
            body = b"[" + b",".join(bytes(item.body or b"{}") for item in part) + b"]"
            puts.append(
                work.Put(
                    kind=ingest.KIND,
                    subject_id=part[0].subject_id,
                    dedup_key=f"ingest:{uuid7(now)}",
                    payload=payload,
                    body=body,
                )
            )
    work.put_many(puts)
