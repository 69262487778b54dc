"""Nights when clocks are changed, the leap day, and senders whose clock is wrong: what happened when, and what counts.

Everything is counted in elapsed time: a window of a day is 24 hours on the night that has 23, 25 or 24 and a half.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.clock import Ahead, occurred_at, parse_time
from signals.domain.condition import View, parse
from signals.domain.score import raw
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY
from tests.signals.domain.worlds import TYPE_IDS, catalogue_for

HOUR = timedelta(hours=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Pacific/Apia",
)


def nights(zone: str, first: int = 2026, last: int = 2029) -> Iterator[datetime]:
    """The moments (UTC) at which a zone's offset changes, to the second, found by halving."""
    place = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(place).utcoffset()

    day = datetime(first, 1, 1, tzinfo=UTC)
    while day.year < last:
        low, high = day, day + timedelta(days=1)
        if offset(low) != offset(high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (low, middle) if offset(low) != offset(middle) else (middle, high)
            yield high.replace(microsecond=0)
        day += timedelta(days=1)


NIGHTS = [(zone, night) for zone in ZONES for night in nights(zone)]


def test_there_are_nights_of_every_kind() -> None:
    zones = {zone for zone, _ in NIGHTS}
    assert {
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Gaza",
    } <= zones
    steps = set()
    for zone, night in NIGHTS:
        place = ZoneInfo(zone)
        before, after = ((night + step).astimezone(place).utcoffset() for step in (-HOUR / 60, HOUR / 60))
        assert before is not None
        assert after is not None
        steps.add(after - before)
    assert {HOUR, -HOUR, HOUR / 2, -HOUR / 2} <= steps


def seen(*moments: datetime, slug: str = "pricing") -> View:
    """An account that was seen at these moments."""
    catalogue = catalogue_for(capacity=8)
    state = RollingState()
    for number, at in enumerate(moments, 1):
        one = Sighting(at.timestamp(), str(UUID(int=number)), 1, TYPE_IDS[slug], None, "", 20.0)
        state.record(one, catalogue)
    return View(state, catalogue, fit=0)


def at_least(count: int, days: int, view: View, now: datetime) -> bool:
    return parse({"count": {"at_least": count, "days": days}}).is_met(view, now.timestamp())


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=lambda one: str(one)[:16])
def test_the_hour_that_comes_twice_or_never(zone: str, night: datetime) -> None:
    """Written in the zone's own time with its offset, moments around a change stay in order and as far apart."""
    place = ZoneInfo(zone)
    moments = [night + timedelta(minutes=15 * step) for step in range(-8, 9)]
    read = [
        occurred_at(
            timestamp=at.astimezone(place).isoformat(), sent_at=None, received_at=night + timedelta(hours=5)
        )
        for at in moments
    ]
    assert read == moments
    assert {later - earlier for earlier, later in pairwise(read)} == {timedelta(minutes=15)}


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=lambda one: str(one)[:16])
def test_a_day_is_24_hours_on_every_night(zone: str, night: datetime) -> None:
    """A signal counts for exactly a day, whatever the walls' clocks say then."""
    local = (night - timedelta(hours=2)).astimezone(ZoneInfo(zone))
    at = parse_time(local.isoformat())
    view = seen(at)
    assert at_least(1, 1, view, at + 24 * HOUR)
    assert not at_least(1, 1, view, at + 24 * HOUR + timedelta(microseconds=1))
    assert at_least(1, 1, view, at + timedelta(microseconds=1))


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=lambda one: str(one)[:16])
def test_decay_knows_no_clock_on_the_wall(zone: str, night: datetime) -> None:
    at = parse_time((night - HOUR).astimezone(ZoneInfo(zone)).isoformat())
    now, half_life = at + timedelta(days=14), 14
    # A weight of its own: pricing pages have confidence 0.9.
    expected = 20 * 0.9 * 2 ** (-((now - at).total_seconds() / DAY) / half_life)
    view = seen(at)
    assert raw(view.state, view.catalogue, now.timestamp()) == pytest.approx(expected, rel=1e-9)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_every_moment_reads_back_from_every_zone(at: datetime, zone: str) -> None:
    assert parse_time(at.astimezone(ZoneInfo(zone)).isoformat()) == at


