"""What the signal pages show, each in a number of queries that rows do not change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from accounts.models import Account, User
from signals.models import AccountState, Signal, SignalType, UnmatchedSignal

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13
DRIVEN_BY_DAYS = 30
# Below this an account's interest is what decay leaves of old signals.
IN_MARKET_INTENT = 30


@dataclass(frozen=True, slots=True)
class InMarket:
    """An account that shows intent, and the kinds of signal behind it, most frequent first."""

    account: Account
    state: AccountState
    rise: float
    drivers: tuple[str, ...]


def in_market(
    user: User, *, q: str = "", tiers: Sequence[int] = (), mine: bool = False
) -> QuerySet[AccountState]:
    """Accounts with an intent of 30 or more, highest score first; no tiers named: all, on the list or not."""
    visible = Account.objects.visible_to(user)
    if q:
        visible = visible.filter(name__icontains=q)
    if tiers:
        visible = visible.on_tier(*tiers)
    if mine:
        visible = visible.filter(owner=user)
    return (
        AccountState.objects.filter(account__in=visible, intent__gte=IN_MARKET_INTENT)
        .select_related("account", "account__owner")
        .order_by("-score", "account_id")
    )


def with_drivers(states: Iterable[AccountState], *, now: datetime) -> list[InMarket]:
    """A page of them with what drives each: one query."""
    page = list(states)
    ids = [state.account_id for state in page]
    counted = (
        Signal.objects.filter(account__in=ids, occurred_at__gte=now - timedelta(days=DRIVEN_BY_DAYS))
        .values_list("account_id", "type_id")
        .annotate(n=Count("id"))
        .order_by("account_id", "-n")
    )
    names = dict(SignalType.objects.values_list("pk", "name"))
    drivers: dict[int, list[str]] = {}
    for account_id, type_id, n in counted:
        if account_id is not None:
            name = names.get(type_id, "Other")
            drivers.setdefault(account_id, []).append(f"{name}, {n} times" if n > 1 else name)
    return [
        InMarket(
            state.account,
            state,
            state.score - state.score_week_ago,
            tuple(drivers.get(state.account_id, ())[:3]),
        )
        for state in page
    ]


def weekly_signals(account: Account, *, now: datetime) -> tuple[int, ...]:
    """Signals a week over the last 13 weeks, oldest first; a week is seven days that end now."""
    start = now - SHOWN_WEEKS * WEEK
    moments = Signal.objects.filter(account=account, occurred_at__gte=start, occurred_at__lt=now)
    weeks = [0] * SHOWN_WEEKS
    for moment in moments.values_list("occurred_at", flat=True).order_by():
        weeks[(moment - start) // WEEK] += 1
    return tuple(weeks)


def unmatched_domains(*, limit: int) -> Sequence[Mapping[str, object]]:
    """Signals that no account is known for, by domain, most frequent first."""
    return list(
        UnmatchedSignal.objects.exclude(domain="")
        .values("domain")
        .annotate(n=Count("signal_id"), newest=Max("received_at"))
        .order_by("-n", "domain")[:limit]
    )
