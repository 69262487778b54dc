"""The decayed points of one source and type on one account, summed exactly: arrival order cannot show.

Points are kept as whole numbers of 2^-40 points, *forward*-decayed: a signal at day x counts `points * 2^(x
/ h)`, and dividing by `2^(t / h)` on reading gives what is left of it at day t. Whole numbers add in any
order to the same sum, nothing is ever rounded again after a signal came in, and folding a day into the base
is a shift. The price is a base that grows by one bit per half-life of history: 26 bits a year at 14 days.
"""

from __future__ import annotations

from math import exp2, floor, ldexp
from struct import Struct

import msgspec

from signals.domain.catalogue import DAY

KEPT_DAYS = 15
"""Days kept apart from the base:

The latest and the 14 before, so that every midnight of 14 days can be asked for.
"""

FRACTION_BITS = 40
"""Each signal is rounded once, to 2^-41 points at most (4.5e-13)."""

DAY_LIMIT = 2**60 - 1
"""A day's sum stops here: a million points of one type from one source in one day."""

KEPT_HALF_LIVES = 1024
"""Bits of the base this many half-lives back are dropped;

Older than two years by far, for half-lives of a day and more.
"""


UNKNOWN = -1.0
"""A sum that has to be worked out anew, because a signal came."""

_DAY = Struct("<Q")


class Flow(msgspec.Struct, gc=False):
    """What one source and type gave. `half_life` (days) is the one it was summed with, and is read with.

    The base is `base * 2^power`, with an odd `base` (as bytes: it outgrows 64 bits). `packed` are the days from
    `latest` (since 1970) back, oldest first, eight bytes each: how many days before the latest in the upper four bits,
    the amount in units of that day's midnight in the others. `total` is the sum of it all in units of the latest day's
    midnight, rounded once, so that most readings need no more. Reading is exact at each UTC midnight from 14 days
    before the latest signal's, and at every moment after that signal.
    """

    half_life: float
    base: bytes = b""
    power: int = 0
    latest: int = 0
    packed: bytes = b""
    total: float = UNKNOWN

    @property
    def days(self) -> list[tuple[int, int]]:
        """The days kept apart with their amounts, oldest first."""
        latest = self.latest
        return [(latest - (word >> 60), word & DAY_LIMIT) for (word,) in _DAY.iter_unpack(self.packed)]

    def add(self, at: float, points: float) -> None:
        """Add one signal's points, however late it comes."""
        self.total = UNKNOWN
        when = at / DAY
        day = floor(when)
        half_lives = when / self.half_life
        whole = floor(half_lives)
        amount = round(ldexp(points * exp2(half_lives - whole), FRACTION_BITS))
        ahead = day - self.latest if self.packed else KEPT_DAYS
        if ahead <= -KEPT_DAYS:
            self._fold(amount, whole)
            return
        amount <<= whole - self._shift(day)
        if ahead > 0:
            self._move_on(day, ahead, min(amount, DAY_LIMIT))
            return
        words = [word for (word,) in _DAY.iter_unpack(self.packed)]
        place = len(words) - 1
        while place >= 0 and words[place] >> 60 < -ahead:
            place -= 1
        if place >= 0 and words[place] >> 60 == -ahead:
            amount += words.pop(place) & DAY_LIMIT
        else:
            place += 1
        words.insert(place, -ahead << 60 | min(amount, DAY_LIMIT))
        self.packed = b"".join(map(_DAY.pack, words))

    def _move_on(self, day: int, ahead: int, amount: int) -> None:
        """Let a later day be the latest, so many days ahead; what lies too far behind it goes to the base."""
        was, self.latest = self.latest, day
        kept = []
        for (word,) in _DAY.iter_unpack(self.packed):
            back = word >> 60
            if back + ahead < KEPT_DAYS:
                kept.append(_DAY.pack(word + (ahead << 60)))
            else:
                self._fold(word & DAY_LIMIT, self._shift(was - back))
        kept.append(_DAY.pack(amount))
        self.packed = b"".join(kept)

    def points_at(self, at: float) -> float:
        """The decayed points of all signals of days that began before `at`, unweighted."""
        when, half_life = at / DAY, self.half_life
        half_lives = when / half_life
        if self.latest < when:
            total = self.total if self.total != UNKNOWN else self.settle()
            return total * exp2(floor(self.latest / half_life) - half_lives)
        total = _scaled(self.base, self.power, half_lives) if self.base else 0.0
        latest, unit = self.latest, half_lives + FRACTION_BITS
        for (word,) in _DAY.iter_unpack(self.packed):
            day = latest - (word >> 60)
            if day >= when:
                break
            total += (word & DAY_LIMIT) * exp2(floor(day / half_life) - unit)
        return total

    def settle(self) -> float:
        """Work out `total` where a signal came since: exactly, and rounded once."""
        if self.total == UNKNOWN:
            half_life, latest = self.half_life, self.latest
            exact, lowest = int.from_bytes(self.base, "little"), self.power
            for (word,) in _DAY.iter_unpack(self.packed):
                shift, amount = floor((latest - (word >> 60)) / half_life), word & DAY_LIMIT
                if shift < lowest or not exact:
                    exact, lowest = (exact << lowest - shift if exact else 0) + amount, shift
                else:
                    exact += amount << shift - lowest
            spare = max(0, exact.bit_length() - 64)
            self.total = ldexp(exact >> spare, spare + lowest - floor(latest / half_life) - FRACTION_BITS)
        return self.total

    def points_at_midnights(self, first_day: int, count: int) -> list[float]:
        """`points_at` the midnights that begin `first_day` and the days after it."""
        points = self.points_at(first_day * DAY)
        found = [points]
        amounts, fade = dict(self.days), exp2(-1 / self.half_life)
        for day in range(first_day, first_day + count - 1):
            points *= fade
            amount = amounts.get(day)
            if amount:
                points += amount * exp2(self._shift(day) - FRACTION_BITS - (day + 1) / self.half_life)
            found.append(points)
        return found

    def _shift(self, day: int) -> int:
        """The whole half-lives from 1970 to a day's midnight: the power of two its amount is counted in."""
        return floor(day / self.half_life)

    def _fold(self, amount: int, power: int) -> None:
        """Add `amount * 2^power` to the base and bring it to its one shortest form."""
        if not amount:
            return
        held = int.from_bytes(self.base, "little")
        lowest = min(self.power, power) if held else power
        total = (held << (self.power - lowest) if held else 0) + (amount << (power - lowest))
        latest = self._shift(self.latest) if self.packed else power
        forgotten = max(0, latest - KEPT_HALF_LIVES - FRACTION_BITS - lowest)
        total >>= forgotten
        trailing = max(0, (total & -total).bit_length() - 1)
        total >>= trailing
        self.power = lowest + forgotten + trailing if total else 0
        self.base = total.to_bytes((total.bit_length() + 7) // 8, "little")


def _scaled(base: bytes, power: int, half_lives: float) -> float:
    """`base * 2^(power - half_lives)` in points, from the base's 64 leading bits."""
    held = int.from_bytes(base, "little")
    spare = max(0, held.bit_length() - 64)
    return (held >> spare) * exp2(power + spare - FRACTION_BITS - half_lives)
