"""Quarters, cohorts and days, at their edges."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboard.domain.windows import Quarter, end_of, headline_cohorts, last_whole_day, trend_days

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(datetime(2026, 3, 31, 23, 59, tzinfo=UTC), "2026-Q1", id="the last minute of a quarter"),
        pytest.param(datetime(2026, 4, 1, tzinfo=UTC), "2026-Q2", id="the first moment of the next"),
        pytest.param(
            datetime.fromisoformat("2026-01-01T00:30:00+01:00"), "2025-Q4", id="UTC decides, not the zone"
        ),
    ],
)
def test_quarter_of(moment: datetime, expected: str) -> None:
    assert str(Quarter.of(moment)) == expected
    assert Quarter.parse(expected) == Quarter.of(moment)


@pytest.mark.parametrize("text", ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "2026Q1", "x026-Q1", "0001-Q1"])
def test_what_is_no_quarter(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Quarter.parse(text)


@given(MOMENTS)
def test_quarters_neither_overlap_nor_gap(moment: datetime) -> None:
    quarter = Quarter.of(moment)
    assert quarter.start <= moment < quarter.end
    assert quarter.next().start == quarter.end
    assert quarter.next().previous() == quarter


@given(MOMENTS)
def test_both_cohorts_are_seen_at_the_same_age(moment: datetime) -> None:
    own, before = headline_cohorts(moment)
    assert own.quarter.end <= moment < own.quarter.next().end
    assert own.seen_at - own.quarter.end == before.seen_at - before.quarter.end
    assert before.quarter.next() == own.quarter


def test_a_quarter_still_running_is_cut_at_the_look() -> None:
    at = datetime(2026, 11, 18, tzinfo=UTC)
    own, before = headline_cohorts(at, Quarter(2026, 4))
    assert own.joined_before == at
    assert before.joined_before == before.seen_at == datetime(2026, 8, 18, tzinfo=UTC)


def test_a_day_is_over_at_the_midnight_that_ends_it() -> None:
    assert last_whole_day(datetime(2026, 11, 18, tzinfo=UTC)) == date(2026, 11, 17)
    assert end_of(date(2026, 11, 17)) == datetime(2026, 11, 18, tzinfo=UTC)


def test_the_trend_is_thirteen_weekly_days() -> None:
    days = trend_days(datetime(2026, 11, 18, 10, tzinfo=UTC))
    assert len(days) == 13
    assert days[-1] == date(2026, 11, 17)
    assert days[-1] - days[0] == timedelta(weeks=12)
