"""The quarterly retune [F6]: what a quarter's feedback proposes for weights, and what that does to crossings.

weight' = weight · clamp((good + 10) / (noise + 10), 0.5, 2). DOMAIN's (good + 1) / (noise + 1) is shrunk towards 1 by
nine more tags on each side, so that one word moves a weight by a tenth at most and hundreds count in full. Shrinking
by counts keeps it monotone: one more good tag never lowers a weight, one more noise tag never raises it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from signals.domain.condition.levels import IntentLevel, ScoreLevel, ScoreRise
from signals.domain.precision import Tally

Kind = Literal["source", "type"]

SHRINKAGE = 9
"""Tags of either kind that everybody is given beside the formula's one: those that pull towards no change."""

LEAST_FACTOR, MOST_FACTOR = 0.5, 2.0
PLACES = 3

BOUNDS: Mapping[Kind, tuple[float, float]] = {"source": (0.1, 10.0), "type": (0.05, 1.0)}
"""No source and no type dies silently, and none goes past what its field holds."""

WEIGHED = frozenset({IntentLevel.key, ScoreLevel.key, ScoreRise.key})
"""The conditions that look at weights; all others count signals, which no weight changes."""

ALIKE = timedelta(days=7)
"""A crossing under other weights is the same one if it comes within a week."""


def factor(tally: Tally) -> float:
    """What a weight is multiplied by: 0.5 to 2, and 1 where good and noise are alike often."""
    ratio = (tally.good + 1.0 + SHRINKAGE) / (tally.noise + 1.0 + SHRINKAGE)
    return min(max(ratio, LEAST_FACTOR), MOST_FACTOR)


def retuned(weight: float, tally: Tally, kind: Kind) -> float:
    """The weight proposed, to three places. One that somebody has set beyond the bounds is not pulled inside them."""
    least, most = BOUNDS[kind]
    wished = round(weight * factor(tally), PLACES)
    return min(max(wished, min(weight, least)), max(weight, most))


def reason(tally: Tally, before: float, after: float, kind: Kind) -> str:
    """Why a weight is to change, in a sentence with the tags that say so."""
    said = f"{tally.good} good and {tally.noise} noise"
    if tally.neutral:
        said += f", {tally.neutral} neutral"
    times = factor(tally)
    moved = "more often good than noise" if times > 1.0 else "more often noise than good"
    least, most = BOUNDS[kind]
    held = ""
    if after in {least, most} and abs(before * times - after) > 10**-PLACES:
        held = (
            f", held at {after:g} so that it is heard at all"
            if after == least
            else f", and {after:g} is the most"
        )
    return f"{said}: {moved}, so {times:.2f} times the weight{held}."


def quarter_of(moment: datetime) -> date:
    """The first day of the UTC quarter that a moment lies in."""
    day = moment.astimezone(UTC)
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarter_before(quarter: date) -> date:
    """The quarter before one, by its first day."""
    return date(quarter.year - 1, 10, 1) if quarter.month == 1 else date(quarter.year, quarter.month - 3, 1)


def bounds_of(quarter: date) -> tuple[datetime, datetime]:
    """A quarter as a half-open span of time."""
    end = date(quarter.year + 1, 1, 1) if quarter.month == 10 else date(quarter.year, quarter.month + 3, 1)
    return datetime(quarter.year, quarter.month, 1, tzinfo=UTC), datetime(end.year, end.month, 1, tzinfo=UTC)


def looks_at_weights(condition: Any) -> bool:
    """Whether a condition, as its document, asks for intent, score or a rise of it anywhere."""
    if isinstance(condition, Mapping):
        return bool(WEIGHED & condition.keys()) or any(map(looks_at_weights, condition.values()))
    return isinstance(condition, list | tuple) and any(map(looks_at_weights, condition))


@dataclass(frozen=True, slots=True)
class Moment:
    """An account that crosses, and when."""

    account: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What other weights do to the crossings of one threshold."""

    kept: tuple[Moment, ...]
    gained: tuple[Moment, ...]
    lost: tuple[Moment, ...]


def effect(before: Iterable[Moment], after: Iterable[Moment]) -> Effect:
    """Pair an account's crossings in order of time: within a week of each other they are one, kept (as of before)."""
    ours, theirs = _by_account(before), _by_account(after)
    kept: list[Moment] = []
    gained: list[Moment] = []
    lost: list[Moment] = []
    for account in sorted(ours.keys() | theirs.keys()):
        old, new = ours.get(account, []), theirs.get(account, [])
        while old and new:
            if abs(old[0] - new[0]) <= ALIKE:
                kept.append(Moment(account, old.pop(0)))
                new.pop(0)
            elif old[0] < new[0]:
                lost.append(Moment(account, old.pop(0)))
            else:
                gained.append(Moment(account, new.pop(0)))
        lost += [Moment(account, at) for at in old]
        gained += [Moment(account, at) for at in new]
    return Effect(tuple(kept), tuple(gained), tuple(lost))


def _by_account(moments: Iterable[Moment]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    for one in sorted(moments, key=lambda one: (one.account, one.at)):
        found.setdefault(one.account, []).append(one.at)
    return found
