"""Whether each fact, and a whole condition, is true at each row: without and with the row's own signal."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from signals.domain.backtest.flows import Flows
from signals.domain.backtest.history import Flags, Floats, History, Ints, at_or_after
from signals.domain.backtest.rows import SIGNAL, TOUCH, Rows
from signals.domain.catalogue import DAY, Catalogue, topic_key
from signals.domain.condition import (
    AllOf,
    AnyOf,
    Condition,
    Count,
    DistinctContacts,
    DistinctSignals,
    DistinctTypes,
    Dormant,
    FitLevel,
    IntentLevel,
    ScoreLevel,
    ScoreRise,
)
from signals.domain.condition.counting import Counting

CLOSE = 1e-7
"""A score this near to its limit is not decided here: the order of additions must not decide a crossing."""


@dataclass(frozen=True, slots=True)
class Truth:
    """`before` counts what had come before the row, `after` also the row's own signal; both at the row's moment."""

    before: Flags
    after: Flags


@dataclass(slots=True)
class Judge:
    """Judges conditions over the rows of one history; `doubtful` are the rows it cannot be sure of."""

    history: History
    rows: Rows
    flows: Flows
    catalogue: Catalogue
    doubtful: Flags = field(init=False)
    _intents: tuple[Floats, Floats] | None = None

    def __post_init__(self) -> None:
        self.doubtful = np.zeros(len(self.rows), np.bool_)

    def truth(self, condition: Condition) -> Truth:
        """Of a tree, from its leaves up."""
        match condition:
            case AllOf(parts=parts):
                truths = [self.truth(part) for part in parts]
                return Truth(
                    np.logical_and.reduce([one.before for one in truths]),
                    np.logical_and.reduce([one.after for one in truths]),
                )
            case AnyOf(parts=parts):
                truths = [self.truth(part) for part in parts]
                return Truth(
                    np.logical_or.reduce([one.before for one in truths]),
                    np.logical_or.reduce([one.after for one in truths]),
                )
            case Counting():
                return self.counting(condition)
            case FitLevel(at_least=limit):
                met = self.history.fits[self.rows.account] >= limit
                return Truth(met, met)
            case IntentLevel() | ScoreLevel() | ScoreRise():
                return self.level(condition)
            case Dormant():
                return self.dormant(condition)
        raise TypeError(f"There is no backtest of {type(condition).__name__}.")

    def counting(self, leaf: Counting) -> Truth:
        """Each signal holds from its row up to the first row whose window begins after it."""
        seen, rows, wanted = self.history.seen, self.rows, leaf.wanted
        windows = {
            type_id: min(leaf.days * DAY, recency) for type_id, recency in self.catalogue.selection(wanted)
        }
        chosen = np.isin(seen.type_id, list(windows))
        if wanted.topics:
            named = {topic_key(topic) for topic in wanted.topics}
            chosen &= np.isin(
                seen.topic, [key for key, topic in self.history.topics.items() if topic in named]
            )
        own = np.flatnonzero(chosen)
        ends = np.empty(len(own), np.int64)
        for window in set(windows.values()):
            starts = rows.clock.key(rows.account, at_or_after(rows.now - window))
            here = np.isin(
                seen.type_id[own], [type_id for type_id, span in windows.items() if span == window]
            )
            ends[here] = np.searchsorted(starts, rows.seen_key[own[here]], side="right")
        held = _Held(rows.own[own], ends, len(rows))
        types, contacts = seen.type_id[own], seen.contact[own]
        accounts = seen.account[own]
        match leaf:
            case Count():
                amounts = held.each()
            case DistinctTypes():
                amounts = held.of(_joined(accounts, types))
            case DistinctContacts():
                known = contacts > 0
                amounts = held.where(known).of(_joined(accounts[known], contacts[known]))
            case DistinctSignals():
                known = contacts > 0
                kinds = _joined(accounts, types)
                people = held.where(known).of(_joined(kinds[known], contacts[known]))
                sure = held.where(known).of(kinds[known])
                every = held.of(kinds)
                amounts = (people[0] + every[0] - sure[0], people[1] + every[1] - sure[1])
            case _:
                raise TypeError(f"There is no backtest of {type(leaf).__name__}.")
        return Truth(amounts[0] >= leaf.at_least, amounts[1] >= leaf.at_least)

    def level(self, leaf: IntentLevel | ScoreLevel | ScoreRise) -> Truth:
        """At every row, without and with its own signal."""
        scoring, fit = self.flows.scoring, self.flows.scoring.w_fit * self.history.fits[self.rows.account]
        floor, sure = 0.0 * fit, fit >= leaf.at_least
        if isinstance(leaf, IntentLevel):
            sure = np.zeros(len(fit), np.bool_)
        elif isinstance(leaf, ScoreRise):
            midnights = np.floor(self.rows.now / DAY - leaf.days) * DAY
            signal = self.last_before(midnights)
            floor, sure = (
                fit + scoring.w_intent * self.flows.intent(signal, midnights),
                np.zeros(len(fit), np.bool_),
            )
        met = []
        for signal, intent in zip((self.rows.earlier, self.rows.signal), self.intents, strict=True):
            value = intent if isinstance(leaf, IntentLevel) else fit + scoring.w_intent * intent
            if isinstance(leaf, ScoreRise):
                value = value - floor
            met.append(value >= leaf.at_least)
            # Where no signal has come the number is exact.
            self.doubtful |= (np.abs(value - leaf.at_least) < CLOSE) & ~sure & (signal >= 0)
        return Truth(met[0], met[1])

    @property
    def intents(self) -> tuple[Floats, Floats]:
        """Of every row, without and with its own signal; worked out once."""
        if self._intents is None:
            rows = self.rows
            self._intents = (
                self.flows.intent(rows.earlier, rows.now),
                self.flows.intent(rows.signal, rows.now),
            )
        return self._intents

    def last_before(self, moments: Floats) -> Ints:
        """Of each row's account the last signal before a moment; -1: none."""
        rows = self.rows
        keys = rows.clock.key(rows.account, at_or_after(moments))
        found = np.searchsorted(rows.seen_key, keys) - 1
        return np.where(found >= rows.first[rows.account], found, -1)

    def dormant(self, leaf: Dormant) -> Truth:
        """Nothing has happened for so long, and the account has been known that long."""
        rows, places = self.rows, np.arange(len(self.rows))
        happened = (rows.kind == SIGNAL) | (rows.kind == TOUCH)
        last = np.maximum.accumulate(np.where(happened, places, -1))
        top = np.searchsorted(rows.account, np.arange(len(self.history.ids)))[rows.account]
        earlier = np.concatenate([[-1], last[:-1]])
        known = self.history.known_since[rows.account]
        start = known / 1e6
        met = []
        for latest in (earlier, last):
            quiet = np.where(latest >= top, rows.struck[latest], -np.inf)
            met.append((np.maximum(start, quiet) + leaf.days * DAY <= rows.now) & (known > -(2**61)))
        return Truth(met[0], met[1])


