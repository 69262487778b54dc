"""Booked meetings on the account's timeline: each leads to its page, where one says that it was not booked or moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from abmops.lib import timeline
from abmops.lib.choices import Channel, Side
from abmops.lib.timeline import Entry
from accounts.models import AccountEvent

KINDS = (AccountEvent.Kind.MEETING_BOOKED, AccountEvent.Kind.MEETING_CHANGED)
CHANGES = {
    "not_booked": "A meeting was recorded by mistake",
    "called_off": "The meeting was called off",
    "moved": "The meeting was moved",
    "taken_back": "A meeting was taken back: it counts no more",
}


def entries(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    """Meetings that tasks and signals booked, and what was said of any meeting since; a touch has its own line."""
    rows = AccountEvent.objects.filter(
        Q(kind=AccountEvent.Kind.MEETING_CHANGED) | Q(payload__has_any_keys=["task", "signal"]),
        account=account_id,
        at__lt=before,
        kind__in=KINDS,
    )
    for row in rows.order_by("-at", "-pk")[:limit]:
        said = row.payload
        is_booking = row.kind == AccountEvent.Kind.MEETING_BOOKED
        reason = str(said.get("reason", "")).rstrip(".")
        yield Entry(
            at=row.at,
            kind="meeting",
            side=Side.SALES,
            text=_booking(row) if is_booking else CHANGES.get(str(said.get("how")), "The meeting changed"),
            detail=". ".join(
                part for part in ("" if is_booking else _day(said), reason, said.get("name", "")) if part
            ),
            key=f"meeting:{row.pk:012d}",
            url=reverse("plays:meeting", args=[row.pk if is_booking else said.get("event", row.pk)]),
        )


def _booking(row: AccountEvent) -> str:
    day = _day(row.payload)
    words = f"A meeting was booked for {day}" if day else "A meeting was booked"
    if row.withdrawn_at is not None:
        return f"{words}: it was not"
    return f"{words}, and called off" if row.payload.get("off") else words


def _day(said: dict[str, Any]) -> str:
    at = parse_datetime(str(said.get("on") or ""))
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M}" if at is not None else ""


def page_of(entry: Entry) -> str:
    """Where the line of a touch leads that is a meeting."""
    if entry.extra.get("channel") != Channel.MEETING:
        return ""
    return reverse("plays:meeting_of_touch", args=[int(entry.key.partition(":")[2])])


def register() -> None:
    """Put changes of meetings on the timeline, and link its meetings to their pages; called from `ready()`."""
    timeline.register("plays.meetings", entries)
    timeline.link("touch", page_of)
