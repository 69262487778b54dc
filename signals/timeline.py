"""What the account itself did, on its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from abmops.lib.timeline import Entry
from signals.models import Crossing, Signal


def entries(account_id: int, before: datetime, limit: int) -> Iterator[Entry]:
    """Signals and crossings of an account before a moment, newest first: two queries."""
    signals = Signal.objects.filter(account_id=account_id, occurred_at__lt=before).select_related(
        "type", "source", "contact"
    )
    for signal in signals.order_by("-occurred_at")[:limit]:
        who = f"{signal.contact}, " if signal.contact else ""
        yield Entry(
            at=signal.occurred_at,
            kind="signal",
            text=told(signal),
            detail=f"{who}{signal.source}, {signal.points:+.0f} point{'' if round(signal.points) == 1 else 's'}",
            key=f"signal:{signal.pk}",
            url=reverse("signals:signal_feedback", args=[signal.pk]),
        )
    crossings = Crossing.objects.filter(account_id=account_id, crossed_at__lt=before).select_related(
        "threshold"
    )
    for crossing in crossings.order_by("-crossed_at")[:limit]:
        proofs = len(crossing.evidence)
        yield Entry(
            at=crossing.crossed_at,
            kind="crossing",
            text=f"Crossed “{crossing.threshold.name}”",
            detail=f"score {crossing.score:.0f}, {proofs} signal{'' if proofs == 1 else 's'} as evidence",
            key=f"crossing:{crossing.pk:012d}",
            url=reverse("signals:crossing", args=[crossing.pk]),
        )


def told(signal: Signal) -> str:
    """A signal in words: its type, and what it was about."""
    said = signal.properties
    about = signal.topic or said.get("title") or said.get("path") or said.get("name") or ""
    return f"{signal.type.name}: {about}" if about and about != signal.type.name else signal.type.name
