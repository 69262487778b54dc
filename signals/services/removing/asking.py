"""A removal from the question to its end: what it would do, the decision, and slices of work until all are gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from abmops.lib.ids import uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, User
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState, Crossing, RemovalKind, RemovalRun, Signal
from signals.selectors import book
from signals.services.removing.act import Removed, remove
from signals.services.removing.selection import Selection
from signals.services.replay import renew

KIND = "remove"
# So many are removed while the person waits, about a second; more by a worker, so many a transaction.
AT_ONCE = 1_000
# Of one account more at a time: each slice replays what is left of it.
OF_ONE_ACCOUNT = 10_000
# So many ids may be named one by one.
MOST_IDS = 10_000
# A preview counts no further, and works out scores of so many accounts with so many signals together.
COUNTED = 200_000
SCORED_ACCOUNTS, SCORED_SIGNALS = 20, 50_000


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
class Preview:
    """What a removal would do. `is_capped`: there are more than were counted."""

    signals: int
    is_capped: bool
    homeless: int
    accounts: int
    touched: Sequence[Touched]
    crossings: int


def preview(selection: Selection, *, now: datetime) -> Preview:
    """How many signals, of which accounts, whose scores change, and how many crossings rest on them."""
    selection.check()
    meant = selection.signals(asked_at=now).order_by()
    owners: list[int | None] = list(meant.values_list("account_id", flat=True)[: COUNTED + 1])
    counts = Counter(owner for owner in owners[:COUNTED] if owner is not None)
    resting = Crossing.objects.filter(account_id__in=list(counts)) if len(counts) <= MOST_IDS else None
    evidence: set[UUID] = set()
    if resting is not None:
        evidence = {pk for ids in resting.values_list("evidence", flat=True) for pk in ids}
    lost = set(meant.filter(id__in=evidence).values_list("id", flat=True)) if evidence else set()
    return Preview(
        signals=min(len(owners), COUNTED),
        is_capped=len(owners) > COUNTED,
        homeless=sum(owner is None for owner in owners[:COUNTED]),
        accounts=len(counts),
        touched=_touched(counts, selection, now),
        crossings=resting.filter(evidence__overlap=list(lost)).count() if resting is not None and lost else 0,
    )


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


@transaction.atomic
def remove_signals(*, ids: Sequence[UUID], kind: str, reason: str, by: User | None, now: datetime) -> Removed:
    """Take these signals out at once, for good; ids that are gone already count for nothing.

    `by` None is the program itself. For RevOps; up to 10,000 ids a call.
    """
    if len(ids) > MOST_IDS:
        raise Refused(
            f"At most {MOST_IDS:,} signals are named one by one; choose by account, source or time."
        )
    selection = Selection(ids=tuple(sorted(set(ids))))
    run = _decided(selection, kind, reason, by, now, expected=len(selection.ids))
    done = remove(run=run, ids=selection.ids, now=now)
    _finish(run, now)
    return done


@transaction.atomic
def start_removal(*, selection: Selection, kind: str, reason: str, by: User, now: datetime) -> RemovalRun:
    """Take out all signals that fit: at once where they are few, else slice by slice by a worker.

    Signals that come in after `now` are not meant. A worker that is killed loses nothing: the next one goes on.
    """
    selection.check()
    found = list(selection.signals(asked_at=now).values_list("id", flat=True)[: AT_ONCE + 1])
    if not found:
        raise Refused("No signal is like that any more.")
    expected = len(found) if len(found) <= AT_ONCE else selection.signals(asked_at=now).order_by().count()
    run = _decided(selection, kind, reason, by, now, expected=expected)
    if len(found) <= AT_ONCE:
        remove(run=run, ids=found, now=now)
        _finish(run, now)
    else:
        ids = [str(pk) for pk in selection.ids]
        work.put(kind=KIND, dedup_key=f"{KIND}:{run.pk}:", payload={"run": str(run.pk), "ids": ids})
    return run


def carry_on(items: Sequence[WorkItem], now: datetime) -> None:
    """Work off the next slice of each run, and put the one behind it in the same transaction."""
    for item in items:
        run = RemovalRun.objects.select_for_update().filter(pk=item.payload["run"], finished_at=None).first()
        if run is not None:
            _next_slice(run, item, now)


def _next_slice(run: RemovalRun, item: WorkItem, now: datetime) -> None:
    ids = tuple(UUID(pk) for pk in item.payload.get("ids", ()))
    after = UUID(item.payload["after"]) if item.payload.get("after") else None
    selection = Selection(ids=ids) if ids else Selection.of_json(run.selection)
    most = OF_ONE_ACCOUNT if selection.account is not None else AT_ONCE
    found = list(selection.signals(asked_at=run.asked_at, after=after).values_list("id", flat=True)[:most])
    remove(run=run, ids=found, now=now)
    if len(found) < most:
        _finish(run, now)
        return
    payload = item.payload | {"after": str(found[-1])}
    work.put(kind=KIND, dedup_key=f"{KIND}:{run.pk}:{found[-1]}", payload=payload)


def _decided(
    selection: Selection, kind: str, reason: str, by: User | None, now: datetime, *, expected: int
) -> RemovalRun:
    """The decision as a row."""
    if by is not None and not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps takes signals out again.")
    if kind not in RemovalKind.values:
        raise FieldErrors.one("/kind", "Must be bot or mistake.")
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why, for whoever wonders where the signals went.")
    return RemovalRun.objects.create(
        id=uuid7(now),
        kind=kind,
        reason=reason.strip(),
        selection=selection.to_json(),
        expected=expected,
        asked_by=by,
        asked_at=now,
    )


def _finish(run: RemovalRun, now: datetime) -> None:
    run.finished_at = now
    run.save(update_fields=["finished_at"])
