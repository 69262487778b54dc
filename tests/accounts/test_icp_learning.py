"""A profile learned from deals: the arithmetic by its definition, effects that are there, and noise that is not."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from accounts.domain import icp_judging as judging
from accounts.domain import icp_learning as learning
from accounts.domain.fit import Criterion, Firmographics, mask_of, value_of
from accounts.domain.icp_features import (
    LEAST_GAP,
    Feature,
    History,
    Weighed,
    criteria_of,
    features_of,
    round_number,
)

INDUSTRIES = ("Steel", "Optics", "Retail", "Bank", "Health", "Energy")


def histories(seed: int, *, count: int = 120, deals: int = 3, effect: float = 0.0) -> list[History]:
    """Companies with deals; with an effect, steel and optics win, and so does 600 to 8,000 employees."""
    chosen = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        industry = INDUSTRIES[chosen.integers(6)]
        employees = int(np.exp(chosen.normal(7, 1.4)))
        technologies = tuple(one for one in ("SAP", "Excel", "AWS") if chosen.random() < 0.4)
        odds = effect * (1.5 * (industry in INDUSTRIES[:2]) + 1.2 * (600 <= employees < 8_000) - 1)
        made = 1 + chosen.poisson(deals - 1)
        won = int(chosen.binomial(made, 1 / (1 + np.exp(-odds))))
        company = Firmographics(
            industry=industry,
            employees=employees,
            annual_revenue=Decimal(int(np.exp(chosen.normal(16, 2)))),
            country=("DE", "FR", "US")[chosen.integers(3)],
            technologies=technologies,
        )
        rows.append(History(number, company, won, made - won))
    return rows


def learn(rows: list[History], current: tuple[Criterion, ...] = ()) -> learning.Learned:
    """As the worker does."""
    return learning.learn(rows, current, progress=lambda percent: None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer shuffles, for what does not hang on their number."""
    monkeypatch.setattr(learning, "SHUFFLES", 20)
    monkeypatch.setattr(learning, "ROUNDS", 2)


COMPANIES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9]), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


@given(rows=COMPANIES)
def test_concordance_counts_every_pair_of_a_won_and_a_lost_deal(rows: list[tuple[float, int, int]]) -> None:
    scores, won, lost = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    right, pairs = judging.concordant(scores, won, lost)
    by_hand = [
        (1.0 if a > b else 0.5 if a == b else 0.0)
        for a, wins, _ in rows
        for b, _, losses in rows
        for _ in range(wins * losses)
    ]
    assert (float(right), float(pairs)) == (sum(by_hand), len(by_hand))


@pytest.mark.parametrize("seed", range(4))
def test_the_auc_of_one_fold_is_that_of_the_textbook(seed: int) -> None:
    chosen = np.random.default_rng(seed)
    scores = chosen.random(40).round(1)
    won, lost = chosen.integers(0, 4, 40).astype(float), chosen.integers(1, 4, 40).astype(float)
    value, drawn = judging.auc([(scores, [np.arange(40)])], won, lost, judging.draws_of(40, 50, seed))
    outcome = np.r_[np.ones(40), np.zeros(40)]
    assert value == pytest.approx(
        roc_auc_score(outcome, np.r_[scores, scores], sample_weight=np.r_[won, lost])
    )
    counts = judging.draws_of(40, 50, seed)[7]
    weights = np.r_[won * counts, lost * counts]
    assert drawn[7] == pytest.approx(roc_auc_score(outcome, np.r_[scores, scores], sample_weight=weights))


