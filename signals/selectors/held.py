"""Events from the future that wait for their moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from abmops.work.models import State, WorkItem
from signals.models import Source

KIND = "held"


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One event that waits: what it is called, who sent it, when it came, and when it will be taken in."""

    id: int
    source: Source | None
    name: str
    message_id: str
    received_at: datetime
    due_at: datetime


def held(*, source_id: int | None = None) -> QuerySet[WorkItem]:
    """The waiting rows, soonest first. Page through them, then ask `shown` for the page's events."""
    rows = WorkItem.objects.filter(kind=KIND, state__in=[State.READY, State.LEASED]).order_by("run_at", "pk")
    return rows if source_id is None else rows.filter(subject_id=source_id)


def shown(rows: QuerySet[WorkItem] | list[WorkItem]) -> list[HeldEvent]:
    """These rows as a person reads them: one query for their sources."""
    items = list(rows)
    sources = Source.objects.in_bulk({item.subject_id for item in items if item.subject_id is not None})
    return list(_events(items, sources))


def _events(items: list[WorkItem], sources: Mapping[int, Source]) -> Iterator[HeldEvent]:
    for item in items:
        event: dict[str, Any] = msgspec.json.decode(bytes(item.body or b"{}"))
        name = event.get("event") or event.get("name") or event.get("type") or "event"
        yield HeldEvent(
            id=item.pk,
            source=sources.get(item.subject_id or 0),
            name=str(name)[:120],
            message_id=item.payload.get("message_id", ""),
            received_at=datetime.fromisoformat(item.payload["received_at"]),
            due_at=datetime.fromisoformat(item.payload["occurred_at"]),
        )
