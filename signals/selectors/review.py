"""What the Wednesday review reads: who is in market, what crossed, and five figures before both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL

from abmops.lib import columns
from abmops.lib.choices import Direction, Side, Urgency
from abmops.lib.columns import Cell
from abmops.lib.ids import first_uuid7
from accounts.models import Account, Touch, User
from signals.domain.surge import Week
from signals.models import (
    AccountState,
    Crossing,
    Feedback,
    ScoreDay,
    ScoreNight,
    Signal,
    SignalType,
    SourceAlert,
)
from signals.selectors.crossings import crossings

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
DRIVEN_BY_DAYS = 30
# Below this an account's interest is what decay leaves of old signals.
IN_MARKET_INTENT = 30
# A crossing that nobody answered in a quarter is history.
WAITING_DAYS = 90
SLA = {
    Urgency.URGENT: timedelta(hours=4),
    Urgency.HOT: timedelta(hours=24),
    Urgency.NORMAL: timedelta(hours=72),
}
EVERYBODY, MINE, TEAM, NOBODY = "", "mine", "team", "nobody"
RUNNING = "plays"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How both lists are narrowed. `whose` is empty, `mine`, `team`, `nobody` or a person's number."""

    q: str = ""
    tiers: tuple[int, ...] = ()
    whose: str = EVERYBODY
    kind: str = ""
    is_surging: bool = False
    threshold: int | None = None
    urgency: str = ""
    is_untagged: bool = False
    is_waiting: bool = False
    since: datetime | None = None
    sort: str = "score"


SORTS: Mapping[str, Any] = {
    "score": F("score").desc(),
    "rise": (F("score") - F("score_week_ago")).desc(),
    "week": F("account__surge__times").desc(nulls_last=True),
    "last": F("last_signal_at").desc(nulls_last=True),
}
"""The orders of the accounts in market, each the largest or the latest first."""


@dataclass(frozen=True, slots=True)
class InMarket:
    """An account that shows intent: the kinds of signal behind it, its week beside its usual one, what runs there."""

    account: Account
    state: AccountState
    rise: float
    drivers: tuple[str, ...]
    week: Week | None
    running: Cell | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The five figures before the review. `before` is a week earlier; None where nobody kept that."""

    in_market: int
    in_market_before: int | None
    crossed: int
    crossed_before: int
    waiting: int
    untagged: int
    silent: tuple[str, ...] = field(default=())


def in_market(user: User, wanted: Wanted, *, now: datetime) -> QuerySet[AccountState]:
    """Accounts with an intent of 30 or more, in the order wanted; no tiers named: all, on the list or not."""
    visible = _accounts(user, wanted)
    if wanted.kind:
        since = now - timedelta(days=DRIVEN_BY_DAYS)
        heard = Signal.objects.filter(
            account=OuterRef("pk"),
            type__kind=wanted.kind,
            occurred_at__gte=since,
            id__gte=first_uuid7(since - DAY),
        )
        visible = visible.filter(Exists(heard))
    found = AccountState.objects.filter(account__in=visible, intent__gte=IN_MARKET_INTENT)
    if wanted.is_surging:
        found = found.filter(account__surge__is_surging=True)
    rows = found.select_related("account", "account__owner", "account__surge")
    return rows.order_by(SORTS[wanted.sort], "-score", "account_id")


def crossed(user: User, wanted: Wanted, *, now: datetime) -> QuerySet[Crossing]:
    """Crossings of the window, newest first; those that wait are of the last 90 days, whatever the window."""
    found = crossings(user)
    if _narrows(wanted):
        found = found.filter(account__in=_accounts(user, wanted))
    if wanted.is_waiting:
        found = _waiting(found, now=now)
    elif wanted.since is not None:
        found = found.filter(crossed_at__gte=wanted.since)
    if wanted.threshold is not None:
        found = found.filter(threshold=wanted.threshold)
    if wanted.urgency:
        found = found.filter(urgency=wanted.urgency)
    if wanted.is_untagged:
        found = found.filter(~Exists(Feedback.objects.filter(crossing=OuterRef("pk"))))
    if wanted.kind:
        found = found.filter(RawSQL(_PROVEN_BY, [wanted.kind], output_field=BooleanField()))  # noqa: S611  (our own text)
    return found


_PROVEN_BY = """
EXISTS (SELECT FROM signals_signal s JOIN signals_signaltype t ON t.id = s.type_id
        WHERE s.id = ANY(signals_crossing.evidence) AND t.kind = %s)
