"""What account events mean for bursts: a meeting makes an account rest, few things make it leave, and one come back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from abmops.work import crash
from accounts.models import Account, AccountEvent, Opportunity
from accounts.services.events import NEWS
from plays.domain.exits import FOR_A_DEAL, LEAVES, exits_of, leaves_burst
from plays.domain.guardrails import NOT_ON_A_LOST_ONE
from plays.models import BurstAccount
from plays.selectors.facts import dossiers, lock_accounts
from plays.services.calendar.bursts import day_of, go_on, refusal_of
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
        why = next(filter(None, (_why(row, *one, opened) for one in leaving)), None)
        if why is not None:
            row.left_at, row.left_reason = now, why
            left.append(row)
    BurstAccount.objects.bulk_update(left, ["left_at", "left_reason"], batch_size=1_000)
    return len(left)


def come_back(*, accounts: Mapping[int, Account], because: Mapping[int, str], now: datetime) -> int:
    """Bring locked accounts back into the bursts that a deal took them out of, while those last; how many rows.

    `because` says which, and why. Whatever else takes them out keeps them out: another deal, having left the list, the
    guardrails of now. A fixed number of queries.
    """
    for_a_deal = Q(left_reason__in=FOR_A_DEAL) | Q(left_reason__startswith=NOT_ON_A_LOST_ONE)
    found = (
        BurstAccount.objects.filter(for_a_deal, account__in=because, left_at__isnull=False)
        .filter(burst__cancelled_at__isnull=True, burst__ends_on__gte=now.date() - timedelta(days=1))
        .select_related("burst__owner").select_for_update(of=("self",), no_key=True).order_by("pk")
    )  # fmt: skip
    rows = [row for row in found if day_of(row.burst.owner, now) <= row.burst.ends_on]
    if not rows:
        return 0
    standing = _standing(rows)
    opened = _opened(event for event, _ in standing)
    concerned = {row.account_id for row in rows}
    known = dossiers([accounts[pk] for pk in sorted(concerned)], now=now)
    back = []
    for row in rows:
        burst, since = row.burst, row.burst.created_at
        if any(max(one[0].at, one[0].created_at) > since and _why(row, *one, opened) for one in standing):
            continue
        if refusal_of(known[row.account_id].facts, channel=burst.channel, audience=burst.audience) is None:
            row.left_at, row.left_reason = None, ""
            row.back_at, row.back_reason = now, because[row.account_id][:200]
            back.append(row)
    names = ["left_at", "left_reason", "back_at", "back_reason"]
    BurstAccount.objects.bulk_update(back, names, batch_size=1_000)
    go_on(account_ids={row.account_id for row in back}, now=now)
    return len(back)


def _standing(rows: Collection[BurstAccount]) -> list[tuple[AccountEvent, tuple[str, ...]]]:
    """The news of their accounts since the first of their bursts was planned, with the exits it fulfils."""
    since = min(row.burst.created_at for row in rows)
    events = AccountEvent.objects.standing().filter(
        Q(at__gt=since) | Q(created_at__gt=since),
        account__in={row.account_id for row in rows},
        kind__in=("opportunity_stage", "left_list", "lifecycle"),
    )
    return [(one, exits_of(one.kind, one.payload)) for one in events if one.at >= one.created_at - NEWS]


def _why(
    row: BurstAccount,
    event: AccountEvent,
    fulfilled: Collection[str],
    opened: Mapping[int | None, datetime],
) -> str | None:
    """Why the event takes the account out of the burst; None where it does not."""
    if event.account_id != row.account_id:
        return None
    return leaves_burst(
        fulfilled,
        lifecycles=row.burst.audience.get("lifecycles", ()),
        is_new_deal=opened.get(event.payload.get("opportunity"), event.at) > row.burst.created_at,
    )


def _opened(events: Iterable[AccountEvent]) -> dict[int | None, datetime]:
    """Deal -> when it was opened."""
    deals = {event.payload["opportunity"] for event in events if event.payload.get("opportunity")}
    rows = Opportunity.objects.filter(pk__in=deals, opened_at__isnull=False)
    return {pk: at for pk, at in rows.values_list("pk", "opened_at") if at is not None} if deals else {}
