"""The decayed points of many accounts at once, by columns: what a rescore of everybody reads of their states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signals.domain.catalogue import DAY, Catalogue
from signals.domain.flow import DAY_LIMIT, FRACTION_BITS

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

WORD = 8
_HEAD_WORDS, _FLOW_WORDS = 4, 4

SHORTEST = 1.0
"""Below this half-life, in days, the days of a week are too far apart in size to be taken from a sum again."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The flows of some accounts: whose each is, what it weighs, half-life, total and latest day, and their days."""

    accounts: int
    owner: Ints
    weight: Floats
    half_life: Floats
    total: Floats
    latest: Ints
    flow_of_day: Ints
    day: Ints
    amount: Floats

    def raw(self, at: float) -> Floats:
        """`signals.domain.score.raw` of each account: at any moment after its last signal, or at a UTC midnight from 14
        days before it.
        """
        when = at / DAY
        points = self.total * np.exp2(np.floor(self.latest / self.half_life) - when / self.half_life)
        # What came on days that began at or after the moment is taken off again.
        later = self.day >= when
        if later.any():
            flow = self.flow_of_day[later]
            half_life = self.half_life[flow]
            unit = when / half_life + FRACTION_BITS
            taken = self.amount[later] * np.exp2(np.floor(self.day[later] / half_life) - unit)
            points -= np.bincount(flow, taken, len(points))
            np.maximum(points, 0.0, out=points)
        found: Floats = np.bincount(self.owner, points * self.weight, self.accounts).astype(np.float64)
        return found

    def unsure(self, at: float) -> Ints:
        """The accounts of which `raw` is too coarse at a moment before their last signal: ask their states."""
        doubtful = (self.half_life < SHORTEST) & (self.latest >= at / DAY)
        return np.unique(self.owner[doubtful])


def sums_of(heads: Sequence[memoryview | bytes], catalogue: Catalogue) -> Sums:
    """Read the heads of dumps of the current layout (`RollingState.dump`: as far as their own third field says)."""
    words = np.frombuffer(b"".join(heads), "<u8")
    lengths = np.fromiter(map(len, heads), np.int64, len(heads)) // WORD
    starts = np.cumsum(lengths) - lengths
    counts = ((words[starts] >> np.uint64(16)) & np.uint64(0xFFFF)).astype(np.int64)
    owner = np.repeat(np.arange(len(heads)), counts)
    flows = _spread(starts + _HEAD_WORDS, counts, _FLOW_WORDS)
    last = words[flows + 3]
    kept = ((last >> np.uint64(32)) & np.uint64(0xFF)).astype(np.int64)
    latest = (last & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.int32).astype(np.int64)
    days = _spread(starts + _HEAD_WORDS + counts * _FLOW_WORDS, lengths - _HEAD_WORDS - counts * _FLOW_WORDS)
    flow_of_day = np.repeat(np.arange(len(flows)), kept)
    packed = words[days]
    return Sums(
        accounts=len(heads),
        owner=owner,
        weight=_weights(words[flows], catalogue),
        half_life=words[flows + 1].view("<f8"),
        total=words[flows + 2].view("<f8"),
        latest=latest,
        flow_of_day=flow_of_day,
        day=latest[flow_of_day] - (packed >> np.uint64(60)).astype(np.int64),
        amount=(packed & np.uint64(DAY_LIMIT)).astype(np.float64),
    )


def _spread(starts: Ints, counts: Ints, step: int = 1) -> Ints:
    """Each start with so many places after it, `step` apart."""
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    places: Ints = np.repeat(starts, counts) + within * step
    return places


def _weights(codes: Words, catalogue: Catalogue) -> Floats:
    """The weight of each flow by its source and type; nothing for a type that is gone."""
    known, place = np.unique(codes, return_inverse=True)
    weights = [catalogue.weights(int(code) & 0xFFFFFFFF).get(int(code) >> 32, 0.0) for code in known]
    return np.array(weights, np.float64)[place]
