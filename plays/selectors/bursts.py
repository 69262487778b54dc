"""Reads over bursts: the accounts that an audience names, and what is about to run on somebody's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Account, User
from plays.models import Burst


def audience_of(audience: Mapping[str, Any]) -> QuerySet[Account]:
    """The accounts that an audience names: `domains`, or `tiers, territories, phases, lifecycles` of the list."""
    rows = Account.objects.select_related("territory", "owner").order_by("name", "pk")
    if domains := audience.get("domains"):
        return rows.filter(domains__domain__in=[str(one).strip().lower() for one in domains]).distinct()
    rows = rows.filter(is_target=True)
    for name, path in (
        ("tiers", "tier__in"),
        ("territories", "territory__slug__in"),
        ("phases", "phase__in"),
        ("lifecycles", "lifecycle__in"),
    ):
        if wanted := audience.get(name):
            rows = rows.filter(**{path: wanted})
    return rows


@dataclass(frozen=True, slots=True)
class Ahead:
    """A burst that runs on somebody's accounts, or is about to."""

    burst: Burst
    accounts: int
    is_running: bool


def ahead_of(person: User, *, today: date, days: int = 7, limit: int = 6) -> list[Ahead]:
    """Bursts that run on the person's own accounts today or begin within a week, the next first; one query."""
    theirs = Q(members__account__owner=person, members__left_at__isnull=True)
    rows = (
        Burst.objects.standing()
        .within(today, today + timedelta(days=days))
        .annotate(n=Count("members", filter=theirs))
        .filter(n__gt=0)
        .order_by("starts_on", "pk")[:limit]
    )
    return [Ahead(burst, getattr(burst, "n", 0), burst.starts_on <= today) for burst in rows]
