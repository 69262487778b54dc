"""Waits of steps: calendar days, working days, hours and local windows, over both nights of a clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.errors import FieldErrors
from plays.domain.hours import (
    Calendar,
    Wait,
    after_rest,
    after_wait,
    window_of,
    working_after,
    working_between,
)
from plays.domain.parse import as_json, parse_play
from plays.domain.sentences import step_sentence

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
KOLKATA = ZoneInfo("Asia/Kolkata")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
CHRISTMAS = frozenset({date(2026, 12, 25)})


def local(zone: ZoneInfo, text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def waiting(**said: object) -> Wait:
    if isinstance(between := said.pop("between", ""), str) and between:
        said["window"] = window_of(between)
    return Wait(**said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "start", "wait", "opens"),
    [
        pytest.param(BERLIN, "2026-11-18 10:00", {}, "2026-11-18 10:00", id="nothing to wait for"),
        pytest.param(
            BERLIN, "2026-11-18 10:00", {"days": 3}, "2026-11-21 10:00", id="days count the weekend"
        ),
        pytest.param(
            BERLIN,
            "2026-11-18 10:00",
            {"business_days": 3},
            "2026-11-23 10:00",
            id="working days leave it out",
        ),
        pytest.param(
            BERLIN, "2026-11-21 12:00", {"business_days": 1}, "2026-11-23 12:00", id="Saturday to Monday"
        ),
        pytest.param(
            BERLIN,
            "2026-12-24 10:00",
            {"business_days": 1},
            "2026-12-28 10:00",
            id="over Christmas and a weekend",
        ),
        pytest.param(
            BERLIN, "2026-11-18 22:00", {"hours": 4}, "2026-11-19 02:00", id="hours pass at night too"
        ),
        pytest.param(
            BERLIN,
            "2026-11-18 10:00",
            {"days": 1, "hours": 1.5},
            "2026-11-19 11:30",
            id="a day and a half hour more",
        ),
        pytest.param(
            BERLIN, "2026-11-18 08:00", {"between": "09:00-11:00"}, "2026-11-18 09:00", id="before the window"
        ),
        pytest.param(
            BERLIN, "2026-11-18 10:20", {"between": "09:00-11:00"}, "2026-11-18 10:20", id="within the window"
        ),
        pytest.param(
            BERLIN,
            "2026-11-18 11:00",
            {"between": "09:00-11:00"},
            "2026-11-19 09:00",
            id="its end is outside",
        ),
        pytest.param(
            BERLIN,
            "2026-11-20 15:00",
            {"between": "09:00-11:00"},
            "2026-11-21 09:00",
            id="a window of any day",
        ),
        pytest.param(
            BERLIN,
            "2026-11-20 15:00",
            {"business_days": 1, "between": "09:00-11:00"},
            "2026-11-24 09:00",
            id="a window of a working day: Monday 15:00 is too late for Monday",
        ),
        # The night that skips an hour.
        pytest.param(
            BERLIN, "2026-03-28 10:00", {"days": 1}, "2026-03-29 10:00", id="Berlin: a day of 23 hours"
        ),
        pytest.param(
            BERLIN,
            "2026-03-28 02:30",
            {"days": 1},
            "2026-03-29 03:30",
            id="Berlin: a time that does not come",
        ),
        pytest.param(
            BERLIN, "2026-03-29 01:00", {"hours": 2}, "2026-03-29 04:00", id="Berlin: two real hours"
        ),
        pytest.param(
            BERLIN,
            "2026-03-28 22:00",
            {"between": "02:15-04:00"},
            "2026-03-29 03:15",
            id="Berlin: a window that begins in the hole",
        ),
        pytest.param(
            BERLIN,
            "2026-03-27 10:00",
            {"business_days": 1},
            "2026-03-30 10:00",
            id="Berlin: working days over it",
        ),
        pytest.param(
            NEW_YORK, "2026-03-07 16:00", {"days": 1}, "2026-03-08 16:00", id="New York: a day of 23 hours"
        ),
        pytest.param(
            LORD_HOWE, "2026-10-03 09:00", {"days": 1}, "2026-10-04 09:00", id="Lord Howe: half an hour less"
        ),
        pytest.param(
            LORD_HOWE,
            "2026-10-03 02:10",
            {"days": 1},
            "2026-10-04 02:40",
            id="Lord Howe: in the half hour hole",
        ),
        # The night that repeats one.
        pytest.param(
            BERLIN, "2026-10-24 10:00", {"days": 1}, "2026-10-25 10:00", id="Berlin: a day of 25 hours"
        ),
        pytest.param(
            BERLIN, "2026-10-24 02:30", {"days": 1}, "2026-10-25 02:30", id="Berlin: twice there, the first"
        ),
        pytest.param(
            NEW_YORK, "2026-10-31 16:00", {"business_days": 1}, "2026-11-02 16:00", id="New York falls back"
        ),
        pytest.param(
            LORD_HOWE, "2026-04-04 09:00", {"days": 1}, "2026-04-05 09:00", id="Lord Howe: half an hour more"
        ),
        # Zones off the whole hour.
        pytest.param(
            KOLKATA,
            "2026-11-18 18:00",
            {"between": "09:30-10:00"},
            "2026-11-19 09:30",
            id="Kolkata, half an hour off",
        ),
        pytest.param(
            KATHMANDU,
            "2026-11-20 18:00",
            {"business_days": 1},
            "2026-11-23 18:00",
            id="Kathmandu, 45 minutes off",
        ),
    ],
)
def test_a_wait_ends(zone: ZoneInfo, start: str, wait: dict[str, object], opens: str) -> None:
    calendar = Calendar(zone=zone, holidays=CHRISTMAS)
    assert after_wait(local(zone, start), waiting(**wait), calendar) == local(zone, opens)


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        pytest.param(BERLIN, "2026-03-28 10:00", 23, id="Berlin in spring"),
        pytest.param(BERLIN, "2026-10-24 10:00", 25, id="Berlin in autumn"),
        pytest.param(NEW_YORK, "2026-03-07 10:00", 23, id="New York in spring"),
        pytest.param(NEW_YORK, "2026-10-31 10:00", 25, id="New York in autumn"),
        pytest.param(LORD_HOWE, "2026-10-03 10:00", 23.5, id="Lord Howe in spring"),
        pytest.param(LORD_HOWE, "2026-04-04 10:00", 24.5, id="Lord Howe in autumn"),
        pytest.param(KOLKATA, "2026-03-28 10:00", 24, id="Kolkata never changes"),
    ],
)
def test_a_day_of_the_wall_is_so_many_hours_long(zone: ZoneInfo, start: str, hours: float) -> None:
    begins = local(zone, start)
    assert after_wait(begins, Wait(days=1), Calendar(zone=zone)) - begins == timedelta(hours=hours)


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=700)).map(
    lambda past: local(BERLIN, "2026-01-01") + past
)
ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KOLKATA, KATHMANDU, ZoneInfo("UTC")])
WAITS = st.builds(
    Wait,
    days=st.integers(0, 40),
    business_days=st.just(0),
    hours=st.sampled_from([0.0, 0.5, 7.0, 30.0]),
    window=st.sampled_from([None, (time(9), time(11)), (time(2), time(3)), (time(0), time(0, 1))]),
) | st.builds(Wait, business_days=st.integers(1, 30), window=st.sampled_from([None, (time(14), time(16))]))


@given(start=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=3)), zone=ZONES, wait=WAITS)
def test_a_wait_never_ends_before_it_begins_and_keeps_the_order(
    start: datetime, later: timedelta, zone: ZoneInfo, wait: Wait
) -> None:
    calendar = Calendar(zone=zone, holidays=CHRISTMAS)
    first = after_wait(start, wait, calendar)
    assert first >= start
    if wait.business_days:
        assert calendar.works_on(calendar.local_day(first))
    else:
        # Times that are skipped or come twice are moved by the change, so two starts may pass each other by that.
        assert after_wait(start + later, wait, calendar) >= first - timedelta(hours=1)


@given(start=MOMENTS, amount=st.timedeltas(timedelta(0), timedelta(days=20)), zone=ZONES)
def test_working_time_added_is_the_working_time_between(
    start: datetime, amount: timedelta, zone: ZoneInfo
) -> None:
    calendar = Calendar(zone=zone, holidays=CHRISTMAS)
    assert working_between(start, working_after(start, amount, calendar), calendar) == amount


@pytest.mark.parametrize(
    ("due", "stopped", "now", "becomes"),
    [
        pytest.param("18 16:00", "18 10:00", "18 12:00", "19 10:00", id="two hours lost"),
        pytest.param("18 16:00", "18 10:00", "18 10:00", "18 16:00", id="nothing lost"),
        pytest.param("18 16:00", "17 20:00", "18 08:00", "18 16:00", id="a night is no working time"),
        pytest.param("20 16:00", "20 12:00", "23 12:00", "23 16:00", id="over a weekend"),
        pytest.param("18 09:30", "18 10:00", "25 10:00", "18 09:30", id="late when it stopped: stays late"),
        pytest.param(
            "18 20:00", "18 18:00", "18 22:00", "19 09:01", id="due at night: a minute of the next morning"
        ),
    ],
)
def test_a_due_time_after_a_rest(due: str, stopped: str, now: str, becomes: str) -> None:
    def at(text: str) -> datetime:
        return local(BERLIN, f"2026-11-{text}")

    assert after_rest(at(due), at(stopped), at(now), Calendar(zone=BERLIN)) == at(becomes)


def a_play_that_waits(**said: object) -> dict[str, object]:
    step = {"key": "call", "channel": "call", "side": "sales", "role": "owner", "sla_hours": 24}
    return {"trigger": {"manual": True}, "steps": [step | said]}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param({}, "At once", id="no wait"),
        pytest.param({"wait_days": 3}, "After 3 days", id="days"),
        pytest.param({"wait_business_days": 1}, "After 1 working day", id="a working day"),
        pytest.param(
            {"wait_business_days": 2, "wait_hours": 4}, "After 2 working days and 4 hours", id="and hours"
        ),
        pytest.param({"wait_hours": 1.5}, "After 1.5 hours", id="an hour and a half"),
        pytest.param(
            {"wait_days": 1, "opens_between": "09:00-11:00"},
            "After 1 day, between 09:00 and 11:00",
            id="in a window",
        ),
        pytest.param(
            {"opens_between": "09:00-11:00"},
            "The next time it is between 09:00 and 11:00",
            id="only a window",
        ),
    ],
)
def test_a_wait_is_read_said_and_written_back(said: dict[str, object], sentence: str) -> None:
    play = parse_play(a_play_that_waits(**said))
    assert step_sentence(play.steps[0]).startswith(f"{sentence}: call from sales")
    assert parse_play(as_json(play)) == play


@pytest.mark.parametrize(
    ("said", "pointer", "match"),
    [
        pytest.param(
            {"wait_days": 1, "wait_business_days": 1},
            "/steps/0/wait_business_days",
            "not both",
            id="two kinds of days",
        ),
        pytest.param(
            {"opens_between": "11:00-09:00"}, "/steps/0/opens_between", "earlier first", id="backwards"
        ),
        pytest.param({"opens_between": "morning"}, "/steps/0/opens_between", "for example", id="no times"),
        pytest.param(
            {"opens_between": "09:00Z-11:00"}, "/steps/0/opens_between", "for example", id="with a zone"
        ),
        pytest.param({"wait_hours": -1}, "/steps/0/wait_hours", "from 0 to 720", id="hours back"),
    ],
)
def test_a_wait_that_cannot_be_is_refused_in_words(said: dict[str, object], pointer: str, match: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        parse_play(a_play_that_waits(**said))
    (error,) = caught.value.errors
    assert error.pointer == pointer
    assert match in error.detail