@pytest.mark.parametrize(
    ("wins", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval_is_the_published_one(wins: int, of: int, low: float, high: float) -> None:
    assert judging.wilson(wins, of) == pytest.approx((low, high), abs=0.0001)


@given(count=st.integers(10, 60), seed=st.integers(0, 9))
def test_every_company_is_held_out_exactly_once(count: int, seed: int) -> None:
    won, lost = np.arange(count) % 3 * 1.0, np.ones(count)
    folds = judging.folds_of(won, lost, 5, seed)
    assert sorted(np.concatenate(folds)) == list(range(count))
    assert max(len(fold) for fold in folds) - min(len(fold) for fold in folds) <= 1
    assert max(won[fold].sum() for fold in folds) - min(won[fold].sum() for fold in folds) <= 4


def test_a_drawn_sample_has_as_many_companies_and_is_the_same_again() -> None:
    draws = judging.draws_of(30, 100, 3)
    assert (draws.sum(axis=1) == 30).all()
    assert (draws == judging.draws_of(30, 100, 3)).all()


def test_calibration_counts_each_deal_once_and_keeps_those_together_of_whom_the_same_was_said() -> None:
    said = np.array([0.2] * 10 + [0.5] * 10 + [0.8] * 10)
    won, lost = (
        np.r_[np.full(10, 1.0), np.full(10, 2.0), np.full(10, 4.0)],
        np.r_[np.full(20, 3.0), np.ones(10)],
    )
    bins = judging.calibration(said, won, lost, judging.draws_of(30, 200, 1))
    assert sum(one.deals for one in bins) == int((won + lost).sum())
    assert [round(one.said, 6) for one in bins] == [0.2, 0.5, 0.8]
    assert [one.was for one in bins] == pytest.approx([0.25, 0.4, 0.8])
    for one in bins:
        low, high = judging.wilson(one.was * one.deals, one.deals)
        assert one.low <= low <= one.was <= high <= one.high


@pytest.mark.parametrize(
    ("number", "rounded"),
    [
        ("1234", "1200"),
        ("1250", "1200"),
        ("1350", "1400"),
        ("99", "99"),
        ("996", "1000"),
        ("7", "7"),
        ("0", "0"),
    ],
)
def test_cuts_lie_at_round_numbers(number: str, rounded: str) -> None:
    assert round_number(Decimal(number)) == Decimal(rounded)


def test_facts_are_chosen_without_looking_at_the_end_of_the_deals() -> None:
    rows = histories(1, effect=2.0)
    turned = [History(one.account, one.company, one.lost, one.won) for one in rows]
    assert features_of(rows) == features_of(turned)
    assert {one.field for one in features_of(rows)} == {
        "industry",
        "country",
        "employees",
        "annual_revenue",
        "technologies",
    }


def test_a_rare_value_and_one_that_all_have_are_no_facts() -> None:
    rows = [
        History(number, Firmographics(industry="Whales" if number < 2 else "Steel", country="DE"), 10, 10)
        for number in range(40)
    ]
    assert [one.value for one in features_of(rows)] == ["Steel"]


@given(seed=st.integers(0, 300))
@settings(deadline=None, max_examples=25)
def test_each_known_number_lies_in_exactly_one_step(seed: int) -> None:
    rows = histories(seed, count=40)
    for field in ("employees", "annual_revenue"):
        steps = [one for one in features_of(rows) if one.field == field]
        for row in rows:
            assert sum(step.holds_for(row.company) for step in steps) == 1


@given(seed=st.integers(0, 300), weights=st.lists(st.floats(-2, 2), min_size=30, max_size=30))
@settings(deadline=None, max_examples=40)
def test_criteria_of_coefficients_weigh_from_one_to_a_hundred_and_are_met_by_who_has_the_facts(
    seed: int, weights: list[float]
) -> None:
    rows = histories(seed, count=60)
    features = features_of(rows)
    deals = sum(one.deals for one in rows)
    weighed = [
        Weighed(feature, weight, sum(one.deals for one in rows if feature.holds_for(one.company)))
        for feature, weight in zip(features, weights, strict=False)
    ]
    criteria = criteria_of(weighed, deals=deals)
    assert all(1 <= one.weight <= 100 for one in criteria)
    if criteria:
        assert abs(float(sum(one.weight for one in criteria)) - 100) <= len(criteria)
    facts = np.array([[float(one.holds_for(row.company)) for one in features] for row in rows])
    by_facts = learning._fits(criteria, features, facts)
    assert list(by_facts) == [
        pytest.approx(value_of(criteria, mask_of(row.company, criteria))) for row in rows
    ]


@pytest.mark.parametrize(
    ("coefficients", "values"),
    [
        pytest.param({"A": 1.0, "B": 0.9, "C": -1.0, "D": -0.9}, ("A", "B"), id="two against two"),
        pytest.param({"A": 1.0, "B": 0.0, "C": 0.0, "D": 0.0}, ("A",), id="one stands out"),
        pytest.param({"A": 0.02, "B": 0.01, "C": 0.0, "D": -0.02}, None, id="nothing worth a criterion"),
        pytest.param({"A": 0.5, "B": 0.5, "C": 0.5, "D": -1.5}, ("A", "B", "C"), id="all but one"),
    ],
)
def test_values_are_cut_where_they_differ_most(
    coefficients: dict[str, float], values: tuple[str, ...] | None
) -> None:
    weighed = [Weighed(Feature("industry", name), value, 25) for name, value in coefficients.items()]
    criteria = criteria_of(weighed, deals=100)
    assert [one.any_of for one in criteria] == ([values] if values else [])
    assert LEAST_GAP == 0.1


@pytest.mark.parametrize(
    ("won", "lost", "companies", "words"),
    [
        pytest.param(30, 11, 41, ("41 closed deals", "19 more closed deals", "9 more lost deals"), id="both"),
        pytest.param(5, 95, 100, ("15 more won deals",), id="too few won"),
        pytest.param(50, 50, 4, ("26 more companies",), id="too few companies"),
        pytest.param(0, 0, 0, ("0 closed deals", "60 more closed deals"), id="none"),
    ],
)
def test_too_few_deals_are_refused_in_a_sentence_that_says_how_many_are_missing(
    won: int, lost: int, companies: int, words: tuple[str, ...]
) -> None:
    rows = [
        History(number, Firmographics(industry="Steel"), won // companies, lost // companies)
        for number in range(companies)
    ]
    if rows:
        rows[0] = History(
            0,
            rows[0].company,
            won - won // companies * (companies - 1),
            lost - lost // companies * (companies - 1),
        )
    said = learning.too_few(rows)
    for one in words:
        assert one in said
    assert "more won deals" in said or won >= 20


def test_deals_of_companies_that_nothing_is_known_of_are_refused() -> None:
    assert "nothing is known" in learning.too_few([History(n, Firmographics(), 1, 1) for n in range(60)])
    assert learning.too_few(histories(1)) == ""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(3))
def test_an_effect_that_is_there_is_found_in_its_direction(seed: int) -> None:
    found = learn(histories(seed, count=200, effect=1.5))
    assert found.is_better_than_chance
    assert found.criteria_auc.low > 0.5
    industry = next(one for one in found.criteria if one.field == "industry")
    assert set(industry.any_of) == {"Steel", "Optics"}
    employees = next(one for one in found.criteria if one.field == "employees")
    assert (employees.at_least or 0) >= 300
    assert {found.criteria[0].field, found.criteria[1].field} == {"industry", "employees"}
    assert found.chance.low < 0.5 < found.chance.high < found.auc.value


@pytest.mark.usefixtures("quick")
def test_noise_is_called_no_better_than_chance() -> None:
    alarms = sum(learn(histories(500 + seed, count=70, deals=2)).is_better_than_chance for seed in range(16))
    assert alarms <= 2  # 0.4 are to be expected


@pytest.mark.usefixtures("quick")
def test_the_same_deals_give_the_same_proposal_in_whatever_order_they_come() -> None:
    rows = histories(3, effect=1.0)
    assert learn(rows).as_evidence() == learn(rows[::-1]).as_evidence()


@pytest.mark.usefixtures("quick")
def test_the_profile_in_force_is_judged_on_the_same_deals() -> None:
    rows = histories(2, count=200, effect=1.5)
    right = Criterion("industry", Decimal(1), any_of=("steel", "OPTICS"))
    wrong = Criterion("industry", Decimal(1), any_of=INDUSTRIES[2:])
    good, bad = learn(rows, (right,)), learn(rows, (wrong,))
    assert good.current_auc is not None
    assert bad.current_auc is not None
    assert good.current_auc.low > 0.5 > bad.current_auc.high
    assert good.current_auc.value == pytest.approx(1 - bad.current_auc.value)
    assert bad.gain is not None
    assert bad.gain.low > 0


@pytest.mark.usefixtures("quick")
def test_evidence_is_plain_json(monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    heard: list[int] = []
    found = learning.learn(histories(1), (), progress=heard.append)
    evidence: dict[str, Any] = json.loads(json.dumps(found.as_evidence(), allow_nan=False))
    assert evidence["deals"] == evidence["won"] + evidence["lost"]
    assert evidence["current_auc"] is None
    assert heard == sorted(heard)
    assert heard[0] > 0
    assert heard[-1] < 100
