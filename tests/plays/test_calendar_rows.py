"""The calendar's rows: what lasts for days is one bar a week, none covers another, and nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plays.domain.calendar import Entry
from plays.views.calendar_rows import Day, Marks, days_of, week_of

MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
PLAIN = Marks(today=date(2026, 1, 1), clash_days=frozenset())


def lasting(name: str, first: int, last: int) -> Entry:
    """A burst from one day of the week to another, counted from its Monday."""
    return Entry(
        kind="burst",
        pk=sum(map(ord, name)),
        title=name,
        first=MONDAY + timedelta(days=first),
        last=MONDAY + timedelta(days=last),
    )


def drawn(week: list[Day]) -> dict[int, list[str]]:
    """Day -> its lanes: the bar that begins there with its days, or a gap."""
    return {
        n: [f"{bar.entry.title}{bar.days}" if bar else "-" for bar in day.lanes]
        for n, day in enumerate(week)
        if day.lanes
    }


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([lasting("a", 1, 3)], {1: ["a3"], 2: ["-"], 3: ["-"]}, id="one bar over its days"),
        pytest.param([lasting("a", -9, 0)], {0: ["a1"]}, id="its last day in this week"),
        pytest.param(
            [lasting("a", 6, 20), lasting("b", 5, 6)], {5: ["b2"], 6: ["-", "a1"]}, id="below each other"
        ),
        pytest.param(
            [lasting("a", 0, 1), lasting("b", 2, 3)],
            {0: ["a2"], 1: ["-"], 2: ["b2"], 3: ["-"]},
            id="one lane behind each other",
        ),
        pytest.param(
            [lasting("a", 0, 1), lasting("b", 0, 3), lasting("c", 2, 3)],
            {0: ["b4", "a2"], 1: ["-", "-"], 2: ["-", "c2"], 3: ["-", "-"]},
            id="the longer above, the next where there is room",
        ),
        pytest.param([lasting("a", 2, 2), lasting("b", 8, 9)], {}, id="a day's burst and another week's"),
    ],
)
def test_a_bar_lies_over_its_days(entries: list[Entry], expected: dict[int, list[str]]) -> None:
    assert drawn(week_of(WEEK, entries, PLAIN)) == expected


def test_a_bar_knows_whether_it_began_before_and_lasts_after() -> None:
    week = week_of(WEEK, [lasting("a", -1, 2), lasting("b", 4, 7)], PLAIN)
    bars = [bar for day in week for bar in day.lanes if bar is not None]
    assert [(bar.came_on, bar.goes_on) for bar in bars] == [(True, False), (False, True)]


def test_where_room_is_short_every_day_counts_what_is_not_drawn_on_it() -> None:
    bursts = [lasting(name, 0, 2) for name in "abcde"]
    alone = [lasting(name, 1, 1) for name in "vwxyz"]
    week = week_of(WEEK, [*bursts, *alone], PLAIN, shown=5)
    assert [len(day.entries) for day in week] == [0, 2, 0, 0, 0, 0, 0]
    assert [day.more for day in week] == [2, 2 + 3, 2, 0, 0, 0, 0]
    assert [day.is_bare for day in week] == [False, False, False, True, True, True, True]


def test_a_day_of_the_month_before_stays_where_its_bar_lasts_into_this_one() -> None:
    december = Marks(today=MONDAY, clash_days=frozenset({MONDAY}), month=12)
    week = [date(2026, 11, 30) + timedelta(days=n) for n in range(7)]
    ads = Entry(kind="burst", pk=1, title="Ads", first=date(2026, 11, 20), last=date(2026, 12, 2))
    days = week_of(week, [ads], december)
    assert [day.is_outside for day in days] == [True] + 6 * [False]
    assert [day.reaches_in for day in days][:2] == [True, False]
    assert not week_of(WEEK, [lasting("a", 0, 2)], december)[0].reaches_in


def test_in_a_list_of_days_it_is_named_on_its_first() -> None:
    days = days_of(WEEK, [lasting("a", -3, 4), lasting("b", 2, 5)], PLAIN)
    assert [[one.title for one in day.entries] for day in days] == [["a"], [], ["b"], [], [], [], []]
    assert not any(day.lanes for day in days)
