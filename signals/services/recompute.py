"""Rolling states made anew from the stored signals: the proof that they are right, and the cure should they not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.models import Account
from signals.domain.condition import View
from signals.domain.packing import StateLayoutError
from signals.domain.score import midnight_before
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState, Signal, Walk
from signals.selectors import Book, book
from signals.services.memory import remember
from signals.services.replay import Renewed, renew

# A transaction holds the states of so many accounts at most, and of so many signals unless one account has more: who
# stores signals for them waits that long.
ACCOUNTS_AT_ONCE = 500
SIGNALS_AT_ONCE = 50_000
TOLERANCE = 1e-9
MENDING, CHECKING = "recompute", "recompute-check"


@dataclass(slots=True)
class Report:
    """How many accounts were looked at, how many states were not as their signals say, and by how much at worst.

    `after` is the last account done: a walk that was stopped goes on behind it.
    """

    accounts: int = 0
    differing: int = 0
    largest_difference: float = 0.0
    after: int = 0

    @property
    def agrees(self) -> bool:
        """Whether every stored state said what its signals say."""
        return not self.differing and self.largest_difference <= TOLERANCE


def recompute(
    *,
    now: datetime,
    after: int | None = None,
    fresh: bool = False,
    check: bool = False,
    told: Callable[[Report], None] | None = None,
) -> Report:
    """Replay every account's signals into a fresh state, some accounts a transaction, and store it; `check` only looks.

    Goes on where the walk before it was stopped or killed, unless it is to begin `fresh` or behind the account `after`.
    `told` hears how far it has come. The thresholds' memory of what has crossed stays as it is: what was decided is not
    decided again. Signals that come in meanwhile wait for the lock of their account, and are added afterwards.
    """
    name = CHECKING if check else MENDING
    if fresh or after is not None:
        Walk.objects.filter(name=name).delete()
    walk, _ = Walk.objects.get_or_create(
        name=name, defaults={"place": str(after) if after else "", "begun_at": now, "moved_at": now}
    )
    report = Report(walk.done, walk.differing, walk.largest_difference, int(walk.place or 0))
    written = book()
    while ids := _next(report.after):
        _step(ids, written, now, report, walk, check=check)
        if told is not None:
            told(report)
    walk.delete()
    return report


def stopped(*, check: bool = False) -> Walk | None:
    """The walk that was stopped before its end, if one was."""
    return Walk.objects.filter(name=CHECKING if check else MENDING).first()


@transaction.atomic
def recompute_accounts(account_ids: Sequence[int], *, now: datetime) -> None:
    """The same for these accounts: their signals have changed hands."""
    _chunk(sorted(account_ids), book(), now, Report())


def lock_states(account_ids: Sequence[int]) -> None:
    """Wait for whoever advances these states, and hold them until the transaction ends; in id order."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(account_ids)])


def _next(after: int) -> list[int]:
    """The next accounts by id, as many as have so many signals together that their lock is not held for long."""
    rows = Account.objects.filter(id__gt=after).order_by("id")
    found = list(rows.values_list("id", "state__signals_seen")[:ACCOUNTS_AT_ONCE])
    sums = accumulate(seen or 0 for _, seen in found)
    return [pk for (pk, _), total in zip(found, sums, strict=True) if total <= SIGNALS_AT_ONCE] or [
        pk for pk, _ in found[:1]
    ]


@transaction.atomic
def _step(
    ids: Sequence[int], written: Book, now: datetime, report: Report, walk: Walk, *, check: bool
) -> None:
    """Do these accounts, and remember in the same transaction that they are done."""
    _chunk(ids, written, now, report, check=check)
    report.after = ids[-1]
    walk.place, walk.done, walk.moved_at = str(report.after), report.accounts, now
    walk.differing, walk.largest_difference = report.differing, report.largest_difference
    walk.save()


def _chunk(ids: Sequence[int], written: Book, now: datetime, report: Report, *, check: bool = False) -> None:
    if not check:
        AccountState.objects.bulk_create([AccountState(account_id=pk) for pk in ids], ignore_conflicts=True)
    rows = (
        AccountState.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(account_id__in=ids)
    )
    rows_by_id = {row.account_id: row for row in rows.order_by("account_id")}
    stored = dict(AccountMemory.objects.filter(account_id__in=ids).values_list("account_id", "state"))
    states = {pk: _loaded(row, stored.get(pk)) for pk, row in rows_by_id.items()}
    fresh = renew({pk: state or RollingState() for pk, state in states.items()}, written.catalogue)
    values, dumps = [], []
    for pk, row in rows_by_id.items():
        fresh[pk].state.know_since(row.account.created_at.timestamp())
        values.append(_compared(row, states[pk], fresh[pk], written, now, report))
        dumps.append((pk, fresh[pk].state.dump()))
    if check:
        _note_missing(set(ids) - set(rows_by_id), report)
    elif values:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _SAVE, values, page_size=len(values))
        remember(dumps)


def _note_missing(account_ids: set[int], report: Report) -> None:
    """Accounts without a state are right while nothing has come from them."""
    report.accounts += len(account_ids)
    report.differing += (
        Signal.objects.filter(account_id__in=account_ids).order_by().values("account_id").distinct().count()
        if account_ids
        else 0
    )


def _loaded(row: AccountState, stored: bytes | memoryview | None) -> RollingState | None:
    """The stored state; None where its bytes are none of ours."""
    try:
        state = RollingState.load(stored or b"")
    except StateLayoutError:
        return None
    state.know_since(row.account.created_at.timestamp())
    return state


def _compared(
    row: AccountState,
    old: RollingState | None,
    new: Renewed,
    written: Book,
    now: datetime,
    report: Report,
) -> tuple[object, ...]:
    """The values to store, with the difference from what was stored noted in the report."""
    at = new.state.settled(now.timestamp())
    before, after = (
        View(state, written.catalogue, fit=row.account.fit, scoring=written.scoring)
        for state in (old or RollingState(), new.state)
    )
    difference = abs(before.intent(at) - after.intent(at))
    # A state made under another catalogue is made anew with the next signal; that is no mistake, its points are.
    is_same = old is not None and (
        old.is_stale(written.catalogue) or _fitted(old, written).dump() == new.state.dump()
    )
    is_same = is_same and row.signals_seen == new.signals and difference <= TOLERANCE
    report.accounts += 1
    report.differing += not is_same
    report.largest_difference = max(report.largest_difference, difference)
    last = new.state.last_signal_at
    return (
        row.account_id,
        after.intent(at),
        after.score(at),
        after.score(midnight_before(at, 7)),
        now,
        None if last is None else datetime.fromtimestamp(last, tz=UTC),
        new.signals,
    )


def _fitted(state: RollingState, written: Book) -> RollingState:
    """Without what a threshold asked for that is gone."""
    state.fit(written.catalogue)
    return state


_LOCK = "SELECT FROM signals_accountstate WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE"
_SAVE = """
UPDATE signals_accountstate s SET intent = v.intent, score = v.score, score_week_ago = v.week_ago,
    scored_at = v.at, last_signal_at = v.last_at::timestamptz, signals_seen = v.seen
FROM (VALUES %s) AS v(account_id, intent, score, week_ago, at, last_at, seen) WHERE s.account_id = v.account_id
"""