LEAP = datetime(2028, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "now", "met"),
    [
        pytest.param(1, datetime(2028, 3, 1, 12, tzinfo=UTC), True, id="a day later is March 1"),
        pytest.param(1, datetime(2028, 3, 1, 12, 0, 1, tzinfo=UTC), False, id="a second more"),
        pytest.param(30, datetime(2028, 3, 30, 12, tzinfo=UTC), True, id="30 days later"),
        pytest.param(30, datetime(2028, 3, 30, 12, 0, 1, tzinfo=UTC), False, id="a second more than 30 days"),
        pytest.param(14, datetime(2028, 2, 29, 12, 0, 1, tzinfo=UTC), True, id="on the day itself"),
    ],
)
def test_windows_over_the_leap_day(days: int, now: datetime, met: bool) -> None:
    assert at_least(1, days, seen(LEAP), now) is met


def test_a_window_from_the_leap_day_backwards_holds_it_once() -> None:
    days = [datetime(2028, 2, 27, tzinfo=UTC) + timedelta(days=step) for step in range(5)]
    assert [f"{at:%m-%d}" for at in days] == ["02-27", "02-28", "02-29", "03-01", "03-02"]
    view = seen(*days)
    assert [at_least(count, 3, view, datetime(2028, 3, 1, tzinfo=UTC)) for count in (3, 4)] == [True, False]


@pytest.mark.parametrize("text", ["2028-02-29T23:59:60Z", "2028-02-29T24:00:00Z"])
def test_the_leap_day_ends(text: str) -> None:
    """A leap second at its end is March 1; a 24th hour is no time."""
    if text.endswith(":60Z"):
        assert parse_time(text) == datetime(2028, 3, 1, tzinfo=UTC)
    else:
        with pytest.raises(Exception, match="not in the calendar"):
            parse_time(text)


@pytest.mark.parametrize("year", [2027, 2029, 2100])
def test_other_years_have_none(year: int) -> None:
    with pytest.raises(Exception, match="not in the calendar"):
        parse_time(f"{year}-02-29T12:00:00Z")


@pytest.mark.parametrize("skew", [HOUR, -HOUR, timedelta(days=1), -timedelta(days=1)])
@pytest.mark.parametrize("zone", ["UTC", "Australia/Lord_Howe", "America/New_York"])
@pytest.mark.parametrize("sent_at", ["right", "missing", "garbage"])
def test_a_senders_clock_that_is_wrong(skew: timedelta, zone: str, sent_at: str) -> None:
    """Corrected by `sentAt`, to the second, in any zone; without it a clock that is ahead is waited for."""
    received = datetime(2026, 4, 4, 15, 30, tzinfo=UTC)  # half an hour after Lord Howe's clocks went back
    happened = received - timedelta(minutes=20)
    theirs = (happened + skew).astimezone(ZoneInfo(zone)).isoformat()
    said = {"right": (received + skew).isoformat(), "missing": None, "garbage": "just now"}[sent_at]
    if sent_at == "right":
        assert occurred_at(timestamp=theirs, sent_at=said, received_at=received) == happened
    elif skew < timedelta(0):
        assert occurred_at(timestamp=theirs, sent_at=said, received_at=received) == happened + skew
    else:
        with pytest.raises(Ahead) as caught:
            occurred_at(timestamp=theirs, sent_at=said, received_at=received)
        assert caught.value.at == happened + skew


@given(
    st.integers(-86_400 * 30, 86_400 * 30).filter(lambda skew: abs(skew) > 5),
    st.integers(0, 86_400 * 300),
    st.integers(0, 4),
)
def test_any_clock_is_corrected(skew: int, ago: int, lag: int) -> None:
    """Whatever the sender's clock says, the event happened when it happened, but for the time on the network."""
    received = datetime(2026, 11, 22, 5, tzinfo=UTC)
    sent = received - timedelta(seconds=lag)
    happened = sent - timedelta(seconds=ago)
    wrong = timedelta(seconds=skew)
    if abs(received - (sent + wrong)) <= timedelta(seconds=5):
        return  # within what the network may take: nothing is known to be wrong
    found = occurred_at(
        timestamp=(happened + wrong).isoformat(), sent_at=(sent + wrong).isoformat(), received_at=received
    )
    assert timedelta(0) <= found - happened <= timedelta(seconds=lag)
