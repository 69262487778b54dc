"""What the signal pages show, each in a number of queries that rows do not change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from accounts.models import Account, User
from signals.domain.condition import Progress, View, threshold_sentence
from signals.domain.condition import parse as parse_condition
from signals.domain.state import RollingState
from signals.models import (
    AccountState,
    Crossing,
    Signal,
    SignalType,
    Threshold,
    ThresholdVersion,
    UnmatchedSignal,
)
from signals.selectors import Book
from signals.timeline import told

WEEK = timedelta(days=7)
SHOWN_WEEKS = 13
DRIVEN_BY_DAYS = 30
# Below this an account's interest is what decay leaves of old signals.
IN_MARKET_INTENT = 30
# A threshold is near when what it lacks is at least half there.
HALFWAY = 0.5


@dataclass(frozen=True, slots=True)
class InMarket:
    """An account that shows intent, and the kinds of signal behind it, most frequent first."""

    account: Account
    state: AccountState
    rise: float
    drivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossing with the signals that prove it, newest first."""

    crossing: Crossing
    evidence: tuple[Signal, ...]

    @property
    def said(self) -> list[str]:
        """The evidence in words, alike signals once with their number."""
        counts: dict[str, int] = {}
        for signal in self.evidence:
            counts[told(signal)] = counts.get(told(signal), 0) + 1
        return [f"{words}, {n} times" if n > 1 else words for words, n in counts.items()]


@dataclass(frozen=True, slots=True)
class Near:
    """A threshold that one more fact would cross: the facts it still lacks."""

    threshold: Threshold
    lacking: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A threshold as the page reads it: its sentence, and how often it has crossed week by week."""

    threshold: Threshold
    sentence: str
    weeks: tuple[int, ...]
    crossings: int
    accounts: int


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


def crossings(user: User) -> QuerySet[Crossing]:
    """Crossings, newest first."""
    return (
        Crossing.objects.visible_to(user)
        .select_related("account", "account__owner", "threshold", "version")
        .order_by("-crossed_at", "-pk")
    )


def with_evidence(found: Iterable[Crossing]) -> list[Crossed]:
    """A page of crossings with all their evidence: one query, in the partitions that the ids name."""
    page = list(found)
    wanted = {pk for crossing in page for pk in crossing.evidence}
    signals = signals_by_id(wanted)
    return [
        Crossed(crossing, tuple(signals[pk] for pk in crossing.evidence if pk in signals))
        for crossing in page
    ]


def signals_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Signal]:
    """The signals of these ids; one that has left with its partition is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    # The bounds let the planner open only the partitions that the time-ordered ids lie in.
    rows = Signal.objects.filter(id__in=wanted, id__gte=min(wanted), id__lte=max(wanted))
    return {row.pk: row for row in rows.select_related("type", "source", "contact")}


def weekly_signals(account: Account, *, now: datetime) -> tuple[int, ...]:
    """Signals a week over the last 13 weeks, oldest first; a week is seven days that end now."""
    start = now - SHOWN_WEEKS * WEEK
    moments = Signal.objects.filter(account=account, occurred_at__gte=start, occurred_at__lt=now)
    weeks = [0] * SHOWN_WEEKS
    for moment in moments.values_list("occurred_at", flat=True).order_by():
        weeks[(moment - start) // WEEK] += 1
    return tuple(weeks)


def near(account: Account, written: Book, *, now: datetime, names: Mapping[str, str]) -> list[Near]:
    """The live thresholds one fact away, those that lack least first. Two queries."""
    stored = AccountState.objects.filter(account=account).values_list("state", flat=True).first()
    state = RollingState.load(bytes(stored or b""))
    at = state.settled(now.timestamp())
    view = View(state, written.catalogue, fit=account.fit, scoring=written.scoring)
    open_ones = [
        live
        for live in written.thresholds
        if live.applies_to(account.tier) and live.condition.steps_away(view, at) == 1
    ]
    thresholds = Threshold.objects.in_bulk([live.threshold_id for live in open_ones])
    found = []
    for live in open_ones:
        lacking = tuple(
            step
            for step in live.condition.progress(view, at, names)
            if not step.is_met and step.need and step.have >= HALFWAY * step.need
        )
        if lacking and live.threshold_id in thresholds:
            found.append(Near(thresholds[live.threshold_id], lacking))
    return sorted(found, key=lambda one: -max(step.have / step.need for step in one.lacking))


def written_thresholds(user: User, *, now: datetime) -> list[Written]:
    """Every threshold with its sentence and its crossings of the last 13 weeks. Three queries."""
    start = now - SHOWN_WEEKS * WEEK
    names = type_names()
    weeks: dict[int, list[int]] = {}
    accounts: dict[int, set[int]] = {}
    recent = Crossing.objects.filter(crossed_at__gte=start, crossed_at__lt=now)
    for threshold_id, account_id, moment in recent.values_list(
        "threshold_id", "account_id", "crossed_at"
    ).order_by():
        weeks.setdefault(threshold_id, [0] * SHOWN_WEEKS)[(moment - start) // WEEK] += 1
        accounts.setdefault(threshold_id, set()).add(account_id)
    found = Threshold.objects.visible_to(user).select_related("current", "owner")
    ordered = sorted(found, key=lambda one: (_STATUS_ORDER[one.status], one.name))
    none = [0] * SHOWN_WEEKS
    return [
        Written(
            threshold=one,
            sentence=sentence_of(one, names),
            weeks=tuple(weeks.get(one.pk, none)),
            crossings=sum(weeks.get(one.pk, none)),
            accounts=len(accounts.get(one.pk, ())),
        )
        for one in ordered
    ]


def sentence_of(threshold: Threshold, names: Mapping[str, str]) -> str:
    """What the current version says, in English; empty while nothing is written."""
    return sentence_of_version(threshold.current, names) if threshold.current else ""


def sentence_of_version(version: ThresholdVersion, names: Mapping[str, str]) -> str:
    """What one version says, in English."""
    return threshold_sentence(
        parse_condition(version.condition),
        tiers=tuple(version.tiers),
        urgency=version.urgency,
        rearm_days=version.rearm_days,
        names=names,
    )


def type_names() -> Mapping[str, str]:
    """The catalogue's names by slug, for sentences."""
    return dict(SignalType.objects.values_list("slug", "name"))


def unmatched_domains(*, limit: int) -> Sequence[Mapping[str, object]]:
    """Signals that no account is known for, by domain, most frequent first."""
    return list(
        UnmatchedSignal.objects.exclude(domain="")
        .values("domain")
        .annotate(n=Count("signal_id"), newest=Max("received_at"))
        .order_by("-n", "domain")[:limit]
    )


_STATUS_ORDER = {"active": 0, "draft": 1, "paused": 2, "retired": 3}
