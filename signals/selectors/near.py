"""Accounts that are one condition away from a threshold, from the stored states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isinf
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from abmops.lib.slices import in_slices
from accounts.models import Account, User
from signals.domain.condition import View
from signals.domain.condition.levels import Dormant
from signals.domain.condition.nearness import Lack, lacks
from signals.domain.condition.node import Condition
from signals.domain.condition.reach import NOBODY, Reach, reach
from signals.domain.condition.tree import Branch
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState, Threshold
from signals.selectors.engine import Book, LiveThreshold

CHUNK = 500
MOST = 20_000
"""So many are looked at one by one, those with the highest score: about half a second."""

UNSEEN = 0.01
"""A stored intent may be off by this much: what moves by less is not written again."""

INTERESTED = 30
"""For a threshold of every account: those on the list, and the others from this intent on."""


@dataclass(frozen=True, slots=True)
class Near:
    """A threshold that one more fact would cross: the facts any one of which would do, nearest first."""

    threshold: Threshold
    lacking: tuple[Lack, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An account one condition away: what is lacking, and how much of it is there."""

    account_id: int
    score: float
    lacking: tuple[Lack, ...]
    names: Mapping[str, str]

    @property
    def said(self) -> tuple[str, ...]:
        """What is lacking, in words."""
        return _said(self.lacking, self.names)

    @property
    def share(self) -> float:
        """How much is there of what is nearest, from 0 to 1."""
        return self.lacking[0].share


@dataclass(frozen=True, slots=True)
class NearMisses:
    """A threshold's, nearest first: of so many accounts, of which so many may be near and so many of these were looked
    at one by one; the figures stored of the others say that they are not near. `days`, `intent`: what it takes to be
    looked at, None if nothing. `at_once`: a single signal crosses it, so that nobody ever comes near.
    """

    rows: tuple[NearMiss, ...]
    looked_at: int
    possible: int
    of: int
    days: float | None = None
    intent: float | None = None
    at_once: bool = False


def live_threshold(threshold: Threshold, book: Book) -> LiveThreshold | None:
    """Its current version as the engine reads it; None unless it is active."""
    return next((one for one in book.thresholds if one.threshold_id == threshold.pk), None)


def near_misses(
    live: LiveThreshold,
    book: Book,
    *,
    user: User,
    now: datetime,
    names: Mapping[str, str],
    owner: int | None = None,
    tier: int | None = None,
    q: str = "",
) -> NearMisses:
    """Who lacks exactly one condition of a threshold; of more than 20,000 who may, among those with the highest score.

    A threshold that names tiers is looked up for those; one for every account for the list and for who shows intent.
    Who cannot be near by their last signal and intent is left to the database (`reach`); the others take 15 to 50 µs
    each, and 1 to 4 kB to read, and a query a chunk of 500 where silence is looked at. The stored intent is as of the
    last refresh, a quarter of an hour ago at most: between two of them a new weight may show late here.
    """
    accounts = _asked(live, user=user, owner=owner, tier=tier, q=q)
    of = accounts.count()
    least = reach(live.condition, book.scoring)
    states = _within(least, AccountState.objects.filter(account__in=accounts), now)
    columns = states.order_by("-score", "account_id").values_list(
        "account_id", "score", "account__memory__state", "account__fit", "account__created_at"
    )[:MOST]
    touches = _touches(live.condition)
    found, looked_at = [], 0
    for chunk in in_slices(columns.iterator(chunk_size=CHUNK), CHUNK):
        last_touch = touches([row[0] for row in chunk])
        for account_id, score, state, fit, created_at in chunk:
            looked_at += 1
            view, at = _view(state, book, fit, created_at, last_touch.get(account_id), now)
            if lacking := lacks(live.condition, view, at):
                found.append((account_id, score, lacking))
    found.sort(key=lambda one: (-one[2][0].share, -one[1], one[0]))
    rows = (NearMiss(pk, score, lacking, names) for pk, score, lacking in found)
    if least == NOBODY:
        return NearMisses((), 0, 0, of, at_once=True)
    days, intent = (None if isinf(least.days) else least.days), least.intent or None
    possible = states.count() if looked_at == MOST else looked_at
    return NearMisses(tuple(rows), looked_at, possible, of, days, intent)


def _within(least: Reach, states: QuerySet[AccountState], now: datetime) -> QuerySet[AccountState]:
    """The states whose stored figures allow it."""
    if least == NOBODY:
        return states.none()
    if not isinf(least.days):
        states = states.filter(last_signal_at__gte=now - timedelta(days=least.days))
    return states.filter(intent__gte=least.intent - UNSEEN) if least.intent > 0 else states


def near(account: Account, book: Book, *, now: datetime, names: Mapping[str, str]) -> list[Near]:
    """The live thresholds that are one condition away from an account, nearest first. Two or three queries."""
    stored = AccountMemory.objects.filter(account=account).values_list("state", flat=True).first()
    touched: dict[int, datetime] = {}
    if book.watches_dormancy:
        touched = _last_touch([account.pk])
    view, at = _view(stored, book, account.fit, account.created_at, touched.get(account.pk), now)
    open_ones = {
        one.threshold_id: lacking
        for one in book.thresholds
        if one.applies_to(account.tier) and (lacking := lacks(one.condition, view, at))
    }
    thresholds = Threshold.objects.in_bulk(list(open_ones))
    found = [
        Near(thresholds[pk], lacking, _said(lacking, names))
        for pk, lacking in open_ones.items()
        if pk in thresholds
    ]
    return sorted(found, key=lambda one: -one.lacking[0].share)


def _asked(
    live: LiveThreshold, *, user: User, owner: int | None, tier: int | None, q: str
) -> QuerySet[Account]:
    found: QuerySet[Account] = Account.objects.visible_to(user)
    if live.tiers:
        found = found.filter(tier__in=live.tiers)
    else:
        found = found.filter(Q(is_target=True) | Q(state__intent__gte=INTERESTED))
    if owner is not None:
        found = found.filter(owner=owner)
    if tier is not None:
        found = found.filter(tier=tier)
    return found.filter(Q(name__icontains=q) | Q(domain__icontains=q)) if q else found


def _view(
    state: Any, book: Book, fit: float, created_at: datetime, touched: datetime | None, now: datetime
) -> tuple[View, float]:
    """An account as its thresholds see it at `now`, as `services.detect` would."""
    rolling = RollingState.read(state)
    rolling.know_since(created_at.timestamp())
    if touched is not None:
        rolling.touch(touched.timestamp())
    return View(rolling, book.catalogue, fit=fit, scoring=book.scoring), rolling.settled(now.timestamp())


def _touches(condition: Condition) -> Any:
    """What tells the last touches of accounts; nothing is asked where the condition does not look at silence."""
    return _last_touch if _looks_at_silence(condition) else lambda _: {}


def _looks_at_silence(condition: Condition) -> bool:
    if isinstance(condition, Branch):
        return any(_looks_at_silence(part) for part in condition.parts)
    return isinstance(condition, Dormant)


def _last_touch(ids: Sequence[int]) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_TOUCH, [list(ids)])
        return dict(cursor.fetchall())


_LAST_TOUCH = """
SELECT wanted.id, last.occurred_at FROM unnest(%s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT occurred_at FROM accounts_touch t WHERE t.account_id = wanted.id ORDER BY occurred_at DESC LIMIT 1
) last
"""


def _said(lacking: Sequence[Lack], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(lack.words(names) for lack in lacking)
