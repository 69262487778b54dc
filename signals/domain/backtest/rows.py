"""All moments of many accounts at which a threshold might be looked at, in one order: the rows of a backtest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.domain.backtest.history import Floats, History, Ints, Spans, at_or_after, seconds
from signals.domain.state import TICK

WAKE, SINCE, ENTER, TOUCH, SIGNAL = range(5)
"""What a row is. Rows of one account and microsecond come in this order, as in `life`."""

ORDER_BITS = 3


class Clock:
    """Accounts and moments as one whole number, so that one sorted search serves all accounts."""

    def __init__(self, history: History, since: int, until: int) -> None:
        earliest = [since, *(int(each.min()) for each in (history.seen.at, history.touched.at) if len(each))]
        self.base = min(earliest) - 1
        self.bits = (until - self.base + 1).bit_length()
        if len(history.ids).bit_length() + self.bits + ORDER_BITS > 63:
            raise ValueError(
                "So many accounts over so long a time do not fit one number; take fewer at once."
            )

    def key(self, account: Ints, at: Ints) -> Ints:
        """Larger for a later account, and for a later microsecond of the same."""
        found: Ints = (account << self.bits) | np.clip(at - self.base, 0, (1 << self.bits) - 1)
        return found


@dataclass(slots=True)
class Rows:
    """`now` is when each row is looked at, `signal` the last signal that had come by then (-1: none).

    `struck` is `now` before it was brought into order; `own` is where each signal itself stands.
    """

    kind: Ints
    account: Ints
    now: Floats
    struck: Floats
    signal: Ints
    own: Ints
    clock: Clock
    seen_key: Ints
    first: Ints

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def earlier(self) -> Ints:
        """The last signal before each row: the row's own, where it is one, left out."""
        before = self.signal - (self.kind == SIGNAL)
        return np.where(before >= self.first[self.account], before, -1)


@dataclass(frozen=True, slots=True)
class Wakes:
    """Moments at which the clock alone may turn something true."""

    account: Ints
    at: Floats


def made(
    history: History, spans: Spans | None, wakes: Wakes, clock: Clock, *, since: int, until: int
) -> Rows:
    """The rows of these accounts up to `until`."""
    seen, touched, count = history.seen, history.touched, len(history.ids)
    entering = Spans() if spans is None else spans.where((spans.start > since) & (spans.start < until))
    touched = touched.where(touched.at < until)
    parts = [
        # A wake stands behind everything that happened up to its moment: before the first microsecond after it.
        (WAKE, wakes.account, at_or_after(np.nextafter(wakes.at, np.inf)), wakes.at),
        (SINCE, np.arange(count), np.full(count, since), np.full(count, seconds(since))),
        (ENTER, entering.account, entering.start, entering.start / 1e6),
        (TOUCH, touched.account, touched.at, touched.at / 1e6 + TICK),
    ]
    kind = np.concatenate([np.full(len(account), kind) for kind, account, _, _ in parts])
    account, at, now = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    key = (clock.key(account, at) << ORDER_BITS) | kind
    order = np.argsort(key, kind="stable")
    kind, account, now, key = kind[order], account[order], now[order], key[order]
    seen_key = clock.key(seen.account, seen.at)
    ordered = (seen_key << ORDER_BITS) | SIGNAL
    own = np.arange(len(seen)) + np.searchsorted(key, ordered)
    other = np.arange(len(key)) + np.searchsorted(ordered, key)
    rows = len(seen) + len(key)
    kinds, accounts, nows = np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows)
    kinds[own], accounts[own], nows[own] = SIGNAL, seen.account, seen.at / 1e6 + TICK
    kinds[other], accounts[other], nows[other] = kind, account, now
    first = np.searchsorted(seen.account, np.arange(count + 1))
    signal = np.cumsum(kinds == SIGNAL) - 1
    signal = np.where(signal >= first[accounts], signal, -1)
    struck = nows.copy()
    _smooth(kinds, accounts, nows, seconds(since))
    return Rows(kinds, accounts, nows, struck, signal, own, clock, seen_key, first)


def _smooth(kinds: Ints, accounts: Ints, nows: Floats, since: float) -> None:
    """No row is looked at before the one above it: a tick is shorter than what is lost in rounding."""
    past = np.cumsum(kinds == SINCE) <= accounts
    nows[past] = np.minimum(nows[past], since)
    same = accounts[1:] == accounts[:-1]
    while (late := np.flatnonzero(same & (nows[1:] < nows[:-1]))).size:
        nows[late + 1] = nows[late]
