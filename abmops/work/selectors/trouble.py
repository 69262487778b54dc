"""What went wrong, and what people and audits made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, QuerySet

from abmops.work import kinds
from abmops.work.models import Audit, Breach, Verdict, WorkItem
from abmops.work.selectors.standing import figures


def dead_items(*, limit: int) -> Sequence[WorkItem]:
    """The newest items that were given up."""
    return list(WorkItem.objects.dead().defer("body").order_by("-done_at", "-id")[:limit])


def audit_runs() -> QuerySet[Audit]:
    """The last run of each audit."""
    return Audit.objects.all()


def open_breaches(*, limit: int) -> Sequence[Breach]:
    """Promises that stand broken, newest first."""
    return list(Breach.objects.filter(closed_at=None)[:limit])


def verdicts(*, limit: int) -> Sequence[Verdict]:
    """What people did about dead items, newest first."""
    return list(Verdict.objects.all()[:limit])


def overrun_leases(*, now: datetime) -> list[WorkItem]:
    """Items held three times as long as their kind's lease."""
    late = WorkItem.objects.leased().filter(lease_until__lt=now).only("kind", "worker", "lease_until")
    found = []
    for item in late:
        kind = kinds.find(item.kind)
        assert item.lease_until is not None
        if kind is not None and now - item.lease_until > 2 * kind.lease:
            found.append(item)
    return found


def dead_by_kind(*, before: datetime) -> list[tuple[str, int]]:
    """(kind, how many) given up before that moment."""
    rows = WorkItem.objects.dead().filter(done_at__lt=before).values_list("kind").annotate(count=Count("id"))
    return list(rows.order_by("kind"))


def unknown_due(*, before: datetime) -> list[tuple[str, int]]:
    """(kind, how many) due since before that moment, of kinds that this release does not know."""
    late = [figure for figure in figures(now=before) if not figure.is_known and figure.due]
    return [(figure.kind, figure.due) for figure in late]
