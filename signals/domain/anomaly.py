"""Whether a source's volume is what it should be: fallen silent, or far above what it ever sends.

What is usual is learnt from the source's own last eight weeks, hour of the week by hour of the week, each reading also
an hour earlier and later, so that a change of the clocks, here or at the sender, is no news. An alarm takes two proofs:

- it would hardly happen by chance: a negative binomial whose mean is the median of those readings (a holiday among
  them moves nothing) and whose spread is theirs; and not on a holiday either, on which a fifth of it is usual;
- it did not happen before: of the readings in eight weeks no week but one (an outage, a holiday) was as low, and for a
  flood nothing in eight weeks, at any hour, came near it.

A source that sends in few hours of the week, such as a weekly file, is judged by its pauses instead: silent once it
has paused a day longer than ever in eight weeks, or, if its pauses are of every length, twice as long and a day.
A source younger than four weeks gives no alarm. Silence means a tenth of what is usual or less: a quiet day is none.

On a public holiday that the program keeps a source must also be silent for a Sunday: a site whose visitors have the day
off is none, a machine that sends around the clock is. A file that is due on one may come as much later as it lasts, and
of short windows nothing is learnt from the holidays of before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from statistics import median
from typing import Literal

from signals.domain.chances import at_least, at_most
from signals.domain.series import HOUR, WEEK_HOURS, Series

FEWEST_WEEKS = 4
"""The least weeks to compare with."""

SHIFTS = (0, -1, 1)
SILENT_SPANS = (1, 2, 3, 5, 8, 12, 24, 48, 72, 168)
FLOOD_SPANS = (0, 1, 3, 6, 24)
"""Whole hours before the current one that a window holds; 0 is the current hour alone."""

REGULAR = 1.5
"""Pauses are regular when the longest is at most this many times the usual one."""

FEWEST_PAUSES = 3
LOW_SHARE = 0.1
HOLIDAY_SHARE = 0.2
CHANCE_HOLIDAY = 1e-3
CHANCE_SILENT = 1e-5
CHANCE_GAP = 1e-6
CHANCE_FLOOD = 1e-6
SHORTEST_GAP = 20 * 60
"""Seconds without a signal from which on a gap is looked at; shorter ones are how people click."""

FLOOD_TIMES = 3.0
FLOOD_OVER_HIGHEST = 2.0
FLOOD_LEAST = 50


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What is not as usual: from `began` (epoch seconds) on `seen` came where `expected` were usual, by chance `p`."""

    kind: Literal["silent", "flood"]
    began: float
    expected: float
    seen: int
    p: float


def judged(series: Series, *, last: float | None = None, now: float) -> list[Anomaly]:
    """What is not as usual at `now`, at most one of a kind: the one that is least by chance.

    `last` is the moment of the newest signal, if it is known: then a silence is found before its hour is over.
    """
    if series.weeks < FEWEST_WEEKS:
        return []
    if series.is_bursty:
        pause = _pause(series)
        silent = [] if pause is None else [pause]
    else:
        silent = [one for span in SILENT_SPANS if (one := _silent(series, span)) is not None]
        if last is not None and (gap := _gap(series, last, now)) is not None:
            silent.append(gap)
    floods = [one for span in FLOOD_SPANS if (one := _flood(series, span)) is not None]
    return [min(found, key=lambda one: (one.p, one.began)) for found in (silent, floods) if found]


def _pause(series: Series) -> Anomaly | None:
    """A bursty source that pauses longer than it does; expected is what such a time usually brings."""
    first = series.hour - series.weeks * WEEK_HOURS
    active = [hour for hour in range(first, series.hour + 1) if series.at(hour)]
    pauses = [
        later - earlier
        for earlier, later in pairwise(active)
        if later - earlier > 1
        and not series.is_left_out(earlier, later)
        and not series.holiday_hours(earlier, later)
    ]
    if len(pauses) < FEWEST_PAUSES:
        return None
    longest = max(pauses)
    limit = longest + 24 if longest <= REGULAR * median(pauses) else 2 * longest + 24
    paused = series.hour - active[-1]
    if paused - series.holiday_hours(active[-1], series.hour) <= limit:
        return None
    ends = [series.hour - week * WEEK_HOURS for week in range(series.weeks)]
    weekly = median(series.total(end - WEEK_HOURS, end) for end in ends)
    return Anomaly("silent", (active[-1] + 1) * HOUR, weekly * paused / WEEK_HOURS, 0, 1 / (len(pauses) + 1))


