"""What account events mean for bursts: a meeting makes an account rest, and few things make it leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from abmops.work import crash
from accounts.models import AccountEvent, Opportunity
from plays.domain.exits import LEAVES, leaves_burst
from plays.models import BurstAccount
from plays.selectors.facts import lock_accounts
from plays.services.calendar.bursts import go_on
from plays.services.calendar.treating import treat
from plays.services.guardrail.guarding import look_again


@transaction.atomic
def look_at_marketing(*, account_ids: Collection[int], now: datetime) -> None:
    """A meeting has been there, or the night found them changed: web, ads, bursts and steps go by it at once."""
    accounts = lock_accounts(account_ids)
    treat(account_ids=accounts, now=now)
    go_on(account_ids=accounts, now=now)
    look_again(accounts=accounts, now=now)
    crash.point("marketing_look.before_commit")


def leave_bursts(*, events: Sequence[tuple[AccountEvent, tuple[str, ...]]], now: datetime) -> int:
    """Take accounts out of the bursts that their events, with the exits these fulfil, end for them; how many rows.

    The accounts are locked.
    """
    leaving = [(event, fulfilled) for event, fulfilled in events if LEAVES.keys() & set(fulfilled)]
    if not leaving:
        return 0
    opened = _opened(event for event, _ in leaving)
    rows = (
        BurstAccount.objects.staying()
        .filter(
            account__in={event.account_id for event, _ in leaving}, burst__cancelled_at__isnull=True,
            burst__ends_on__gte=now.date() - timedelta(days=1),
        )
        .select_related("burst").select_for_update(of=("self",), no_key=True).order_by("pk")
    )  # fmt: skip
    left = []
    for row in rows:
        for event, fulfilled in leaving:
            why = leaves_burst(
                fulfilled,
                lifecycles=row.burst.audience.get("lifecycles", ()),
                is_new_deal=opened.get(event.payload.get("opportunity"), event.at) > row.burst.created_at,
            )
            if event.account_id == row.account_id and why is not None:
                row.left_at, row.left_reason = now, why
                left.append(row)
                break
    BurstAccount.objects.bulk_update(left, ["left_at", "left_reason"], batch_size=1_000)
    return len(left)


def _opened(events: Iterable[AccountEvent]) -> dict[int | None, datetime]:
    """Deal -> when it was opened."""
    deals = {event.payload["opportunity"] for event in events if event.payload.get("opportunity")}
    rows = Opportunity.objects.filter(pk__in=deals, opened_at__isnull=False)
    return {pk: at for pk, at in rows.values_list("pk", "opened_at") if at is not None} if deals else {}
