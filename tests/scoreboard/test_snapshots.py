"""Yesterday's number stays what it was, and history agrees with it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from abmops.lib.errors import Refused
from abmops.work import schedule
from accounts.models import Account, Touch
from scoreboard.jobs import keep_yesterday
from scoreboard.models import Snapshot
from scoreboard.selectors.trend import read_trend
from scoreboard.services.snapshots import differences, write_day
from tests.scoreboard.world import DAY, HOUR, Crossed, Deal, T, Touched, World, write

pytestmark = pytest.mark.django_db

DAY_BEFORE = date(2026, 11, 17)


def program() -> World:
    """Two accounts, one of them covered, a crossing answered after an hour, an open deal."""
    return World(
        tiers=[[(T - 100 * DAY, 1)], [(T - 100 * DAY, 2)]],
        owners=[0, 0],
        created=[T - 100 * DAY] * 2,
        touches=[Touched(0, T - 9 * DAY)],
        crossings=[Crossed(0, T - 9 * DAY - HOUR, "urgent")],
        deals=[Deal(0, T - 50 * DAY, amounts=[(T - 50 * DAY, Decimal("33.3333"), "USD")])],
    )


def test_a_day_is_kept_for_the_list_its_tiers_and_each_urgency() -> None:
    write(program())
    write_day(day=DAY_BEFORE, now=T)
    kept = {(row.key, row.tier): row.value for row in Snapshot.objects.filter(day=DAY_BEFORE)}
    assert kept["coverage", None] == Decimal("0.5")
    assert kept["coverage", 1] == 1
    assert kept["coverage", 3] is None
    assert kept["signal_to_action_km_median_hours:urgent", 1] == 1
    assert kept["pipeline_per_account_target", None] == Decimal("16.66665")


def test_a_kept_day_agrees_with_history_until_a_fact_is_told_late() -> None:
    write(program())
    write_day(day=DAY_BEFORE, now=T)
    assert differences(day=DAY_BEFORE) == []
    other = Account.objects.order_by("pk")[1]
    Touch.objects.create(account=other, side="sales", channel="call", occurred_at=T - 3 * DAY)
    found = {(each.key, each.tier): (each.kept, each.now) for each in differences(day=DAY_BEFORE)}
    assert found["coverage", None] == (Decimal("0.5"), Decimal(1))
    assert write_day(day=DAY_BEFORE, now=T) == 0
    assert Snapshot.objects.get(day=DAY_BEFORE, key="coverage", tier=None).value == Decimal("0.5")


def test_a_day_that_is_not_over_is_not_kept() -> None:
    with pytest.raises(Refused, match="not over yet"):
        write_day(day=T.date(), now=T)


def test_midnight_keeps_yesterday_and_the_days_nobody_kept() -> None:
    write(program())
    write_day(day=date(2026, 11, 13), now=T)
    keep_yesterday(datetime(2026, 11, 18, tzinfo=UTC))
    days = Snapshot.objects.order_by("day").values_list("day", flat=True).distinct()
    assert list(days) == [date(2026, 11, day) for day in (13, 14, 15, 16, 17)]


def test_the_first_midnight_keeps_only_yesterday() -> None:
    write(program())
    keep_yesterday(T)
    assert set(Snapshot.objects.values_list("day", flat=True)) == {DAY_BEFORE}


def test_the_nightly_work_is_registered() -> None:
    found = schedule.find("scoreboard.snapshot")
    assert found is not None
    assert (found.every, found.lane, found.handler) == (timedelta(days=1), "bulk", keep_yesterday)


def test_the_trend_shows_gaps_where_nothing_was_kept() -> None:
    write(program())
    write_day(day=DAY_BEFORE, now=T)
    write_day(day=DAY_BEFORE - timedelta(weeks=2), now=T)
    line = read_trend(T, {"coverage"}).of("coverage", 1)
    assert line == [None] * 10 + [0.0, None, 1.0]


def test_a_week_shows_its_last_kept_day() -> None:
    """Kept on Friday and Saturday of one week: Saturday speaks, and the label says which day it is."""
    write(program())
    for day in (date(2026, 11, 6), date(2026, 11, 7)):
        write_day(day=day, now=T)
    trend = read_trend(T, {"coverage"})
    assert trend.of("coverage", 1) == [None] * 11 + [0.0, None]
    assert trend.days[-3:] == [date(2026, 11, 3), date(2026, 11, 7), date(2026, 11, 17)]


def test_the_command_keeps_and_checks() -> None:
    write(program())
    told = StringIO()
    call_command("snapshot", "--from", "2026-11-15", "--to", "2026-11-17", stdout=told)
    assert told.getvalue().count("numbers kept") == 3
    call_command(
        "snapshot", "--from", "2026-11-15", "--to", "2026-11-17", "--check", stdout=(silent := StringIO())
    )
    assert silent.getvalue() == ""
    with pytest.raises(CommandError, match="not over yet"):
        call_command("snapshot", "--from", "2999-01-01", "--to", "2999-01-01")
    with pytest.raises(CommandError, match="lies after"):
        call_command("snapshot", "--from", "2026-11-17", "--to", "2026-11-15")
