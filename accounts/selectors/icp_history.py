"""The closed deals that a profile is learned from, by company."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from accounts.domain.icp_features import History
from accounts.models import Account, IcpProposal, Opportunity
from accounts.selectors.fit import companies

MONTHS = 24


def window_start(now: datetime) -> datetime:
    """24 months before; the 29th of February becomes the 28th."""
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=now.year - MONTHS // 12, day=day)


def closed_deals(*, now: datetime) -> tuple[list[History], datetime]:
    """Companies with what they won and lost in the 24 months before, as they are known today; and since when."""
    since = window_start(now)
    closed = Opportunity.objects.filter(
        account__isnull=False, outcome__isnull=False, closed_at__gte=since, closed_at__lt=now
    )
    counts = (
        closed.order_by()
        .values_list("account_id")
        .annotate(won=Count("pk", filter=Q(outcome="won")), lost=Count("pk", filter=Q(outcome="lost")))
    )
    by_account = {pk: (won, lost) for pk, won, lost in counts}
    rows = list(Account.objects.filter(pk__in=by_account).order_by("pk"))
    return [
        History(row.pk, company, *by_account[row.pk])
        for row, company in zip(rows, companies(rows, (), now=now), strict=True)
    ], since


def proposals(limit: int = 20) -> list[IcpProposal]:
    """The newest proposals: one query."""
    return list(IcpProposal.objects.select_related("made_by", "decided_by", "model")[:limit])
