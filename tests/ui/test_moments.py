"""Times in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from abmops.ui import moments

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)  # a Tuesday, 10:30 in Berlin


@pytest.mark.parametrize(
    ("length", "words"),
    [
        pytest.param(timedelta(0), "0 min", id="nothing"),
        pytest.param(timedelta(seconds=-5), "0 min", id="never negative"),
        pytest.param(timedelta(minutes=59, seconds=59), "59 min", id="cut, not rounded"),
        pytest.param(timedelta(hours=1), "1 h", id="a whole hour has no minutes"),
        pytest.param(timedelta(hours=2, minutes=27), "2 h 27 min", id="two units"),
        pytest.param(timedelta(days=1), "1 day", id="one day"),
        pytest.param(timedelta(days=3, hours=23), "3 days", id="days alone"),
    ],
)
def test_a_span_has_two_units_at_most(length: timedelta, words: str) -> None:
    assert moments.span(length) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        pytest.param(NOW, "now", id="this moment"),
        pytest.param(NOW - timedelta(seconds=59), "now", id="under a minute"),
        pytest.param(NOW - timedelta(minutes=1), "1 min ago", id="a minute"),
        pytest.param(NOW + timedelta(minutes=47), "in 47 min", id="ahead"),
        pytest.param(NOW - timedelta(hours=10, minutes=20), "10 h 20 min ago", id="this morning, same day"),
        pytest.param(NOW - timedelta(hours=11), "yesterday", id="the night before by the reader's calendar"),
        pytest.param(NOW - timedelta(days=6), "6 days ago", id="days"),
        pytest.param(NOW + timedelta(days=1), "tomorrow", id="tomorrow"),
        pytest.param(NOW + timedelta(days=3), "in 3 days", id="days ahead"),
        pytest.param(NOW - timedelta(days=57), "12 January", id="a date beyond two weeks"),
        pytest.param(NOW - timedelta(days=100), "30 November 2025", id="with its year when it is another"),
    ],
)
def test_a_moment_is_told_by_the_clock_today_and_by_the_calendar_beyond(moment: datetime, words: str) -> None:
    assert moments.relative(moment, now=NOW, zone=BERLIN) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        pytest.param(NOW - timedelta(hours=10), "today", id="today"),
        pytest.param(
            datetime(2026, 3, 9, 22, 59, tzinfo=UTC), "1 d", id="a minute before midnight in Berlin"
        ),
        pytest.param(datetime(2026, 3, 9, 23, 0, tzinfo=UTC), "today", id="midnight in Berlin"),
        pytest.param(NOW - timedelta(days=34), "34 d", id="days"),
        pytest.param(NOW + timedelta(days=2), "in 2 d", id="ahead"),
    ],
)
def test_a_column_counts_days_of_the_readers_calendar(moment: datetime, words: str) -> None:
    assert moments.short(moment, now=NOW, zone=BERLIN) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        pytest.param(datetime(2026, 3, 10, 10, 20, tzinfo=UTC), "11:20", id="today"),
        pytest.param(datetime(2026, 3, 11, 11, 0, tzinfo=UTC), "Wed 12:00", id="this week"),
        pytest.param(datetime(2026, 3, 17, 11, 0, tzinfo=UTC), "17 March, 12:00", id="a week on"),
    ],
)
def test_a_due_time_is_as_short_as_it_is_clear(moment: datetime, words: str) -> None:
    assert moments.due_words(moment, now=NOW, zone=BERLIN) == words


@pytest.mark.parametrize(
    ("moment", "heading"),
    [
        pytest.param(NOW, "Today", id="today"),
        pytest.param(NOW - timedelta(days=1), "Yesterday", id="yesterday"),
        pytest.param(NOW - timedelta(days=6), "Last seven days", id="six days"),
        pytest.param(NOW - timedelta(days=7), "March", id="seven days begin the month"),
        pytest.param(NOW - timedelta(days=20), "February", id="a month"),
        pytest.param(NOW - timedelta(days=90), "December 2025", id="a month of another year"),
        pytest.param(NOW + timedelta(days=1), "Coming", id="ahead"),
    ],
)
def test_a_timeline_is_headed_by_nearness(moment: datetime, heading: str) -> None:
    assert moments.day_heading(moment, now=NOW, zone=BERLIN) == heading


def test_the_exact_time_names_its_zone() -> None:
    assert moments.exact(NOW, zone=BERLIN) == "Tuesday 10 March 2026, 10:30 CET"
