"""Silence and flood of a source, on simulated years: what is found, how soon, and how often nothing is cried out."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from signals.domain.anomaly import Anomaly, judged
from signals.domain.chances import at_least, at_most
from signals.domain.series import Series

SLOT = 600
DAY = 86_400
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2025, 1, 6, tzinfo=UTC).timestamp()
WEEK_SLOTS = 7 * 144
HOLIDAYS = {
    datetime(2025, month, day, tzinfo=UTC).timestamp() // DAY
    for month, day in ((1, 1), (4, 18), (4, 21), (5, 1), (5, 29), (6, 9), (10, 3), (12, 25), (12, 26))
}

Rate = Callable[[float], float]


def office(peak: float, *, weekend: float = 0.15, night: float = 0.03) -> Rate:
    """Signals an hour of people at work in Berlin, summer time and all: the days differ, the nights are quiet."""

    def rate(at: float) -> float:
        local = datetime.fromtimestamp(at, tz=UTC).astimezone(BERLIN)
        shape = max(night, math.exp(-(((local.hour + local.minute / 60 - 14) / 4.2) ** 2)))
        return peak * shape * (weekend if local.weekday() >= 5 else 1)

    return rate


def poisson(mean: float, random: Random) -> int:
    """A draw; normal where it is large."""
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count, product = count + 1, product * random.random()
    return count


def simulated(rate: Rate, weeks: int, seed: int, clump: float) -> list[int]:
    """Signals each ten minutes: over-dispersed, busier on some days, a fifth of it on holidays."""
    random, found, factor = Random(seed), [], 1.0
    for slot in range(weeks * WEEK_SLOTS):
        at = START + slot * SLOT
        if slot % 144 == 0:
            factor = math.exp(random.gauss(0, 0.15)) * (0.2 if at // DAY in HOLIDAYS else 1)
        mean = rate(at) / 6 * factor
        found.append(poisson(random.gammavariate(clump, mean / clump), random) if mean else 0)
    return found


def files(weeks: int, seed: int, every: int, jitter: int) -> list[int]:
    """A file each `every` slots, up to `jitter` slots early or late, of some hundred rows."""
    random, found = Random(seed), [0] * (weeks * WEEK_SLOTS)
    for slot in range(every // 3, len(found) - jitter, every):
        found[slot + random.randint(-jitter, jitter)] = round(400 * math.exp(random.gauss(0, 0.3)))
    return found


def alarms(
    slots: list[int], *, since_week: int, every: int = 1, holidays: Collection[int] = ()
) -> list[tuple[float, Anomaly]]:
    """What is cried out from a week on when looked at each `every` slots: the first look of each episode."""
    hours: dict[int, int] = {}
    last: float | None = None
    running: set[str] = set()
    found = []
    for slot, count in enumerate(slots):
        now = START + (slot + 1) * SLOT
        if count:
            hour = int((START + slot * SLOT) // 3600)
            hours[hour] = hours.get(hour, 0) + count
            last = now - 1
        if slot < since_week * WEEK_SLOTS or slot % every:
            continue
        series = Series(hours, now=now, first=int(START // 3600), holidays=holidays)
        kinds = {one.kind: one for one in judged(series, last=last, now=now)}
        found += [(now, one) for kind, one in kinds.items() if kind not in running]
        running = set(kinds) | ({"silent"} & running if not count else set())
    return found


@pytest.mark.parametrize(
    "slots",
    [
        pytest.param(
            lambda: simulated(office(100), 53, 3, 3.0), id="a busy site with DST, weekends and nine holidays"
        ),
        pytest.param(
            lambda: simulated(office(40, weekend=0, night=0), 53, 4, 2.0), id="nothing at night and weekends"
        ),
        pytest.param(lambda: simulated(office(5, weekend=0.2, night=0.05), 53, 5, 1.5), id="a small site"),
        pytest.param(lambda: simulated(lambda at: 300, 53, 6, 5.0), id="telemetry around the clock"),
        pytest.param(lambda: simulated(lambda at: 1 / 24, 53, 7, 1.0), id="one a day, whenever"),
        pytest.param(lambda: files(53, 8, WEEK_SLOTS, 12), id="a weekly file, two hours early or late"),
        pytest.param(lambda: files(53, 9, 144, 3), id="a nightly file"),
    ],
)
def test_a_year_as_usual_gives_no_alarm(slots: Callable[[], list[int]]) -> None:
    """Seven source-years looked at each two hours, at changing minutes: none false (see the README for more)."""
    assert alarms(slots(), since_week=5, every=13) == []


@pytest.mark.parametrize("minute", [0, 20, 50])
@pytest.mark.parametrize("hour", [10, 13])
def test_a_busy_source_that_stops_is_found_within_the_hour(hour: int, minute: int) -> None:
    slots = simulated(office(120), 10, 11, 3.0)
    stops = 9 * WEEK_SLOTS + 144 + hour * 6 + minute // 10
    for slot in range(stops, len(slots)):
        slots[slot] = 0
    (first, alarm), *_ = alarms(slots[: stops + 12], since_week=9)
    assert alarm.kind == "silent"
    assert (first - (START + stops * SLOT)) / 60 <= 60
    assert abs(alarm.began - (START + stops * SLOT)) <= 3600


def test_a_source_that_almost_stops_is_found_the_same_day() -> None:
    slots = simulated(office(120), 10, 12, 3.0)
    stops = 9 * WEEK_SLOTS + 144 + 60
    for slot in range(stops, len(slots)):
        slots[slot] = 1 if slot % 9 == 0 else 0
    (first, alarm), *_ = alarms(slots[: stops + 72], since_week=9)
    assert alarm.kind == "silent"
    assert alarm.seen > 0
    assert (first - (START + stops * SLOT)) / 3600 <= 6


@pytest.mark.parametrize("hour", [3, 11])
def test_a_flood_is_found_within_the_hour(hour: int) -> None:
    slots = simulated(office(60), 10, 13, 3.0)
    starts = 9 * WEEK_SLOTS + 2 * 144 + hour * 6
    for slot in range(starts, starts + 12):
        slots[slot] += 250
    (first, alarm), *_ = alarms(slots[: starts + 12], since_week=9)
    assert alarm.kind == "flood"
    assert (first - (START + starts * SLOT)) / 60 <= 60
    assert alarm.seen > 3 * alarm.expected


def test_a_weekly_file_is_missed_a_day_after_it_should_have_come() -> None:
    slots = files(12, 14, WEEK_SLOTS, 12)
    due = max(slot for slot, count in enumerate(slots) if count)
    slots[due] = 0
    (first, alarm), *_ = alarms([*slots, *[0] * WEEK_SLOTS], since_week=9, every=3)
    assert alarm.kind == "silent"
    assert 24 <= (first - (START + due * SLOT)) / 3600 <= 36


@pytest.mark.parametrize("weeks", [0, 1, 3])
def test_a_new_source_gives_no_alarm(weeks: int) -> None:
    slots = simulated(office(100), weeks + 1, 15, 3.0)
    for slot in range(weeks * WEEK_SLOTS + 72, len(slots)):
        slots[slot] = 0
    assert alarms(slots, since_week=0, every=3) == []


def test_a_source_without_a_signal_gives_none() -> None:
    assert judged(Series({}, now=START), now=START) == []


def test_an_outage_of_before_teaches_nothing() -> None:
    """Two silent weeks among eight would make silence usual, were they not left out."""
    slots = simulated(lambda at: 60, 10, 16, 3.0)
    hours: dict[int, int] = {}
    for slot, count in enumerate(slots):
        hour = int((START + slot * SLOT) // 3600)
        out = 5 <= slot // WEEK_SLOTS < 7 or slot >= 9 * WEEK_SLOTS
        hours[hour] = hours.get(hour, 0) + (0 if out else count)
    now = START + 9 * WEEK_SLOTS * SLOT + 3 * 3600
    outage = {int(START // 3600) + 5 * 168 + hour for hour in range(2 * 168)}
    assert [one.kind for one in judged(Series(hours, now=now), now=now)] == []
    assert [one.kind for one in judged(Series(hours, now=now, left_out=outage), now=now)] == ["silent"]


# Ten weeks from a Monday on: the last of them has its Wednesday off, and its Thursday is a day like any other.
OFF = 9 * WEEK_SLOTS + 2 * 144
ZONE_HOUR = 6
"""Berlin is an hour ahead of UTC in winter, so that its day begins six slots early."""


def day_off(slots: list[int], begins: int = OFF, share: float = 0.0) -> list[int]:
    """The same with a day in Berlin on which only a share of it comes."""
    first = begins - ZONE_HOUR
    return [
        round(count * share) if first <= slot < first + 144 else count for slot, count in enumerate(slots)
    ]


def hours_off(*begins: int) -> set[int]:
    """The hours of the days in Berlin that begin with these slots."""
    first = int(START // 3600)
    return {first + (slot - ZONE_HOUR) // 6 + hour for slot in begins for hour in range(24)}


def cut(slots: list[int], since: int) -> list[int]:
    """The same, and nothing any more from a slot on."""
    return [0 if slot >= since else count for slot, count in enumerate(slots)]


QUIET_AT_WEEKENDS = office(120, weekend=0.02, night=0.01)


@pytest.mark.parametrize(
    ("slots", "holidays", "found"),
    [
        pytest.param(
            day_off(simulated(QUIET_AT_WEEKENDS, 10, 21, 3.0)), (), True, id="a quiet day that nobody keeps"
        ),
        pytest.param(
            day_off(simulated(QUIET_AT_WEEKENDS, 10, 21, 3.0)), (OFF,), False, id="a site quiet on a holiday"
        ),
        pytest.param(
            day_off(simulated(QUIET_AT_WEEKENDS, 10, 22, 3.0), share=0.05),
            (OFF,),
            False,
            id="a twentieth of it on a holiday",
        ),
        pytest.param(
            day_off(day_off(simulated(QUIET_AT_WEEKENDS, 10, 23, 3.0)), OFF + 144),
            (OFF, OFF + 144),
            False,
            id="two holidays one after the other",
        ),
        pytest.param(
            day_off(simulated(lambda at: 300, 10, 24, 5.0)),
            (OFF,),
            True,
            id="a machine around the clock is silent on a holiday",
        ),
        pytest.param(
            cut(simulated(QUIET_AT_WEEKENDS, 10, 25, 3.0), OFF),
            (OFF,),
            True,
            id="an outage that begins on a holiday, seen the day after",
        ),
        pytest.param(
            cut(
                day_off(
                    day_off(simulated(QUIET_AT_WEEKENDS, 10, 26, 3.0), OFF - WEEK_SLOTS), OFF - 2 * WEEK_SLOTS
                ),
                OFF + 50,
            ),
            (OFF - WEEK_SLOTS, OFF - 2 * WEEK_SLOTS),
            True,
            id="two holidays of before on the same weekday hide no outage",
        ),
        pytest.param(
            simulated(QUIET_AT_WEEKENDS, 10, 27, 3.0), (OFF,), False, id="busy on a holiday all the same"
        ),
        pytest.param(
            [0 if OFF - 40 <= slot < OFF + 144 else n for slot, n in enumerate(files(10, 28, WEEK_SLOTS, 6))],
            (OFF,),
            False,
            id="a weekly file that is due on no day off",
        ),
    ],
)
def test_a_holiday_is_no_silence(slots: list[int], holidays: tuple[int, ...], found: bool) -> None:
    until = OFF + 144 + 80
    told = alarms(slots[:until], since_week=9, holidays=hours_off(*holidays))
    assert {one.kind for _, one in told} == ({"silent"} if found else set())


def test_an_outage_on_a_holiday_is_seen_the_next_working_morning() -> None:
    slots = cut(simulated(QUIET_AT_WEEKENDS, 10, 29, 3.0), OFF)
    (first, alarm), *_ = alarms(slots, since_week=9, holidays=hours_off(OFF))
    morning = START + (OFF + 144 - ZONE_HOUR) * SLOT + 9 * 3600
    assert 0 <= first - morning + 3 * 3600 <= 6 * 3600
    assert alarm.seen <= 0.1 * alarm.expected


@pytest.mark.parametrize(
    ("late", "known", "found"), [(12, True, False), (36, True, False), (36, False, True), (60, True, True)]
)
def test_a_weekly_file_due_on_a_holiday_may_come_as_much_later(late: int, known: bool, found: bool) -> None:
    """Due at noon of the day off; it comes so many hours late, and a day of grace is everybody's."""
    slots = [0] * (10 * WEEK_SLOTS)
    for week in range(10):
        slots[2 * 144 + 66 + week * WEEK_SLOTS] = 400
    due = OFF + 66
    slots[due] = 0
    slots[due + late * 6] = 400
    told = alarms(slots[: due + late * 6 + 12], since_week=9, holidays=hours_off(OFF) if known else set())
    assert bool(told) is found


