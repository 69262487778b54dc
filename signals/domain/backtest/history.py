"""The past of many accounts in columns: what a backtest reads once and looks at many times.

Times are whole microseconds since 1970 (UTC), as the database keeps them; accounts are numbered by their place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from signals.domain.backtest.life import Past
from signals.domain.state import Sighting

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEVER = -(2**62)
FOREVER = 2**62


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Seen:
    """Signals by account and time. `contact` 0: nobody known; `topic` 0: none that is asked for."""

    account: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)
    type_id: Ints = field(default_factory=_none)
    source_id: Ints = field(default_factory=_none)
    contact: Ints = field(default_factory=_none)
    topic: Ints = field(default_factory=_none)
    points: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.at)

    def where(self, chosen: Flags | slice | Ints) -> Seen:
        """Some of them, in the same order, or in the order of the numbers given."""
        return Seen(
            self.account[chosen],
            self.at[chosen],
            self.type_id[chosen],
            self.source_id[chosen],
            self.contact[chosen],
            self.topic[chosen],
            self.points[chosen],
        )

    def ordered(self) -> Seen:
        """By account and time; of one moment by type, so that the order of reading cannot show."""
        if not len(self):
            return self
        base = int(self.at.min())
        bits = (int(self.at.max()) - base).bit_length()
        if bits + int(self.account.max()).bit_length() > 62:
            return self.where(np.lexsort((self.type_id, self.at, self.account)))
        key = (self.account << bits) | (self.at - base)
        order = np.argsort(key)
        key = key[order]
        same = key[1:] == key[:-1]
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        order[tied] = order[tied][np.lexsort((self.type_id[order[tied]], key[tied]))]
        return self.where(order)


@dataclass(frozen=True, slots=True)
class Moments:
    """When touches happened and on which accounts, as two columns."""

    account: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)

    def where(self, chosen: Flags | slice) -> Moments:
        """Some of them."""
        return Moments(self.account[chosen], self.at[chosen])


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open times `[start, end)` of accounts, ordered by account and start; those of one account do not overlap."""

    account: Ints = field(default_factory=_none)
    start: Ints = field(default_factory=_none)
    end: Ints = field(default_factory=_none)
    tier: Ints = field(default_factory=_none)

    def where(self, chosen: Flags | slice) -> Spans:
        """Some of them."""
        return Spans(self.account[chosen], self.start[chosen], self.end[chosen], self.tier[chosen])


@dataclass(frozen=True, slots=True)
class History:
    """Accounts with their fits, signals, touches, and their places on the list.

    `known_since` is `NEVER` where an account is not known since any date. `topics` says which number stands for which
    topic (by `topic_key`).
    """

    ids: Ints
    fits: Floats
    known_since: Ints
    seen: Seen
    touched: Moments = field(default_factory=Moments)
    places: Spans = field(default_factory=Spans)
    topics: Mapping[int, str] = field(default_factory=dict)

    def of_tiers(self, tiers: Collection[int]) -> Spans | None:
        """When each account was in one of these tiers; None for no tiers: any account, on the list or not."""
        return self.places.where(np.isin(self.places.tier, sorted(tiers))) if tiers else None

    def part(self, first: int, last: int) -> History:
        """The accounts from place `first` up to `last`, numbered anew from 0."""

        seen = self.seen.where(_between(self.seen.account, first, last))
        touched = self.touched.where(_between(self.touched.account, first, last))
        places = self.places.where(_between(self.places.account, first, last))
        return History(
            self.ids[first:last],
            self.fits[first:last],
            self.known_since[first:last],
            replace(seen, account=seen.account - first),
            replace(touched, account=touched.account - first),
            replace(places, account=places.account - first),
            self.topics,
        )

    def past(self, place: int, tiers: Collection[int]) -> Past:
        """One account as the engine itself lives it. Its signals are named by their order."""
        one = self.part(place, place + 1)
        spans, known = one.of_tiers(tiers), int(one.known_since[0])
        return Past(
            [_sighting(number, one) for number in range(len(one.seen))],
            touches=[seconds(at) for at in one.touched.at.tolist()],
            known_since=None if known == NEVER else seconds(known),
            fit=float(one.fits[0]),
            applies=None
            if spans is None
            else [
                (seconds(start), seconds(end))
                for start, end in zip(spans.start.tolist(), spans.end.tolist(), strict=True)
            ],
        )


def seconds(at: int) -> float:
    """Epoch seconds, the same float that `datetime.timestamp()` gives."""
    return at / 1_000_000


def microseconds(at: float) -> int:
    """The whole microsecond nearest to an epoch time."""
    return round(at * 1_000_000)


def at_or_after(moments: Floats) -> Ints:
    """The first whole microsecond whose float is not before each moment: comparing floats exactly, in whole numbers."""
    found: Ints = np.ceil(moments * 1e6).astype(np.int64)
    found -= (found - 1) / 1e6 >= moments
    found += found / 1e6 < moments
    return found


def _sighting(number: int, history: History) -> Sighting:
    seen: Any = history.seen
    return Sighting(
        at=seconds(int(seen.at[number])),
        signal_id=str(UUID(int=number + 1)),
        source_id=int(seen.source_id[number]),
        type_id=int(seen.type_id[number]),
        contact_id=int(seen.contact[number]) or None,
        topic=history.topics.get(int(seen.topic[number]), ""),
        points=float(seen.points[number]),
    )


def _between(places: Ints, first: int, last: int) -> slice:
    low, high = np.searchsorted(places, (first, last))
    return slice(int(low), int(high))
