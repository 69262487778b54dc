"""Crossings with the signals that prove them, each in a number of queries that rows do not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from signals.models import Crossing, Signal
from signals.timeline import told


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossing with the signals that prove it, newest first."""

    crossing: Crossing
    evidence: tuple[Signal, ...]

    @property
    def said(self) -> list[str]:
        """The evidence in words, alike signals once with their number."""
        counts: dict[str, int] = {}
        for signal in self.evidence:
            counts[told(signal)] = counts.get(told(signal), 0) + 1
        return [f"{words}, {n} times" if n > 1 else words for words, n in counts.items()]


def crossings(user: User) -> QuerySet[Crossing]:
    """Crossings, newest first."""
    return (
        Crossing.objects.visible_to(user)
        .select_related("account", "account__owner", "threshold", "version")
        .order_by("-crossed_at", "-pk")
    )


def with_evidence(found: Iterable[Crossing]) -> list[Crossed]:
    """A page of crossings with all their evidence: one query, in the partitions that the ids name."""
    page = list(found)
    wanted = {pk for crossing in page for pk in crossing.evidence}
    signals = signals_by_id(wanted)
    return [
        Crossed(crossing, tuple(signals[pk] for pk in crossing.evidence if pk in signals))
        for crossing in page
    ]


def signals_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Signal]:
    """The signals of these ids; one that has left with its partition is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    # The bounds let the planner open only the partitions that the time-ordered ids lie in.
    rows = Signal.objects.filter(id__in=wanted, id__gte=min(wanted), id__lte=max(wanted))
    return {row.pk: row for row in rows.select_related("type", "source", "contact")}
