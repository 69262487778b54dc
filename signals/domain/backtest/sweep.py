"""The crossings of all accounts at once: what `life.crossings` gives for each, from columns.

Every moment at which somebody would look is a row; a condition is judged over all rows in a few passes; what is left to
do one by one is the cool-down. An account whose score comes too near a limit is lived through by `life` instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from signals.domain.backtest import life
from signals.domain.backtest.flows import Flows
from signals.domain.backtest.history import Flags, Floats, History, Ints, Seen, Spans, at_or_after, seconds
from signals.domain.backtest.rows import ENTER, SINCE, WAKE, Clock, Rows, Wakes, made
from signals.domain.backtest.truth import CLOSE, Judge, Truth
from signals.domain.catalogue import DAY, Catalogue
from signals.domain.condition import Condition, Dormant, IntentLevel, ScoreLevel, ScoreRise
from signals.domain.condition.tree import Branch
from signals.domain.score import DEFAULT_SCORING, Scoring
from signals.domain.state import TICK

ACCOUNTS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """A threshold as it would have been, over `[since, until)` (microseconds)."""

    condition: Condition
    tiers: Collection[int]
    rearm_days: float
    since: int
    until: int
    scoring: Scoring = DEFAULT_SCORING


@dataclass(frozen=True, slots=True)
class Found:
    """Crossings by account and time: the account's place in the history, epoch seconds.

    `lived` are the accounts that were left to the engine itself.
    """

    account: Ints
    at: Floats
    lived: int = 0


def crossings(history: History, asked: Question, catalogue: Catalogue) -> Found:
    """The same crossings as `life.crossings` gives account by account; the catalogue as there."""
    parts = []
    for first in range(0, len(history.ids), ACCOUNTS_AT_ONCE):
        part = history.part(first, min(first + ACCOUNTS_AT_ONCE, len(history.ids)))
        found = _of_part(part, asked, catalogue)
        parts.append(replace(found, account=found.account + first))
    if not parts:
        return Found(np.empty(0, np.int64), np.empty(0))
    return Found(
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.at for part in parts]),
        sum(part.lived for part in parts),
    )


def leaves(condition: Condition) -> Iterator[Condition]:
    """The single facts of a condition."""
    if isinstance(condition, Branch):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def hears_all(condition: Condition) -> bool:
    """Whether signals of every type and any age matter: to scores and to silence."""
    return any(isinstance(leaf, IntentLevel | ScoreLevel | ScoreRise | Dormant) for leaf in leaves(condition))


def _of_part(history: History, asked: Question, catalogue: Catalogue) -> Found:
    heard = sorted(asked.condition.types_heard(catalogue))
    whole = history
    history = replace(history, seen=_needed(history.seen, asked, heard))
    spans, clock = history.of_tiers(asked.tiers), Clock(history, asked.since, asked.until)
    flows = Flows(history.seen, catalogue, asked.scoring)
    wakes = _wakes(history, asked, flows, clock)
    rows = made(history, spans, wakes, clock, since=asked.since, until=asked.until)
    judge = Judge(history, rows, flows, catalogue)
    truth = judge.truth(asked.condition)
    looks = _looks(rows, truth, heard, history.seen, spans)
    accounts, moments = _cooled(rows, truth, looks, asked.rearm_days)
    started = rows.now >= seconds(asked.since)
    doubtful = np.unique(rows.account[judge.doubtful & started])
    if not len(doubtful):
        return Found(accounts, moments)
    return _lived(whole, asked, catalogue, doubtful, accounts, moments)


def _needed(seen: Seen, asked: Question, heard: list[int]) -> Seen:
    """The signals that can matter: before the end, and where only counts are asked for, of the types that are heard."""
    chosen = seen.at < asked.until
    if not hears_all(asked.condition):
        chosen &= np.isin(seen.type_id, heard)
    return seen.where(chosen)


def _wakes(history: History, asked: Question, flows: Flows, clock: Clock) -> Wakes:
    """Every moment at which the clock may turn a fact true; some more do no harm."""
    accounts: list[Ints] = [np.empty(0, np.int64)]
    moments: list[Floats] = [np.empty(0)]
    for leaf in set(leaves(asked.condition)):
        if isinstance(leaf, Dormant):
            account, at = _silences(history, leaf, clock)
        elif isinstance(leaf, ScoreRise):
            account, at = _midnights(history, asked, leaf, flows, clock)
        else:
            continue
        inside = (at > seconds(asked.since)) & (at < seconds(asked.until))
        accounts.append(account[inside])
        moments.append(at[inside])
    return Wakes(np.concatenate(accounts), np.concatenate(moments))


def _silences(history: History, leaf: Dormant, clock: Clock) -> tuple[Ints, Floats]:
    """When each silence becomes long enough, unless something happens before."""
    count = len(history.ids)
    account = np.concatenate([history.seen.account, history.touched.account, np.arange(count)])
    at = np.concatenate([history.seen.at, history.touched.at, np.full(count, clock.base)])
    order = np.argsort(clock.key(account, at), kind="stable")
    account, at = account[order], at[order]
    following = np.append(np.where(account[1:] == account[:-1], at[1:] / 1e6, np.inf), np.inf)
    known = history.known_since[account]
    due = np.maximum(known / 1e6, np.where(at > clock.base, at / 1e6 + TICK, -np.inf)) + leaf.days * DAY
    chosen = (known > -(2**61)) & (due < following)
    return account[chosen], due[chosen]


def _midnights(
    history: History, asked: Question, leaf: ScoreRise, flows: Flows, clock: Clock
) -> tuple[Ints, Floats]:
    """The midnights soon after a signal at which there is intent enough for such a rise."""
    first, last = asked.since // 86_400_000_000 + 1, -(-asked.until // 86_400_000_000)
    days = np.arange(first, last) * 86_400_000_000
    count = len(history.ids)
    account, at = np.repeat(np.arange(count), len(days)), np.tile(days, count)
    keys = clock.key(history.seen.account, history.seen.at)
    signal = np.searchsorted(keys, clock.key(account, at)) - 1
    tops = np.searchsorted(history.seen.account, np.arange(count))
    chosen = signal >= tops[account]
    account, at, signal = account[chosen], at[chosen], signal[chosen]
    recent = at - history.seen.at[signal] <= (leaf.days + 1) * 86_400_000_000
    account, at, signal = account[recent], at[recent], signal[recent]
    moments = at / 1e6
    enough = asked.scoring.w_intent * flows.intent(signal, moments) >= leaf.at_least - CLOSE
    return account[enough], moments[enough]


def _looks(rows: Rows, truth: Truth, heard: list[int], seen: Seen, spans: Spans | None) -> Ints:
    """The start, comings into the tiers, signals that are heard, and in each silence the first moment of truth."""
    own = np.zeros(len(rows), np.bool_)
    own[rows.own] = np.isin(seen.type_id, heard)
    looked = (rows.kind == SINCE) | (rows.kind == ENTER) | own | _woken(rows, truth)
    begun = np.cumsum(rows.kind == SINCE) > rows.account
    return np.flatnonzero(looked & begun & _applies(rows, spans))


def _woken(rows: Rows, truth: Truth) -> Flags:
    """The clock is asked only where the condition is false after what happened last, and until it is true."""
    waking = rows.kind == WAKE
    woken: Flags = np.zeros(len(rows), np.bool_)
    if waking.any():
        places = np.arange(len(rows))
        last = np.maximum.accumulate(np.where(waking, -1, places))
        true = np.flatnonzero(
            waking & truth.after & ~truth.after[last] & (rows.account[last] == rows.account)
        )
        _, firsts = np.unique(last[true], return_index=True)
        woken[true[firsts]] = True
    return woken


def _applies(rows: Rows, spans: Spans | None) -> Flags:
    """Whether the threshold is for the row's account at the row's moment."""
    if spans is None:
        return np.ones(len(rows), np.bool_)
    if not len(spans.start):
        return np.zeros(len(rows), np.bool_)
    # The last whole microsecond that is not after each moment: starts and ends are whole microseconds.
    at = at_or_after(np.nextafter(rows.now, np.inf)) - 1
    starts = rows.clock.key(spans.account, spans.start)
    place = np.searchsorted(starts, rows.clock.key(rows.account, at), side="right") - 1
    found: Flags = (place >= 0) & (spans.account[place] == rows.account) & (spans.end[place] > at)
    return found


def _cooled(rows: Rows, truth: Truth, looks: Ints, rearm_days: float) -> tuple[Ints, Floats]:
    """What crosses: `crossing.step`, look by look."""
    account, kind, moments = rows.account[looks], rows.kind[looks], rows.now[looks]
    before, after = truth.before[looks], truth.after[looks]
    was = np.concatenate([[False], after[:-1] & (account[1:] == account[:-1])]) if len(looks) else after
    turned = after & ~(was & before & (kind != WAKE)) & (kind != SINCE)
    chosen, cool = [], rearm_days * DAY
    last, ready = -1, 0.0
    places = np.flatnonzero(turned)
    for place, whose, at in zip(
        places.tolist(), account[places].tolist(), moments[places].tolist(), strict=True
    ):
        if whose != last or at >= ready:
            chosen.append(place)
            last, ready = whose, at + cool
    return account[chosen], moments[chosen]


def _lived(
    history: History,
    asked: Question,
    catalogue: Catalogue,
    doubtful: Ints,
    accounts: Ints,
    moments: Floats,
) -> Found:
    """With the doubtful accounts' crossings as the engine itself finds them."""
    kept = ~np.isin(accounts, doubtful)
    found: list[tuple[int, float]] = []
    for place in doubtful.tolist():
        lived = life.crossings(
            history.past(place, asked.tiers),
            asked.condition,
            catalogue,
            since=seconds(asked.since),
            until=seconds(asked.until),
            rearm_days=asked.rearm_days,
            scoring=asked.scoring,
        )
        found += [(place, crossed.at) for crossed in lived]
    accounts = np.concatenate([accounts[kept], np.array([place for place, _ in found], np.int64)])
    moments = np.concatenate([moments[kept], np.array([at for _, at in found])])
    order = np.lexsort((moments, accounts))
    return Found(accounts[order], moments[order], len(doubtful))
