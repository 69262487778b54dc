"""Crossings, and the signals that prove them, in a number of queries that rows do not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from signals.models import Crossing, Signal


def crossings(user: User) -> QuerySet[Crossing]:
    """Crossings, newest first."""
    return (
        Crossing.objects.visible_to(user)
        .select_related("account", "account__owner", "threshold", "version")
        .order_by("-crossed_at", "-pk")
    )


def signals_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Signal]:
    """The signals of these ids; one that has left with its partition is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    # The bounds let the planner open only the partitions that the time-ordered ids lie in.
    rows = Signal.objects.filter(id__in=wanted, id__gte=min(wanted), id__lte=max(wanted))
    return {row.pk: row for row in rows.select_related("type", "source", "contact")}