"""


def _narrows(wanted: Wanted) -> bool:
    return bool(wanted.q or wanted.tiers or wanted.whose or wanted.is_surging)


def _accounts(user: User, wanted: Wanted) -> QuerySet[Account]:
    visible = Account.objects.visible_to(user)
    if wanted.q:
        visible = visible.filter(name__icontains=wanted.q)
    if wanted.tiers:
        visible = visible.on_tier(*wanted.tiers)
    if wanted.is_surging:
        visible = visible.filter(surge__is_surging=True)
    if wanted.whose == MINE:
        return visible.filter(owner=user)
    if wanted.whose == TEAM:
        return visible.filter(Q(owner=user) | Q(territory__isnull=False, territory=user.territory_id))
    if wanted.whose == NOBODY:
        return visible.filter(owner__isnull=True)
    return visible.filter(owner=int(wanted.whose)) if wanted.whose else visible


def _waiting(found: QuerySet[Crossing], *, now: datetime) -> QuerySet[Crossing]:
    """Without an outbound sales touch since, for longer than their urgency allows."""
    limits = [When(urgency=urgency, then=Value(limit)) for urgency, limit in SLA.items()]
    due = ExpressionWrapper(
        F("crossed_at") + Case(*limits, default=Value(SLA[Urgency.NORMAL]), output_field=DurationField()),
        output_field=DateTimeField(),
    )
    answered = Touch.objects.filter(
        account=OuterRef("account"),
        side=Side.SALES,
        direction=Direction.OUTBOUND,
        occurred_at__gte=OuterRef("crossed_at"),
        occurred_at__lt=now,
    )
    recent = found.filter(crossed_at__gte=now - timedelta(days=WAITING_DAYS), crossed_at__lt=now)
    return recent.annotate(due=due).filter(due__lt=now).filter(~Exists(answered))


def with_drivers(states: Iterable[AccountState], *, now: datetime) -> list[InMarket]:
    """A page of them with what drives each and what runs there: three queries."""
    page = list(states)
    ids = [state.account_id for state in page]
    drivers = _drivers(ids, now)
    column = next((one for one in columns.registered() if one.name == RUNNING), None)
    running: Mapping[int, Cell] = column.cells(ids, now) if column is not None and ids else {}
    return [
        InMarket(
            account=state.account,
            state=state,
            rise=state.score - state.score_week_ago,
            drivers=drivers.get(state.account_id, ())[:3],
            week=week_of(state.account),
            running=running.get(state.account_id),
        )
        for state in page
    ]


def week_of(account: Account) -> Week | None:
    """The stored week beside its usual one; None for an account without a signal in nine weeks."""
    row = getattr(account, "surge", None)
    if row is None:
        return None
    return Week(row.points, row.signals, row.weeks, row.usual, row.spread, row.times, row.is_surging)


def _drivers(ids: Sequence[int], now: datetime) -> dict[int, tuple[str, ...]]:
    """The kinds of signal of 30 days with their numbers, most first."""
    since = now - timedelta(days=DRIVEN_BY_DAYS)
    names = dict(SignalType.objects.values_list("pk", "name"))
    found: dict[int, tuple[str, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, type_id, count(*) FROM signals_signal WHERE account_id = ANY(%s) AND id >= %s "
            "AND occurred_at >= %s GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
            [list(ids), first_uuid7(since), since],
        )
        for account_id, type_id, n in cursor.fetchall():
            name = names.get(type_id, "Other")
            found[account_id] = (*found.get(account_id, ()), f"{name}, {n} times" if n > 1 else name)
    return found


def agenda(user: User, *, since: datetime, now: datetime) -> Agenda:
    """The five figures: seven queries."""
    visible = Account.objects.visible_to(user)
    week_ago = (now - WEEK).date()
    kept = ScoreNight.objects.filter(day=week_ago, finished_at__isnull=False).exists()
    before = ScoreDay.objects.filter(day=week_ago, intent__gte=IN_MARKET_INTENT, account__in=visible)
    all_crossings = Crossing.objects.visible_to(user)
    fresh = all_crossings.filter(crossed_at__gte=since, crossed_at__lt=now)
    untagged = fresh.filter(~Exists(Feedback.objects.filter(crossing=OuterRef("pk"))))
    silent = SourceAlert.objects.filter(kind=SourceAlert.Kind.SILENT, ended_at__isnull=True)
    return Agenda(
        in_market=AccountState.objects.filter(intent__gte=IN_MARKET_INTENT, account__in=visible).count(),
        in_market_before=before.count() if kept else None,
        crossed=fresh.count(),
        crossed_before=all_crossings.filter(
            crossed_at__gte=since - (now - since), crossed_at__lt=since
        ).count(),
        waiting=_waiting(all_crossings, now=now).count(),
        untagged=untagged.count(),
        silent=tuple(silent.order_by("began_at").values_list("source__name", flat=True)),
    )