def _silent(series: Series, span: int) -> Anomaly | None:
    first, hours = series.hour - span, span + series.part
    seen = series.total(first, series.hour + 1)
    found = _low(series.usual(span, SHIFTS), seen, first * HOUR, CHANCE_SILENT, hours)
    if found is None or not series.holiday_hours(first, series.hour + 1):
        return found
    return _low(series.usual_of_sundays(span, SHIFTS), seen, first * HOUR, CHANCE_SILENT, hours)


def _gap(series: Series, last: float, now: float) -> Anomaly | None:
    """The time since the newest signal, to the second; longer silences are found by whole hours."""
    hour, hours = floor(last / HOUR), (now - last) / HOUR
    span = series.hour - hour - 1
    if now - last < SHORTEST_GAP or span > 3 or series.holiday_hours(hour, series.hour + 1):
        return None
    if span < 0:
        # Within the current hour: what is usual of it, by the share of it that the gap takes.
        share = hours / series.part if series.part else 0.0
        usual = [[reading * share for reading in week] for week in series.usual(0, SHIFTS)]
    else:
        usual = series.usual(span, SHIFTS, lead=hour + 1 - last / HOUR)
    return _low(usual, 0, last, CHANCE_GAP, hours)


def _low(
    usual: Sequence[Sequence[float]], seen: int, began: float, chance: float, hours: float
) -> Anomaly | None:
    if len(usual) < FEWEST_WEEKS:
        return None
    readings = [reading for week in usual for reading in week]
    expected = median(readings)
    if expected <= 0 or seen > LOW_SHARE * expected:
        return None
    # One week may have been as low: a holiday or an outage among the eight is no rule.
    low = sum(min(week) <= max(seen, LOW_SHARE * expected) for week in usual)
    if low > 1:
        return None
    spread = _spread(readings, expected, hours)
    p = at_most(seen, expected, spread)
    quiet = HOLIDAY_SHARE * expected
    if p >= chance or at_most(seen, quiet, quiet + HOLIDAY_SHARE**2 * (spread - expected)) >= CHANCE_HOLIDAY:
        return None
    return Anomaly("silent", began, expected, seen, p)


def _flood(series: Series, span: int) -> Anomaly | None:
    seen = series.total(series.hour - span, series.hour + 1)
    if seen < FLOOD_LEAST:
        return None
    usual = series.usual(span, SHIFTS)
    if len(usual) < FEWEST_WEEKS:
        return None
    readings = [reading for week in usual for reading in week]
    highest = max(readings)
    if seen <= FLOOD_TIMES * highest or seen <= FLOOD_OVER_HIGHEST * _highest(series, span + 1):
        return None
    expected = max(median(readings), 1.0)
    p = at_least(seen, expected, _spread(readings, expected, span + series.part))
    return Anomaly("flood", (series.hour - span) * HOUR, expected, seen, p) if p < CHANCE_FLOOD else None


def _highest(series: Series, length: int) -> int:
    """The most that any `length` whole hours of the compared weeks held, known floods left out."""
    first = series.hour - series.weeks * WEEK_HOURS - 1
    last = series.hour - max(length, 24)
    best = 0
    for hour in range(first, last - length + 1):
        count = series.total(hour, hour + length)
        if count > best and not series.is_left_out(hour, hour + length):
            best = count
    return best


def _spread(readings: Sequence[float], mean: float, hours: float) -> float:
    """A variance of a count with this mean: its own chance, and beside it how far the readings lie apart.

    Readings of parts of an hour are shares of whole hours, which lie closer together than the parts themselves do.
    """
    apart = 1.4826 * median([abs(reading - mean) for reading in readings])
    return mean + apart * apart / min(1.0, max(hours, 0.05))
