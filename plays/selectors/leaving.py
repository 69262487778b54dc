"""What somebody who leaves owes and owns, counted; a query a kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from accounts.models import Absence, Account, Sidecar
from plays.models import Endpoint, Enrollment, Play, RoutingRule, Task
from signals.models import Source, Threshold

THINGS: Mapping[str, tuple[type[Model], str, str]] = {
    "plays": (Play, "owner_id", "plays"),
    "thresholds": (Threshold, "owner_id", "thresholds"),
    "sources": (Source, "owner_id", "sources"),
    "sidecars": (Sidecar, "owner_id", "watched systems"),
    "endpoints": (Endpoint, "owner_id", "surfaces"),
    "rules": (RoutingRule, "person_id", "routing rules"),
}
"""What goes to one heir: key -> model, column, words."""


def things_of(user_id: int, key: str) -> QuerySet[Any]:
    """The rows of one kind that name the person."""
    model, column, _ = THINGS[key]
    return model._default_manager.filter(**{column: user_id})  # noqa: SLF001


def stood_in_for(user_id: int, *, now: datetime) -> QuerySet[Absence]:
    """Absences of others, running or to come, that the person stands in for."""
    return Absence.objects.filter(stand_in=user_id, ends_on__gte=now.date())


def running_of(user_id: int) -> QuerySet[Enrollment]:
    """Live enrollments that are counted as the person's, or were handed to them."""
    return Enrollment.objects.live().filter(Q(owner=user_id) | Q(handed_to=user_id))


def owned_by(user_id: int) -> dict[str, int]:
    """What would be left without its owner: what keeps somebody from being made inactive."""
    return {
        "accounts": Account.objects.filter(owner=user_id).count(),
        "open tasks": Task.objects.unfinished().filter(owner=user_id).count(),
        **{words: things_of(user_id, key).count() for key, (_, _, words) in THINGS.items()},
    }


def figures_of(user_id: int, *, now: datetime) -> dict[str, int]:
    """Everything that a departure moves, in words with how many."""
    return owned_by(user_id) | {
        "running enrollments": running_of(user_id).count(),
        "absences of others they stand in for": stood_in_for(user_id, now=now).count(),
    }
