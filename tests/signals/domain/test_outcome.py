"""What crossings were worth: precision, base rate, what was announced, and the work of a week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signals.domain.backtest import outcome
from signals.domain.backtest.outcome import Judged, Share

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def judged(
    account: int, at: float, opened: float | None = None, *, old: bool = True, owner: int = 1
) -> Judged:
    return Judged(account, day(at), 1, owner, None if opened is None else day(opened), old)


@pytest.mark.parametrize(
    ("crossings", "of_crossings", "of_accounts"),
    [
        pytest.param([], Share(0, 0), Share(0, 0), id="nothing"),
        pytest.param([judged(1, 0, 9), judged(1, 5)], Share(1, 2), Share(1, 1), id="an account counts once"),
        pytest.param([judged(1, 0), judged(2, 0, 3)], Share(1, 2), Share(1, 2), id="one of two"),
        pytest.param(
            [judged(1, 0, 3, old=False), judged(2, 0)],
            Share(0, 1),
            Share(0, 1),
            id="a young success waits, too",
        ),
        pytest.param(
            [judged(1, 0), judged(1, 90, 99, old=False)],
            Share(0, 1),
            Share(0, 1),
            id="judged by what is old enough",
        ),
    ],
)
def test_precision(crossings: list[Judged], of_crossings: Share, of_accounts: Share) -> None:
    assert outcome.share_of_crossings(crossings) == of_crossings
    assert outcome.share_of_accounts(crossings) == of_accounts


@pytest.mark.parametrize(
    ("at", "openings", "expected"),
    [
        pytest.param(0, [0], 0, id="at that moment"),
        pytest.param(0, [59.99], 59.99, id="just inside"),
        pytest.param(0, [60], None, id="sixty days are over"),
        pytest.param(10, [9, 70, 71], None, id="before it, and too late"),
        pytest.param(10, [9, 30, 40], 30, id="the first"),
    ],
)
def test_what_opened_after(at: float, openings: list[float], expected: float | None) -> None:
    found = outcome.opened_after(day(at), [day(one) for one in openings])
    assert found == (None if expected is None else day(expected))


@pytest.mark.parametrize(
    ("opened", "crossings", "expected"),
    [
        pytest.param(60, [0, 50], 0, id="the first in sixty days"),
        pytest.param(60.01, [0, 50], 50, id="the older one is too old"),
        pytest.param(10, [10], None, id="at that moment announces nothing"),
        pytest.param(10, [11], None, id="after it"),
    ],
)
def test_what_was_announced(opened: float, crossings: list[float], expected: float | None) -> None:
    found = outcome.first_before(day(opened), [day(one) for one in crossings])
    assert found == (None if expected is None else day(expected))


@pytest.mark.parametrize(
    ("spans", "openings", "expected"),
    [
        pytest.param([], {}, None, id="for nobody"),
        pytest.param([(1, 0, 100)], {}, 0.0, id="nothing opened"),
        pytest.param([(1, 0, 100)], {1: [80]}, 0.6, id="sixty of a hundred days"),
        pytest.param([(1, 0, 100)], {1: [30]}, 0.3, id="the window cuts it"),
        pytest.param([(1, 0, 100)], {1: [80, 90]}, 0.7, id="days in common count once"),
        pytest.param([(1, 0, 100)], {1: [120]}, 0.4, id="opened after the last moment"),
        pytest.param([(1, 0, 50), (1, 50, 100)], {1: [80]}, 0.6, id="places that touch"),
        pytest.param([(1, 0, 100), (2, 0, 100)], {1: [80], 3: [50]}, 0.3, id="others do not count"),
        pytest.param([(1, -50, 200)], {1: [80]}, 0.6, id="only the window counts"),
    ],
)
def test_the_base_rate(
    spans: list[tuple[int, float, float]], openings: dict[int, list[float]], expected: float | None
) -> None:
    found = outcome.base_rate(
        [(account, day(start), day(end)) for account, start, end in spans],
        {account: [day(at) for at in ats] for account, ats in openings.items()},
        since=day(0),
        until=day(100),
    )
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_week_begins_on_monday_and_only_whole_weeks_are_usual() -> None:
    found = outcome.load([day(at) for at in (3, 7, 8, 20, 22)], since=day(2), until=day(23))
    assert found.weeks == ((day(0), 1), (day(7), 2), (day(14), 1), (day(21), 1))
    assert (found.median, found.worst) == (1.5, 2)
    busy = outcome.load([day(21), day(22), day(22)], since=day(2), until=day(23))
    assert (busy.median, busy.worst) == (0, 3)
    short = outcome.load([day(3)], since=day(2), until=day(5))
    assert (short.median, short.worst) == (1, 1)


def test_the_busiest_owner_comes_first() -> None:
    rows = [judged(1, 0, owner=7), judged(2, 1, owner=8), judged(3, 8, owner=8)]
    found = outcome.load_by_owner(rows, since=day(0), until=day(14))
    assert [(owner, count, load.worst) for owner, count, load in found] == [(8, 2, 1), (7, 1, 1)]


def test_a_share_of_nothing_has_no_value() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    interval = Share(12, 26).interval
    assert interval is not None
    assert interval.holds(12 / 26)
