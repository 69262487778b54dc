"""What one account's page shows of this app: people and gaps, deals, list history, newest touches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max

from abmops.lib import timeline
from abmops.lib.choices import Direction, Side
from accounts.models import Account, ListMembership, Opportunity, Touch

PAGE_OF_TIMELINE = 30
# How far a filtered timeline looks for its next page before it gives up.
LOOKED_THROUGH = 400


@dataclass(frozen=True, slots=True)
class Deals:
    """An account's opportunities, open ones first, and what is open in each currency."""

    opportunities: list[Opportunity]
    open_amounts: list[tuple[Decimal, str]]
    listed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the timeline, newest first; `before` continues it, None at its end."""

    entries: list[timeline.Entry]
    before: datetime | None


def deals(account: Account, memberships: Sequence[ListMembership]) -> Deals:
    """One query. `listed` holds the deals that were opened while the account was on the list."""
    found = sorted(account.opportunities.select_related("owner"), key=lambda deal: deal.closed_at is not None)
    sums: dict[str, Decimal] = {}
    for deal in found:
        if deal.closed_at is None and deal.amount is not None:
            sums[deal.currency] = sums.get(deal.currency, Decimal(0)) + deal.amount
    listed = frozenset(
        deal.pk for deal in found if deal.opened_at and _was_on_list(memberships, deal.opened_at)
    )
    return Deals(found, [(amount, currency) for currency, amount in sorted(sums.items())], listed)


def memberships(account: Account) -> list[ListMembership]:
    """The list history, newest first."""
    rows = account.memberships.select_related("by").prefetch_related("nominations__by")
    return list(rows.order_by("-valid_from"))


def on_list_since(history: Iterable[ListMembership]) -> datetime | None:
    """Since when the account has been on the list without a break; None while it is off it."""
    since = None
    for row in history:
        if row.tier is None or (since is not None and row.valid_to != since):
            break
        since = row.valid_from
    return since


def last_touches(account: Account, *, now: datetime) -> dict[str, datetime]:
    """The newest outbound touch of each side."""
    found = (
        Touch.objects.filter(account=account, direction=Direction.OUTBOUND, occurred_at__lt=now)
        .values_list("side")
        .annotate(newest=Max("occurred_at"))
        .order_by()
    )
    return dict(found)


def newest_touches(account: Account, *, now: datetime, limit: int = 3) -> list[Touch]:
    """For the side panel."""
    return list(
        account.touches.filter(occurred_at__lt=now)
        .select_related("contact")
        .order_by("-occurred_at", "-pk")[:limit]
    )


def timeline_page(account: Account, *, before: datetime, only: str = "") -> Page:
    """A stretch of the timeline before a moment; `only` is `marketing`, `sales` (and success) or `signals`."""
    limit = PAGE_OF_TIMELINE + 1 if not only else LOOKED_THROUGH
    entries = timeline.of(account.pk, before=before, limit=limit)
    wanted = [entry for entry in entries if _is_wanted(entry, only)]
    shown = wanted[:PAGE_OF_TIMELINE]
    has_more = len(wanted) > PAGE_OF_TIMELINE or (bool(only) and len(entries) == limit)
    if not has_more:
        return Page(shown, None)
    return Page(shown, shown[-1].at if len(wanted) > PAGE_OF_TIMELINE else entries[-1].at)


def _is_wanted(entry: timeline.Entry, only: str) -> bool:
    match only:
        case "marketing":
            return entry.side == Side.MARKETING
        case "sales":
            return entry.side in (Side.SALES, Side.CUSTOMER_SUCCESS)
        case "signals":
            return entry.side is None
        case _:
            return True


def _was_on_list(history: Sequence[ListMembership], at: datetime) -> bool:
    return any(
        row.tier is not None and row.valid_from <= at and (row.valid_to is None or at < row.valid_to)
        for row in history
    )
