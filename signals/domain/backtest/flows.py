"""Decayed points of many accounts at any moment: running sums over their signals, one per half-life."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from math import log

import numpy as np

from signals.domain.backtest.history import Floats, Ints, Seen
from signals.domain.catalogue import DAY, Catalogue
from signals.domain.score import Scoring

LN2 = log(2)

HALF_LIVES = 900.0
"""A running sum is kept in the money of its first signal's day; after so many half-lives it changes over."""


class Flows:
    """What `score.raw` is after each signal. The sums are positive, so their relative error stays near 1e-12."""

    def __init__(self, seen: Seen, catalogue: Catalogue, scoring: Scoring) -> None:
        self.seen, self.scoring = seen, scoring
        self.at: Floats = seen.at / 1e6
        self.sums: dict[float, Floats] = {}
        worth = _worth(seen, catalogue)
        ids: defaultdict[float, list[int]] = defaultdict(list)
        for facts in catalogue:
            ids[float(facts.half_life_days)].append(facts.id)
        firsts = [*np.flatnonzero(np.diff(seen.account, prepend=-1)).tolist(), len(seen)]
        for half_life, type_ids in ids.items():
            amounts = np.where(np.isin(seen.type_id, type_ids), worth, 0.0)
            if amounts.any():
                self.sums[half_life] = _running(self.at, amounts, firsts, half_life)

    def raw(self, signal: Ints, moments: Floats) -> Floats:
        """The decayed points at each moment, counting an account's signals up to and with `signal`; -1: none."""
        total = np.zeros(len(moments))
        if not len(self.at):
            return total
        waited = moments - self.at[signal]
        for half_life, sums in self.sums.items():
            # numpy's exp is several times faster than its exp2.
            total += sums[signal] * np.exp(waited * (-LN2 / (half_life * DAY)))
        total[signal < 0] = 0.0
        return total

    def intent(self, signal: Ints, moments: Floats) -> Floats:
        """The intent after each of these signals, by the formula of `score.intent`."""
        found: Floats = 100.0 * (1.0 - np.exp(-self.raw(signal, moments) / self.scoring.k))
        return found


def _worth(seen: Seen, catalogue: Catalogue) -> Floats:
    """Points times confidence times source weight."""
    worth: Floats = np.zeros(len(seen))
    for source_id in np.unique(seen.source_id).tolist():
        weights = catalogue.weights(source_id)
        known = np.array(sorted(weights), np.int64)
        table = np.array([weights[type_id] for type_id in known.tolist()])
        here = seen.source_id == source_id
        worth[here] = seen.points[here] * table[np.searchsorted(known, seen.type_id[here])]
    return worth


def _running(at: Floats, amounts: Floats, firsts: list[int], half_life: float) -> Floats:
    """The decayed sum right after each signal, account by account."""
    sums: Floats = np.zeros(len(at))
    longest = HALF_LIVES * half_life * DAY
    for first, last in pairwise(firsts):
        start, carried = first, 0.0
        while start < last:
            origin = at[start]
            stop = last
            if at[last - 1] - origin > longest:
                stop = start + int(np.searchsorted(at[start:last], origin + longest, side="right"))
            lives = (at[start:stop] - origin) / (DAY * half_life)
            growth = np.exp2(lives)
            sums[start:stop] = (np.cumsum(amounts[start:stop] * growth) + carried) / growth
            if stop < last:
                carried = float(sums[stop - 1] * np.exp2((at[stop - 1] - at[stop]) / (DAY * half_life)))
            start = stop
    return sums
