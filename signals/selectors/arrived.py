"""Has anything arrived? What came of a source in the last minutes, for somebody who is just setting it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abmops.lib.ids import first_uuid7
from abmops.work.models import State, WorkItem
from signals.models import RejectedEvent, Signal, Source
from signals.selectors import volume

LOOK_BACK = timedelta(minutes=15)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Arrived:
    """Of one source: its newest signals, what was refused, calls still to be worked out, signals of the last week."""

    signals: Sequence[Signal]
    refused: Sequence[RejectedEvent]
    waiting: int
    in_a_week: int

    @property
    def since(self) -> str:
        """A token that changes whenever there is news, for the live page."""
        newest = self.signals[0].pk if self.signals else ""
        refused = f"{self.refused[0].pk}.{self.refused[0].times}" if self.refused else ""
        return f"{newest}-{refused}-{self.waiting}"


def arrived(source: Source, *, now: datetime) -> Arrived:
    """Four queries, none of which reads more than a quarter of an hour of signals."""
    recent = Signal.objects.filter(id__gte=first_uuid7(now - LOOK_BACK), source=source)
    refused = RejectedEvent.objects.filter(source=source, received_at__gte=now - LOOK_BACK)
    inbox = WorkItem.objects.filter(
        lane="ingest", kind="ingest", subject_id=source.pk, state__in=[State.READY, State.LEASED]
    )
    week = volume.totals("source", since=now - timedelta(days=7), until=volume.end_of_hour(now))
    return Arrived(
        signals=list(recent.select_related("type", "account").order_by("-id")[:SHOWN]),
        refused=list(refused[:SHOWN]),
        waiting=inbox.count(),
        in_a_week=week.get(source.pk, 0),
    )
