"""Working time: due times in zones, over weekends, holidays and both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plays.domain.hours import (
    Calendar,
    NoWorkingTimeError,
    at_local,
    days_later,
    due_after,
    next_opening,
    working_moment,
    zone_named,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def local(zone: ZoneInfo, text: str) -> datetime:
    """A wall time in a zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "start", "hours", "due"),
    [
        pytest.param(BERLIN, "2026-11-18 10:00", 4, "2026-11-18 14:00", id="four hours within the day"),
        pytest.param(BERLIN, "2026-11-18 15:00", 4, "2026-11-19 11:00", id="four hours over the evening"),
        pytest.param(BERLIN, "2026-11-20 15:00", 4, "2026-11-23 11:00", id="four hours over the weekend"),
        pytest.param(BERLIN, "2026-11-18 13:00", 4, "2026-11-18 17:00", id="until closing"),
        pytest.param(
            BERLIN, "2026-11-18 10:00", 24, "2026-11-19 10:00", id="a day is the same time tomorrow"
        ),
        pytest.param(BERLIN, "2026-11-20 10:00", 24, "2026-11-23 10:00", id="a day from Friday is Monday"),
        pytest.param(BERLIN, "2026-11-18 10:00", 48, "2026-11-20 10:00", id="two days"),
        pytest.param(BERLIN, "2026-11-18 15:00", 28, "2026-11-20 11:00", id="a day and four hours"),
        pytest.param(BERLIN, "2026-11-18 22:00", 4, "2026-11-19 13:00", id="at night it begins at opening"),
        pytest.param(BERLIN, "2026-11-18 07:00", 24, "2026-11-19 09:00", id="early it begins at opening"),
        pytest.param(BERLIN, "2026-11-18 17:00", 4, "2026-11-19 13:00", id="closing time is the next day"),
        pytest.param(BERLIN, "2026-11-21 12:00", 24, "2026-11-24 09:00", id="Saturday begins on Monday"),
        pytest.param(BERLIN, "2026-12-24 15:00", 4, "2026-12-28 11:00", id="over Christmas and a weekend"),
        pytest.param(
            BERLIN, "2026-03-27 10:00", 24, "2026-03-30 10:00", id="over the night that skips an hour"
        ),
        pytest.param(
            BERLIN, "2026-10-23 10:00", 24, "2026-10-26 10:00", id="over the night that repeats one"
        ),
        pytest.param(BERLIN, "2026-03-27 16:00", 4, "2026-03-30 12:00", id="hours over the night that skips"),
        pytest.param(NEW_YORK, "2026-10-30 16:30", 4, "2026-11-02 12:30", id="New York falls back"),
        pytest.param(LORD_HOWE, "2026-10-02 16:00", 2, "2026-10-05 10:00", id="half an hour forward"),
        pytest.param(BERLIN, "2026-11-18 10:00", 0.5, "2026-11-18 10:30", id="half an hour"),
        pytest.param(BERLIN, "2026-11-18 10:00", 20, "2026-11-20 14:00", id="twenty hours are working hours"),
    ],
)
def test_due_times(zone: ZoneInfo, start: str, hours: float, due: str) -> None:
    holidays = frozenset({date(2026, 12, 25)})
    calendar = Calendar(zone=zone, holidays=holidays)
    assert due_after(local(zone, start), hours, calendar) == local(zone, due)


def test_the_wall_says_the_same_while_the_night_was_longer() -> None:
    """From Friday 16:00 before the clocks go back to Monday 16:00 are 73 hours, not 72."""
    calendar = Calendar(zone=BERLIN)
    start = local(BERLIN, "2026-10-23 16:00")
    assert due_after(start, 24, calendar) - start == timedelta(hours=73)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        pytest.param(
            NEW_YORK, date(2027, 3, 14), time(2, 30), "2027-03-14T07:30+00:00", id="a skipped time moves on"
        ),
        pytest.param(
            NEW_YORK,
            date(2026, 11, 1),
            time(1, 30),
            "2026-11-01T05:30+00:00",
            id="of a doubled one the first",
        ),
        pytest.param(
            BERLIN, date(2026, 3, 29), time(2, 30), "2026-03-29T01:30+00:00", id="a skipped time in Berlin"
        ),
        pytest.param(BERLIN, date(2026, 7, 1), time(9), "2026-07-01T07:00+00:00", id="summer"),
    ],
)
def test_a_wall_time_as_utc(zone: ZoneInfo, day: date, clock: time, moment: str) -> None:
    assert at_local(day, clock, zone) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("start", "days", "later"),
    [
        pytest.param("2026-03-28 10:00", 1, "2026-03-29 10:00", id="over the short night, 23 hours later"),
        pytest.param("2026-10-24 10:00", 1, "2026-10-25 10:00", id="over the long night, 25 hours later"),
        pytest.param("2026-11-20 10:00", 2, "2026-11-22 10:00", id="waits count weekends"),
    ],
)
def test_a_wait_ends_at_the_same_time_on_the_wall(start: str, days: int, later: str) -> None:
    assert days_later(local(BERLIN, start), days, BERLIN) == local(BERLIN, later)


def test_a_calendar_without_working_days_says_so() -> None:
    with pytest.raises(NoWorkingTimeError):
        due_after(local(BERLIN, "2026-11-18 10:00"), 4, Calendar(zone=BERLIN, weekdays=frozenset()))


def test_an_unknown_zone_is_utc() -> None:
    assert zone_named("Mars/Olympus") == zone_named("") == ZoneInfo("UTC")


def test_a_snooze_goes_to_the_next_working_morning() -> None:
    calendar = Calendar(zone=BERLIN)
    assert next_opening(local(BERLIN, "2026-11-20 08:00"), calendar) == local(BERLIN, "2026-11-23 09:00")


zones = st.sampled_from(
    [BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("Asia/Kolkata"), ZoneInfo("Africa/Casablanca")]
)
moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def worked_minutes(start: datetime, end: datetime, calendar: Calendar) -> int:
    """By brute force: the minutes between that fall into working time."""
    minutes, at = 0, start
    while at < end:
        wall = at.astimezone(calendar.zone)
        if calendar.works_on(wall.date()) and calendar.opens <= wall.time() < calendar.closes:
            minutes += 1
        at += timedelta(minutes=1)
    return minutes


@given(zone=zones, start=moments, minutes=st.integers(1, 23 * 60))
def test_hours_below_a_day_are_exactly_that_much_working_time(
    zone: ZoneInfo, start: datetime, minutes: int
) -> None:
    calendar = Calendar(zone=zone)
    begin = working_moment(start.replace(second=0, microsecond=0), calendar)
    due = due_after(begin, minutes / 60, calendar)
    assert abs(worked_minutes(begin, due, calendar) - minutes) <= 1


@given(zone=zones, start=moments, hours=st.integers(1, 200), more=st.integers(0, 100))
def test_due_is_never_before_its_start_nor_off_hours_and_more_time_is_never_earlier(
    zone: ZoneInfo, start: datetime, hours: int, more: int
) -> None:
    calendar = Calendar(zone=zone)
    due = due_after(start, hours, calendar)
    wall = due.astimezone(zone)
    assert due > start
    assert calendar.works_on(wall.date())
    assert calendar.opens <= wall.time() <= calendar.closes
    assert due_after(start, hours + 24 * more, calendar) >= due