def test_the_night_the_clocks_change_is_like_any_other() -> None:
    slots = simulated(office(100, night=0.4), 15, 17, 3.0)
    change = datetime(2025, 3, 30, 1, tzinfo=UTC)
    around = int(((change - timedelta(days=2)).timestamp() - START) // SLOT)
    assert alarms(slots[: around + 8 * 144], since_week=around // WEEK_SLOTS) == []


@pytest.mark.parametrize(
    ("seen", "mean", "variance", "low", "high"),
    [
        (0, 10.0, 10.0, math.exp(-10), None),
        (2, 3.0, 3.0, math.exp(-3) * (1 + 3 + 4.5), None),
        (0, 100.0, 2100.0, (5 / 105) ** 5, None),
        (3, 1.0, 1.0, None, 1 - math.exp(-1) * (1 + 1 + 0.5)),
        (2, 4.0, 8.0, None, 1 - (0.5**4) - 4 * 0.5**5),
    ],
)
def test_chances_are_those_of_the_negative_binomial(
    seen: int, mean: float, variance: float, low: float | None, high: float | None
) -> None:
    if low is not None:
        assert at_most(seen, mean, variance) == pytest.approx(low, rel=1e-4)
    if high is not None:
        assert at_least(seen, mean, variance) == pytest.approx(high, rel=1e-4)
