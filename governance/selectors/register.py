"""The register as other pages show it: a number in the navigation, lines on an account's timeline."""

from collections.abc import Iterator
from datetime import datetime

from abmops.lib.choices import Side
from abmops.lib.timeline import Entry
from accounts.models import User
from governance.models import Escalation, EscalationEvent, EscalationLink


def open_count(reader: User, now: datetime) -> int:
    """Escalations still open."""
    del now
    return Escalation.objects.visible_to(reader).still_open().count()


def entries(account_id: int, before: datetime, limit: int) -> Iterator[Entry]:
    """What was said about escalations of an account before a moment, newest first: one query."""
    events = EscalationEvent.objects.filter(
        escalation__links__kind=EscalationLink.Kind.ACCOUNT,
        escalation__links__target_id=account_id,
        at__lt=before,
    ).exclude(kind=EscalationEvent.Kind.COMMENT)
    for event in events.select_related("escalation", "by").order_by("-at", "-id")[:limit]:
        yield Entry(
            at=event.at,
            kind="escalation",
            side=Side.REVOPS,
            text=f"Escalation {event.get_kind_display().lower()}: {event.escalation.title}",
            detail=str(event.by or "the program"),
            key=f"escalation:{event.pk:012d}",
            url=event.escalation.get_absolute_url(),
        )
