"""What accounts lack for their next phase, how they came to theirs, and what their history says it should be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from abmops.lib.choices import Channel, Outcome
from accounts.domain.phase import History, Missing, missing
from accounts.models import Account, AccountEvent, Opportunity, Touch
from plays.selectors import facts as facts_of
from plays.selectors.evidence import qualifying
from signals.models import Signal


def missing_of(accounts: Iterable[Account], *, now: datetime) -> dict[int, Missing]:
    """Account -> what it lacks for its next phase; two queries, however many there are."""
    rows = list(accounts)
    days = facts_of.policy().qualifying_days
    waiting = [row.pk for row in rows if row.phase == "awareness"]
    came = qualifying(waiting, days=days, now=now) if waiting else {}
    found = {}
    for row in rows:
        lack = missing(
            row.phase, lifecycle=row.lifecycle, qualifying_at=came.get(row.pk, ()), days=days, now=now
        )
        if lack is not None:
            found[row.pk] = lack
    return found


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of the phase. `by`: the person who set it, where one did."""

    at: datetime
    to: str
    cause: str
    by: str


def moves_of(account: Account, *, limit: int = 20) -> list[Moved]:
    """The phases of an account, the newest first."""
    rows = AccountEvent.objects.filter(account=account, kind=AccountEvent.Kind.CHANGED_PHASE)
    return [
        Moved(
            at=row.at,
            to=str(row.payload.get("to", "")),
            cause=str(row.payload.get("cause", "")),
            by=str(row.payload.get("name", "")),
        )
        for row in rows.order_by("-at", "-pk")[:limit]
    ]


def histories(accounts: Collection[Account]) -> dict[int, History]:
    """What speaks for the phase of each, from the beginning; five queries, however many there are."""
    ids = [row.pk for row in accounts]
    signals = _signals(ids)
    met = _met(ids)
    won = dict(
        Opportunity.objects.filter(account__in=ids, outcome=Outcome.WON, closed_at__isnull=False)
        .order_by()
        .values_list("account")
        .annotate(at=Max("closed_at"))
    )
    said = _said(ids)
    return {
        row.pk: History(
            lifecycle=row.lifecycle,
            signals=tuple(signals.get(row.pk, ())),
            met_at=met.get(row.pk),
            won_at=won.get(row.pk),
            set_at=said[row.pk][0] if row.pk in said else None,
            set_to=said[row.pk][1] if row.pk in said else "awareness",
        )
        for row in accounts
    }


def _signals(ids: Collection[int]) -> Mapping[int, list[tuple[int, int | None, datetime]]]:
    rows = (
        Signal.objects.filter(account__in=ids, type__qualifying=True)
        .order_by("occurred_at")
        .values_list("account", "type", "contact", "occurred_at")
    )
    found: dict[int, list[tuple[int, int | None, datetime]]] = defaultdict(list)
    for account, kind, contact, at in rows.iterator(2_000):
        found[account].append((kind, contact, at))
    return found


def _met(ids: Collection[int]) -> Mapping[int, datetime]:
    """When the last meeting was booked or held; one that was never booked is none."""
    booked = (
        AccountEvent.objects.standing()
        .filter(account__in=ids, kind=AccountEvent.Kind.MEETING_BOOKED)
        .order_by()
        .values_list("account")
        .annotate(last=Max("at"))
    )
    held = (
        Touch.objects.filter(account__in=ids, channel=Channel.MEETING)
        .order_by()
        .values_list("account")
        .annotate(last=Max("occurred_at"))
    )
    found: dict[int, datetime] = dict(booked)
    for account, at in held:
        found[account] = max(at, found.get(account, at))
    return found


def _said(ids: Collection[int]) -> dict[int, tuple[datetime, str]]:
    rows = (
        AccountEvent.objects.filter(
            account__in=ids, kind=AccountEvent.Kind.CHANGED_PHASE, payload__has_key="by"
        )
        .order_by("account_id", "-at", "-pk")
        .distinct("account_id")
    )
    return {row.account_id: (row.at, str(row.payload.get("to", "awareness"))) for row in rows}
