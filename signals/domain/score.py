"""The scores [F2]:

Decayed intent, fit, and the one number made of them, with what each source and type gives to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, exp2, floor, fsum

from signals.domain.catalogue import DAY, Catalogue
from signals.domain.state import RollingState

STRONG_FIT = 81.0
MODERATE_FIT = 50.0


@dataclass(frozen=True, slots=True)
class Scoring:
    """The settings of the score. `k` is the raw intent that gives 63 of 100; the weights add up to 1."""

    k: float = 40.0
    w_fit: float = 0.4
    w_intent: float = 0.6


DEFAULT_SCORING = Scoring()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source and type give at a moment:

    Weighted points, their share of all (0 to 1), their part of intent.
    """

    source_id: int
    type_id: int
    raw: float
    share: float
    intent: float


def raw(state: RollingState, catalogue: Catalogue, at: float) -> float:
    """The sum over all signals of `points * confidence * source weight * 2^(-age / half-life)`.

    `at` is an epoch time: any moment after the last signal, or a UTC midnight from 14 days before it; there
    the sum is of the signals before that midnight. Weights are the catalogue's, half-lives those that the
    state was summed with.
    """
    return fsum(_weighed(state, catalogue, at))


def raw_at_midnights(state: RollingState, catalogue: Catalogue, last: float, count: int) -> list[float]:
    """`raw` at each of the `count` UTC midnights up to and with `last`, oldest first, in one pass over the state."""
    first_day = round(last / DAY) - count + 1
    columns: list[list[float]] = []
    for source_id, type_id, flow in state.sums:
        weight = catalogue.weights(source_id).get(type_id)
        if weight:
            columns.append([points * weight for points in flow.points_at_midnights(first_day, count)])
    return [fsum(row) for row in zip(*columns, strict=True)] if columns else [0.0] * count


def intent(raw_points: float, k: float = DEFAULT_SCORING.k) -> float:
    """`100 * (1 - exp(-raw / k))`: 0 for no signal, never quite 100."""
    return 100.0 * (1.0 - exp(-raw_points / k))


def score(
    fit: float,
    intent_points: float,
    w_fit: float = DEFAULT_SCORING.w_fit,
    w_intent: float = DEFAULT_SCORING.w_intent,
) -> float:
    """The one number: `w_fit * fit + w_intent * intent`, 0 to 100."""
    return w_fit * fit + w_intent * intent_points


def contributions(
    state: RollingState, catalogue: Catalogue, at: float, k: float = DEFAULT_SCORING.k
) -> tuple[Contribution, ...]:
    """What each source and type give, largest first; the parts add up to `raw(...)` and to `intent(...)`.

    Intent bends, so a part of it belongs to nobody alone: it is shared out as the raw points are.
    """
    weighed = zip(state.sums.rows, _weighed(state, catalogue, at), strict=True)
    parts = sorted(
        ((row[0], row[1], part) for row, part in weighed), key=lambda part: (-part[2], part[0], part[1])
    )
    total = fsum(part for _, _, part in parts)
    points = intent(total, k)
    return tuple(
        Contribution(source_id, type_id, part, part / total, points * part / total)
        for source_id, type_id, part in parts
        if part > 0.0
    )


def fit_name(fit: float) -> str:
    """The name people know a fit by: strong from 81, moderate from 50, else weak."""
    if fit >= STRONG_FIT:
        return "strong"
    return "moderate" if fit >= MODERATE_FIT else "weak"


def midnight_before(moment: float, days: int = 0) -> float:
    """The last UTC midnight at or before `moment` less `days` days, as epoch seconds."""
    return floor(moment / DAY - days) * DAY


def _weighed(state: RollingState, catalogue: Catalogue, at: float) -> list[float]:
    """What each flow gives, in the order of its rows; nothing where the catalogue does not hold its type.

    `Flow.points_at` without the flow, wherever its last day began before the moment: mostly everywhere.
    """
    when, weighing, sums = at / DAY, catalogue.weighing, state.sums
    if state.last_signal_at is None or floor(state.last_signal_at / DAY) < when:
        return [
            total * exp2(floor(latest / half_life) - when / half_life) * weighing[source_id].get(type_id, 0.0)
            for source_id, type_id, half_life, total, latest, _, _ in sums.rows
        ]
    return [
        (
            total * exp2(floor(latest / half_life) - when / half_life)
            if latest < when
            else sums.points_at(place, at)
        )
        * weighing[source_id].get(type_id, 0.0)
        for place, (source_id, type_id, half_life, total, latest, _, _) in enumerate(sums.rows)
    ]
