"""What has come to a source's hook: its calls, and the topics that came and nobody follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet, Sum

from signals.models import HookCall, RejectedEvent, Source

LOOK_BACK = timedelta(days=30)
LOOKED_AT = 200


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
    have another name for it now. A sender that has left it out before, and then said it again, does so at times.

    Told from the newest `LOOKED_AT` calls: it is asked while a call is answered.
    """
    calls = HookCall.objects.filter(source=source).select_related("source").order_by("-received_at", "-id")
    taken = [call for call in calls[:LOOKED_AT] if call.created or call.unchanged]
    if not taken or not taken[0].unweighed or taken[0].unweighed < taken[0].created + taken[0].unchanged:
        return None
    weighed = next((place for place, call in enumerate(taken) if call.unweighed == 0), len(taken))
    if weighed == len(taken) or any(call.unweighed for call in taken[weighed:]):
        return None
    return taken[0]


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
