"""A profile proposed from history: logistic regression on closed deals, judged on companies it has not seen.

Importing this takes a second (scikit-learn): only the worker that needs it does.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import exp
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from accounts.domain import icp_judging as judging
from accounts.domain.fit import Criterion, mask_of, stored, value_of, weight_of
from accounts.domain.icp_features import Feature, History, Weighed, criteria_of, features_of, is_within

# Fewer closed deals than this, or fewer of one kind, or fewer companies, say nothing worth reading.
LEAST_DEALS, LEAST_OF_EACH, LEAST_COMPANIES = 60, 20, 30
FOLDS, ROUNDS, DRAWS, SEED = 5, 6, 1_000, 20
# Outcomes are shuffled between companies so often, and all is learned anew each time: what chance alone would reach.
SHUFFLES, SHUFFLED_ROUNDS = 200, 1
# Ridge penalty: each coefficient is thought to lie around 0 with a standard deviation of 1 before the deals are seen.
STRENGTH = 1.0
MOST_WEIGHTS = 60


@dataclass(frozen=True, slots=True)
class Learned:
    """What the deals say, all on held-out companies.

    `auc`: of the regression; `chance`: the middle 95 % of what it reaches with shuffled outcomes; `likelihood`: how
    often those do as well; `criteria_auc`: of the criteria made of it, as weights 0-100; `current_auc`: of the profile
    in force; `gain`: the criteria's less the profile's.
    """

    criteria: tuple[Criterion, ...]
    deals: int
    won: int
    lost: int
    companies: int
    auc: judging.Interval
    chance: judging.Interval
    likelihood: float
    criteria_auc: judging.Interval
    current_auc: judging.Interval | None
    gain: judging.Interval | None
    calibration: list[judging.Bin]
    weights: list[Weighed]

    @property
    def is_better_than_chance(self) -> bool:
        """Whether the whole interval of the regression's AUC lies above one half."""
        return self.auc.low > 0.5

    def as_evidence(self) -> dict[str, Any]:
        """As it is kept, and as the API answers it."""
        numbers = {
            name: None if (found := getattr(self, name)) is None else asdict(found)
            for name in ("auc", "chance", "criteria_auc", "current_auc", "gain")
        }
        return {
            "deals": self.deals,
            "won": self.won,
            "lost": self.lost,
            "companies": self.companies,
            **numbers,
            "likelihood": round(self.likelihood, 4),
            "better_than_chance": self.is_better_than_chance,
            "calibration": [asdict(one) for one in self.calibration],
            "weights": [
                {
                    "label": one.feature.label,
                    "field": one.feature.field,
                    "coefficient": round(one.coefficient, 4),
                    "odds": round(exp(one.coefficient), 3),
                    "deals": one.deals,
                }
                for one in self.weights[:MOST_WEIGHTS]
            ],
            "criteria": [stored(one) for one in self.criteria],
        }


def too_few(histories: Sequence[History]) -> str:
    """What is missing before anything can be learned, as a sentence; nothing where there is enough."""
    won, lost = sum(one.won for one in histories), sum(one.lost for one in histories)
    companies = len(histories)
    missing = [
        f"{least - have:,} more {what}"
        for have, least, what in (
            (won + lost, LEAST_DEALS, "closed deals"),
            (won, LEAST_OF_EACH, "won deals"),
            (lost, LEAST_OF_EACH, "lost deals"),
            (companies, LEAST_COMPANIES, "companies with a closed deal"),
        )
        if have < least
    ]
    if missing:
        return (
            f"Of the last 24 months {won + lost:,} closed deals have a known account ({won:,} won, {lost:,} lost, "
            f"{companies:,} companies). That is too little to learn from: {', '.join(missing)} are needed."
        )
    if not features_of(histories):
        return (
            f"There are {won + lost:,} closed deals, but nothing is known of their companies that enough of them "
            "share: fill in industry, country, employees, revenue or technologies first."
        )
    return ""


def learn(
    histories: Sequence[History], current: Sequence[Criterion], *, progress: Callable[[int], None]
) -> Learned:
    """Fit, judge on held-out companies, turn into criteria. The same deals give the same answer. `progress` hears
    percents.

    On one thread: the matrices are small, and threads that wait for each other made it eleven times as slow.
    """
    with threadpool_limits(1):
        return _learned(histories, current, progress)


