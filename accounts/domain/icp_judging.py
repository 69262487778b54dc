"""How well a score tells won deals from lost ones: AUC, its interval over companies, and calibration. Pure arithmetic.

Deals of one company are alike, so that whatever is uncertain is judged by drawing companies, not deals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

# A bin of the calibration picture holds at least so many deals; there are at most so many bins.
LEAST_IN_BIN, MOST_BINS = 20, 8
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Deals that were said to be won with about the same chance: what was said, what came, and how sure that is."""

    said: float
    was: float
    deals: int
    low: float
    high: float


def concordant(scores: Array, won: Array, lost: Array) -> tuple[Array, Array]:
    """Of the pairs of a won and a lost deal: how many the score orders rightly (a tie counts half), and how many
    there are. `won` and `lost` are counts by company in the last axis; a leading axis of weightings is kept."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    wins = np.add.reduceat(won[..., order], starts, axis=-1)
    losses = np.add.reduceat(lost[..., order], starts, axis=-1)
    below = np.cumsum(losses, axis=-1) - losses
    right = (wins * (below + losses / 2)).sum(axis=-1)
    return right, wins.sum(axis=-1) * losses.sum(axis=-1)


def auc(
    rounds: Sequence[tuple[Array, Sequence[Array]]], won: Array, lost: Array, draws: Array
) -> tuple[float, Array]:
    """The AUC over all held-out folds, and the same for each draw of companies.

    A round is the scores of every company, each by a model that had not seen it, and the folds (indices). Pairs are
    compared within a fold only, since two models' scores do not compare.
    """
    right = np.zeros(len(draws) + 1)
    pairs = np.zeros(len(draws) + 1)
    for scores, folds in rounds:
        for fold in folds:
            weights = np.vstack([np.ones(len(fold)), draws[:, fold]])
            one, of = concordant(scores[fold], weights * won[fold], weights * lost[fold])
            right += one
            pairs += of
    with np.errstate(invalid="ignore"):
        found = right / pairs
    return float(found[0]), found[1:]


def interval(value: float, drawn: Array, shuffled: Array, *, floor: float = 0.0) -> Interval:
    """The value give or take 1.96 standard errors: the larger of those over draws of companies and over shuffles.

    Draws alone know nothing of what another training set would have taught, and cry wolf twice as often as they
    should; the shuffles know it all, where there is nothing to find.
    """
    error = 1.96 * max(float(np.nanstd(drawn)), float(np.nanstd(shuffled)) if len(shuffled) else 0.0)
    return Interval(value, max(value - error, floor), min(value + error, 1.0))


def draws_of(companies: int, count: int, seed: int) -> Array:
    """How often each company is in each of `count` samples drawn with replacement. The same for the same seed."""
    chosen = np.random.default_rng(seed)
    return chosen.multinomial(companies, np.full(companies, 1 / companies), size=count).astype(np.float64)


def folds_of(won: Array, lost: Array, count: int, seed: int) -> list[Any]:
    """Companies dealt into folds, those with alike shares of wins spread over all of them."""
    order = np.random.default_rng(seed).permutation(len(won))
    share = won[order] / (won[order] + lost[order])
    order = order[np.argsort(share, kind="stable")]
    return [np.sort(order[start::count]) for start in range(count)]


def calibration(said: Array, won: Array, lost: Array, draws: Array) -> list[Bin]:
    """Deals in bins of about equal size by what was said. The interval is the wider of Wilson's and the draws'."""
    deals = won + lost
    total = int(deals.sum())
    bins = max(min(MOST_BINS, total // LEAST_IN_BIN), 1)
    order = np.argsort(said, kind="stable")
    place = np.minimum(((np.cumsum(deals[order]) - deals[order] / 2) / total * bins).astype(int), bins - 1)
    # Companies of whom the same was said stay together.
    levels = np.unique(said[order], return_inverse=True)[1]
    place = np.array([place[levels == level].min() for level in range(levels.max() + 1)])[levels]
    found = []
    for number in np.unique(place):
        inside = order[place == number]
        count, wins = deals[inside].sum(), won[inside].sum()
        mean = float((said[inside] * deals[inside]).sum() / count)
        with np.errstate(invalid="ignore"):
            drawn = (draws[:, inside] @ won[inside]) / (draws[:, inside] @ deals[inside])
        low, high = wilson(float(wins), float(count))
        by_draw = np.nanpercentile(drawn, [2.5, 97.5])
        found.append(
            Bin(
                mean,
                float(wins / count),
                int(count),
                min(low, float(by_draw[0])),
                max(high, float(by_draw[1])),
            )
        )
    return found


def wilson(wins: float, of: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.959963984540054
    share = wins / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