class _Held:
    """Signals that hold over half-open runs of rows, in the order of their rows."""

    def __init__(self, begin: Ints, end: Ints, rows: int) -> None:
        self.begin, self.end, self.rows = begin, end, rows

    def where(self, chosen: Flags) -> _Held:
        return _Held(self.begin[chosen], self.end[chosen], self.rows)

    def each(self) -> tuple[Ints, Ints]:
        """How many hold at each row, without and with the row's own."""
        return self._sum(self.begin + 1, self.end), self._sum(self.begin, self.end)

    def of(self, groups: Ints) -> tuple[Ints, Ints]:
        """How many groups have one that holds, without and with the row's own."""
        order = np.argsort(groups, kind="stable")
        begin, end, group = self.begin[order], self.end[order], groups[order]
        new = np.diff(group, prepend=-1) != 0
        lift = np.cumsum(new) * (self.rows + 1)
        longest = np.maximum.accumulate(end + lift) - lift
        held = np.where(new, 0, np.concatenate([[0], longest[:-1]]))
        counts = []
        for own in (begin + 1, begin):
            start = np.maximum(own, held)
            counts.append(self._sum(start, np.maximum(end, start)))
        return counts[0], counts[1]

    def _sum(self, begin: Ints, end: Ints) -> Ints:
        rows = self.rows + 1
        change = np.bincount(begin, minlength=rows) - np.bincount(end, minlength=rows)
        return np.cumsum(change)[: self.rows]


def _joined(outer: Ints, inner: Ints) -> Ints:
    """One number for each pair, in the order of the pairs, so that pairs can be sorted and told apart as numbers."""
    _, place = np.unique(inner, return_inverse=True)
    found: Ints = outer * (int(place.max(initial=0)) + 1) + place
    return found
