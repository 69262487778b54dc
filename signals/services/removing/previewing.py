"""What a removal would do, before anybody decides it: signals, accounts and their scores, crossings that lose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import Account
from signals.domain import crm
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState, Crossing, Signal, SignalType
from signals.selectors import book
from signals.services.removing.selection import Selection
from signals.services.replay import renew

# A preview counts no further, looks at the crossings of no more accounts, and works out scores of so many accounts with
# so many signals together.
COUNTED = 200_000
MOST_ACCOUNTS = 10_000
SCORED_ACCOUNTS, SCORED_SIGNALS = 20, 50_000
CROSSINGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Touched:
    """An account in a preview: how many of its signals would go, and its score before and after.

    `after` is None where it was not worked out: the account is one of many, or has very many signals.
    """

    account: Account
    signals: int
    before: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Losing:
    """A crossing that would lose some of its evidence."""

    crossing: Crossing
    signals: int
    of: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a removal would do. `is_capped`: there are more than were counted. `crossings` is None where the accounts
    are too many to look at theirs; `losing` are the newest of them. `meetings`: how many of the signals
    are booked meetings."""

    signals: int
    is_capped: bool
    homeless: int
    accounts: int
    touched: Sequence[Touched]
    crossings: int | None
    losing: Sequence[Losing]
    meetings: int


def preview(selection: Selection, *, now: datetime) -> Preview:
    """How many signals, of which accounts, whose scores change, and which crossings rest on them."""
    selection.check()
    meant = selection.signals(asked_at=now).order_by()
    listed = list(meant.values_list("account_id", "type_id")[: COUNTED + 1])
    owners: list[int | None] = [owner for owner, _ in listed]
    booked = set(SignalType.objects.filter(slug=crm.MEETING_TYPE).values_list("pk", flat=True))
    counts = Counter(owner for owner in owners[:COUNTED] if owner is not None)
    is_capped = len(owners) > COUNTED
    losing = None if is_capped or len(counts) > MOST_ACCOUNTS else _losing(list(counts), selection, now)
    return Preview(
        signals=min(len(owners), COUNTED),
        is_capped=is_capped,
        homeless=sum(owner is None for owner in owners[:COUNTED]),
        accounts=len(counts),
        touched=_touched(counts, selection, now),
        crossings=None if losing is None else len(losing),
        losing=_shown(losing or {}),
        meetings=sum(kind in booked for _, kind in listed[:COUNTED]),
    )


def _losing(accounts: Sequence[int], selection: Selection, now: datetime) -> dict[int, int]:
    """Crossings of these accounts, with how many of their signals would go."""
    rows = Crossing.objects.filter(account_id__in=accounts).order_by("-crossed_at", "-pk")
    resting = dict(rows.values_list("pk", "evidence"))
    evidence: set[UUID] = {pk for ids in resting.values() for pk in ids}
    if not evidence:
        return {}
    meant = selection.signals(asked_at=now).order_by().filter(id__in=evidence)
    lost = set(meant.values_list("id", flat=True))
    return {pk: count for pk, ids in resting.items() if (count := len(lost.intersection(ids)))}


def _shown(losing: dict[int, int]) -> list[Losing]:
    rows = Crossing.objects.select_related("account", "threshold").in_bulk(list(losing)[:CROSSINGS_SHOWN])
    return [Losing(rows[pk], n, len(rows[pk].evidence)) for pk, n in losing.items() if pk in rows]


def _touched(counts: Counter[int], selection: Selection, now: datetime) -> list[Touched]:
    """The accounts that lose most, with what their scores would be: one query over the signals of a few of them."""
    most = [pk for pk, _ in counts.most_common(SCORED_ACCOUNTS)]
    rows = {row.account_id: row for row in AccountState.objects.filter(account__in=most)}
    memories = dict(AccountMemory.objects.filter(account__in=most).values_list("account_id", "state"))
    scored, total = {}, 0
    for pk in most:
        row = rows.get(pk)
        if row is not None and total + row.signals_seen <= SCORED_SIGNALS:
            scored[pk], total = RollingState.read(memories.get(pk)), total + row.signals_seen
    written = book()
    left = Signal.objects.exclude(Q(id__in=selection.signals(asked_at=now).order_by().values("id")))
    fresh = renew(scored, written.catalogue, among=left) if scored else {}
    found = []
    for account in sorted(Account.objects.filter(pk__in=most), key=lambda one: most.index(one.pk)):
        states = (scored.get(account.pk), fresh[account.pk].state if account.pk in fresh else None)
        before, after = (
            View(one, written.catalogue, fit=account.fit, scoring=written.scoring).score(now.timestamp())
            if one is not None
            else None
            for one in states
        )
        stored = rows[account.pk].score if account.pk in rows else 0.0
        found.append(Touched(account, counts[account.pk], stored if before is None else before, after))
    return found
