"""Events that could not be used: which, why, and whether all of one is kept."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from signals.models import RejectedEvent


def rejected(*, code: str = "", source: int | None = None, q: str = "") -> QuerySet[RejectedEvent]:
    """The newest first, as narrowed; `q` is sought in reasons and message ids."""
    rows = RejectedEvent.objects.select_related("source").order_by("-received_at", "-pk")
    if code:
        rows = rows.filter(code=code)
    if source is not None:
        rows = rows.filter(source=source)
    if q:
        rows = rows.filter(Q(reason__icontains=q) | Q(message_id__icontains=q))
    return rows


def whole_event(row: RejectedEvent) -> dict[str, Any] | None:
    """The event as it came; None where it was longer than what is kept of it."""
    try:
        event = msgspec.json.decode(row.excerpt.encode())
    except msgspec.DecodeError:
        return None
    return event if isinstance(event, dict) else None


def readable(row: RejectedEvent) -> str:
    """The excerpt for a person: indented where it is whole, else as it is."""
    event = whole_event(row)
    if event is None:
        return row.excerpt
    return msgspec.json.format(msgspec.json.encode(event), indent=2).decode()
