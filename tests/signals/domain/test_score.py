"""The scores: decay, weights, explanation, names."""

from __future__ import annotations

from uuid import UUID

import pytest

from signals.domain import score
from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY
from tests.signals.domain.worlds import NOW

TYPES = [
    TypeFacts(1, "page", "Page", "first_party", 0.5, 14, 7, 8, qualifying=False),
    TypeFacts(2, "demo", "Demo", "first_party", 1.0, 30, 28, 50, qualifying=True, hand_raise=True),
]


def catalogue(**weights: float) -> Catalogue:
    return Catalogue(TYPES, source_weights={1: weights.get("site", 1.0), 2: weights.get("crm", 1.0)})


def state(*seen: tuple[float, int, int, float]) -> RollingState:
    """Signals as (age in days, source, type, points)."""
    return RollingState.replay(
        [
            Sighting(NOW - age * DAY, str(UUID(int=number)), source, type_id, None, "", points)
            for number, (age, source, type_id, points) in enumerate(seen, 1)
        ],
        catalogue(),
    )


def test_points_halve_with_each_half_life() -> None:
    account = state((7, 1, 1, 8.0))
    for days, left in ((0, 2.0), (7, 1.0), (14, 0.5), (700, 2.0 / 2**100)):
        assert score.raw(account, catalogue(), NOW + days * DAY) == pytest.approx(left)


def test_confidence_and_source_weight_multiply() -> None:
    account = state((0, 1, 1, 8.0), (0, 2, 2, 50.0))
    assert score.raw(account, catalogue(), NOW) == pytest.approx(8 * 0.5 + 50)
    assert score.raw(account, catalogue(site=2, crm=0.1), NOW) == pytest.approx(8 * 0.5 * 2 + 50 * 0.1)
    assert score.raw(account, catalogue(site=0, crm=0), NOW) == 0.0


@pytest.mark.parametrize(
    ("raw", "k", "intent"),
    [(0, 40, 0), (40, 40, 63.212055882855765), (80, 80, 63.212055882855765), (1e9, 40, 100)],
)
def test_intent_bends_towards_a_hundred(raw: float, k: float, intent: float) -> None:
    assert score.intent(raw, k) == pytest.approx(intent, abs=1e-12)


def test_the_score_is_one_number_of_fit_and_intent() -> None:
    assert score.score(80, 50) == pytest.approx(0.4 * 80 + 0.6 * 50)
    assert score.score(80, 50, 1.0, 0.0) == 80


def test_the_explanation_is_largest_first_and_adds_up() -> None:
    account = state((0, 1, 1, 8.0), (1, 1, 1, 8.0), (28, 2, 2, 50.0), (0, 2, 1, 0.0))
    parts = score.contributions(account, catalogue(), NOW, k=40)
    assert [(part.source_id, part.type_id) for part in parts] == [(2, 2), (1, 1)]
    assert [part.raw for part in parts] == pytest.approx([25.0, 4 + 4 * 2 ** (-1 / 7)])
    total = score.raw(account, catalogue(), NOW)
    assert sum(part.intent for part in parts) == pytest.approx(score.intent(total, 40))
    assert sum(part.share for part in parts) == pytest.approx(1)


@pytest.mark.parametrize(
    ("fit", "name"),
    [(100, "strong"), (81, "strong"), (80.9, "moderate"), (50, "moderate"), (49.9, "weak"), (0, "weak")],
)
def test_fits_have_names(fit: float, name: str) -> None:
    assert score.fit_name(fit) == name


@pytest.mark.parametrize(
    ("moment", "days", "midnight"),
    [
        pytest.param(NOW, 0, NOW - 5 / 24 * DAY, id="today's"),
        pytest.param(NOW, 7, NOW - 5 / 24 * DAY - 7 * DAY, id="a week ago"),
        pytest.param(20 * DAY, 3, 17 * DAY, id="midnight itself"),
        pytest.param(20 * DAY - 1e-6, 3, 16 * DAY, id="just before midnight"),
    ],
)
def test_midnights_are_utc(moment: float, days: int, midnight: float) -> None:
    assert score.midnight_before(moment, days) == pytest.approx(midnight, abs=1e-6)
