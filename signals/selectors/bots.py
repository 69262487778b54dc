"""Reads over machines: the list in force, and what was left out because of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from signals.domain.bots import Machines
from signals.models import BotPattern, RejectedEvent

SHOWN_DAYS = 30


def machines() -> Machines:
    """RevOps' list beside the program's: one query over a few rows."""
    rows = list(BotPattern.objects.filter(is_active=True).values_list("kind", "pattern").order_by("pattern"))
    return Machines(
        agents=[text for kind, text in rows if kind == BotPattern.Kind.USER_AGENT],
        networks=[text for kind, text in rows if kind == BotPattern.Kind.NETWORK],
    )


def left_out(*, now: datetime, q: str = "", source: str = "") -> QuerySet[RejectedEvent]:
    """What machines sent in the last 30 days, a row for each source, machine and day."""
    rows = RejectedEvent.objects.filter(
        code=RejectedEvent.Code.BOT, received_at__gte=now - timedelta(days=SHOWN_DAYS)
    ).select_related("source")
    if q:
        rows = rows.filter(reason__icontains=q)
    if source:
        rows = rows.filter(source__slug=source)
    return rows
