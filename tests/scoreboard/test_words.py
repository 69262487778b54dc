"""Values and gaps in words."""

import pytest

from scoreboard.domain.bands import Band
from scoreboard.domain.catalogue import Unit
from scoreboard.views import words


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, Unit.SHARE, "no data"),
        (0.0, Unit.SHARE, "0%"),
        (0.564, Unit.SHARE, "56%"),
        (4 + 35 / 60, Unit.HOURS, "4 h 35 min"),
        (0.5, Unit.HOURS, "30 min"),
        (0.0, Unit.HOURS, "under 1 min"),
        (1486, Unit.HOURS, "62 days"),
        (23.82, Unit.HOURS, "24 h"),
        (47.4, Unit.HOURS, "47 h"),
        (48, Unit.HOURS, "2 days"),
        (66, Unit.HOURS, "2.8 days"),
        (0.04, Unit.SECONDS, "0.0 s"),
        (35, Unit.SECONDS, "35 s"),
        (59.7, Unit.SECONDS, "60 s"),
        (1, Unit.DAYS, "1 day"),
        (59, Unit.DAYS, "59 days"),
        (27_000.4, Unit.MONEY, "$27,000"),
        (3.5, Unit.PER_WEEK, "3.5"),
        (12.0, Unit.PER_WEEK, "12"),
        (9, Unit.POINTS, "9"),
    ],
)
def test_values(value: float | None, unit: Unit, expected: str) -> None:
    assert words.say(value, unit) == expected


@pytest.mark.parametrize(
    ("band", "value", "unit", "expected"),
    [
        (None, 0.5, Unit.SHARE, "no band set"),
        (Band(low=0.8, high=0.95), 0.9, Unit.SHARE, "in 80 to 95%"),
        (Band(low=0.8, high=0.95), 0.74, Unit.SHARE, "6 points below"),
        (Band(low=0.8, high=0.95), 0.96, Unit.SHARE, "1 point over"),
        (Band(low=0.8, high=0.95), None, Unit.SHARE, "80 to 95%"),
        (Band(low=0.8), 0.9, Unit.SHARE, "in 80% or more"),
        (Band(high=0.8), 0.7, Unit.SHARE, "in 80% or less"),
        (Band(limit=4), 3, Unit.HOURS, "within"),
        (Band(limit=4), None, Unit.HOURS, "limit 4 h"),
        (Band(limit=4), 5 + 50 / 60, Unit.HOURS, "1 h 50 min over"),
        (Band(alarm_above=86_400), 5, Unit.SECONDS, "no alarm"),
    ],
)
def test_against_a_band(band: Band | None, value: float | None, unit: Unit, expected: str) -> None:
    assert words.band_text(band, value, unit) == expected


def test_a_narrow_column_drops_the_last_unit() -> None:
    said = [words.tight(text) for text in ("4 h 35 min", "35 min", "over 62 days")]
    assert said == ["4 h 35", "35 min", "> 62 days"]