def _learned(
    histories: Sequence[History], current: Sequence[Criterion], progress: Callable[[int], None]
) -> Learned:
    rows = sorted(histories, key=lambda one: one.account)
    features = features_of(rows)
    facts = _matrix(rows, features)
    won, lost = np.array([float(one.won) for one in rows]), np.array([float(one.lost) for one in rows])
    draws = judging.draws_of(len(rows), DRAWS, SEED)
    rounds = [_held_out(features, facts, won, lost, SEED + turn) for turn in range(ROUNDS)]
    progress(10)
    shuffled = _shuffled(features, facts, won, lost, progress)
    auc, drawn = judging.auc([(one.chances, one.folds) for one in rounds], won, lost, draws)
    made, made_drawn = judging.auc([(one.fits, one.folds) for one in rounds], won, lost, draws)
    low, high = np.percentile(shuffled[:, 0], [2.5, 97.5])
    current_auc = gain = None
    if current:
        now = np.array([value_of(current, mask_of(one.company, current)) for one in rows])
        value, now_drawn = judging.auc([(now, one.folds) for one in rounds], won, lost, draws)
        current_auc = judging.interval(value, now_drawn, np.zeros(0))
        gain = judging.interval(made - value, made_drawn - now_drawn, np.zeros(0), floor=-1.0)
    model = _fitted(facts, won, lost)
    weighed = _weighed(features, model.coef_[0], facts, won + lost)
    return Learned(
        criteria=criteria_of(weighed, deals=int((won + lost).sum())),
        deals=int((won + lost).sum()),
        won=int(won.sum()),
        lost=int(lost.sum()),
        companies=len(rows),
        auc=judging.interval(auc, drawn, shuffled[:, 0]),
        chance=judging.Interval(float(np.mean(shuffled[:, 0])), float(low), float(high)),
        likelihood=float((1 + (shuffled[:, 0] >= auc).sum()) / (1 + len(shuffled))),
        criteria_auc=judging.interval(made, made_drawn, shuffled[:, 1]),
        current_auc=current_auc,
        gain=gain,
        calibration=judging.calibration(np.mean([one.chances for one in rounds], axis=0), won, lost, draws),
        weights=sorted(weighed, key=lambda one: (-abs(one.coefficient), one.feature.label)),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """Each company as judged by a model that had not seen it: its chance, its fit by the criteria of that model."""

    chances: Any
    fits: Any
    folds: list[Any]


def _held_out(features: Sequence[Feature], facts: Any, won: Any, lost: Any, seed: int) -> Round:
    folds = judging.folds_of(won, lost, FOLDS, seed)
    chances, fits = np.zeros(len(won)), np.zeros(len(won))
    for fold in folds:
        seen = np.setdiff1d(np.arange(len(won)), fold)
        model = _fitted(facts[seen], won[seen], lost[seen])
        chances[fold] = model.predict_proba(facts[fold])[:, 1]
        deals = (won + lost)[seen]
        criteria = criteria_of(_weighed(features, model.coef_[0], facts[seen], deals), deals=int(deals.sum()))
        fits[fold] = _fits(criteria, features, facts[fold])
    return Round(chances, fits, folds)


def _shuffled(
    features: Sequence[Feature], facts: Any, won: Any, lost: Any, progress: Callable[[int], None]
) -> Any:
    """The AUCs, of the regression and of its criteria, that are reached where the outcomes are anybody's."""
    chosen, none = np.random.default_rng(SEED), np.zeros((0, len(won)))
    found = np.zeros((SHUFFLES, 2))
    for turn in range(SHUFFLES):
        order = chosen.permutation(len(won))
        wins, losses = won[order], lost[order]
        rounds = [_held_out(features, facts, wins, losses, SEED + one) for one in range(SHUFFLED_ROUNDS)]
        found[turn] = [
            judging.auc([(one.chances, one.folds) for one in rounds], wins, losses, none)[0],
            judging.auc([(one.fits, one.folds) for one in rounds], wins, losses, none)[0],
        ]
        if (turn + 1) % 10 == 0:
            progress(10 + 85 * (turn + 1) // SHUFFLES)
    return found


def _fits(criteria: Sequence[Criterion], features: Sequence[Feature], facts: Any) -> Any:
    """The fit of companies by criteria that were made of these features, from the facts alone."""
    fits, total = np.zeros(len(facts)), float(weight_of(criteria)) or 1.0
    for criterion in criteria:
        columns = [place for place, feature in enumerate(features) if is_within(feature, criterion)]
        fits += facts[:, columns].any(axis=1) * 100 * float(criterion.weight) / total
    return fits.round(6)


def _matrix(rows: Sequence[History], features: Sequence[Feature]) -> Any:
    return np.array([[float(one.holds_for(row.company)) for one in features] for row in rows])


def _fitted(facts: Any, won: Any, lost: Any) -> Any:
    """Every company twice, as won and as lost, weighing what it has of either: the same as a row a deal."""
    outcome = np.r_[np.ones(len(won)), np.zeros(len(lost))]
    weight = np.r_[won, lost]
    counted = weight > 0
    model = LogisticRegression(C=STRENGTH, solver="lbfgs", max_iter=1_000)
    return model.fit(np.vstack([facts, facts])[counted], outcome[counted], sample_weight=weight[counted])


def _weighed(features: Sequence[Feature], coefficients: Any, facts: Any, deals: Any) -> list[Weighed]:
    having = facts.T @ deals
    return [
        Weighed(feature, float(value), int(count))
        for feature, value, count in zip(features, coefficients, having, strict=True)
    ]
