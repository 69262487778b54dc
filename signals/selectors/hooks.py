"""What has come to a source's hook: its calls, and the topics that came and nobody follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet, Sum

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


def lost_strength(source: Source) -> HookCall | None:
    """The newest call that was taken in, where no record of it said a strength and those before did: the sender may
    have another name for it now. A sender that has left it out before, and then said it again, does so at times."""
    taken = HookCall.objects.filter(Q(created__gt=0) | Q(unchanged__gt=0), source=source).select_related(
        "source"
    )
    newest = taken.order_by("-received_at", "-id").first()
    if newest is None or not newest.unweighed or newest.unweighed < newest.created + newest.unchanged:
        return None
    weighed = taken.filter(unweighed=0).order_by("-received_at", "-id").first()
    if weighed is None or taken.filter(unweighed__gt=0, received_at__lt=weighed.received_at).exists():
        return None
    return newest


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
