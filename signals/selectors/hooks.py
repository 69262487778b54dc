"""What has come to a source's hook: its calls, and the topics that came and nobody follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet, Sum

from signals.models import HookCall, RejectedEvent, Source

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """A topic that came and is not followed: how often in 30 days, and when last."""

    name: str
    times: int
    newest: datetime


def calls_of(source: Source, *, state: str = "") -> QuerySet[HookCall]:
    """The calls to a source's hook, newest first; `refused` those of which something was, `unreadable` the whole."""
    calls = HookCall.objects.filter(source=source).order_by("-received_at", "-id")
    if state == "refused":
        return calls.filter(refused__gt=0)
    return calls.exclude(problem="") if state == "unreadable" else calls


def unfollowed(source: Source, *, now: datetime, most: int = 20) -> list[Unfollowed]:
    """The topics of 30 days that nobody follows, the most frequent first."""
    rows = (
        RejectedEvent.objects.filter(
            source=source, code=RejectedEvent.Code.UNTRACKED, received_at__gte=now - LOOK_BACK
        )
        .values("excerpt")
        .annotate(seen=Sum("times"), newest=Max("received_at"))
        .order_by("-seen", "excerpt")[:most]
    )
    return [Unfollowed(row["excerpt"], row["seen"], row["newest"]) for row in rows]
