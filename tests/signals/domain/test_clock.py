"""When an event happened: what is read, what is refused, and whose clock is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.errors import FieldErrors
from signals.domain.clock import AHEAD, HELD, NETWORK_LAG, OLDEST, Ahead, occurred_at, parse_time

RECEIVED = datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T04:30:00Z", "2026-11-22T04:30:00+00:00"),
        ("2026-11-22t04:30:00z", "2026-11-22T04:30:00+00:00"),
        ("2026-11-22 04:30:00+00:00", "2026-11-22T04:30:00+00:00"),
        (" 2026-11-22T04:30:00Z ", "2026-11-22T04:30:00+00:00"),
        ("2026-11-22T04:30:00.5Z", "2026-11-22T04:30:00.500000+00:00"),
        ("2026-11-22T04:30:00.123456789Z", "2026-11-22T04:30:00.123456+00:00"),
        ("2026-11-22T10:00:00+05:30", "2026-11-22T04:30:00+00:00"),
        ("2026-11-21T23:30:00-0500", "2026-11-22T04:30:00+00:00"),
        ("2026-11-22T04:30:00-00:00", "2026-11-22T04:30:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2017-01-01T05:29:60.9+05:30", "2017-01-01T00:00:00+00:00"),
        ("2028-02-29T12:00:00Z", "2028-02-29T12:00:00+00:00"),
        # The two half past ones of New York's autumn night are an hour apart, whatever its clocks say.
        ("2026-11-01T01:30:00-04:00", "2026-11-01T05:30:00+00:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T06:30:00+00:00"),
    ],
)
def test_times_that_are_read(text: str, expected: str) -> None:
    found = parse_time(text)
    assert found.isoformat() == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-22T04:30:00", "does not say which zone"),
        ("2026-11-22", "no time that we can read"),
        ("2026-11-22T04:30Z", "no time that we can read"),
        ("20261122T043000Z", "no time that we can read"),
        ("2026-W47-7T04:30:00Z", "no time that we can read"),
        ("2026-11-22T04:30:00,5Z", "no time that we can read"),
        ("yesterday", "no time that we can read"),
        ("٢٠٢٦-11-22T04:00:00Z", "no time that we can read"),
        ("x" * 10_000, "no time that we can read"),
        ("2026-02-29T04:30:00Z", "not in the calendar"),
        ("2026-11-22T24:00:00Z", "not in the calendar"),
        ("2026-11-22T04:30:61Z", "not in the calendar"),
        ("2026-11-22T04:30:00+24:00", "not in the calendar"),
        ("2026-11-22T04:30:00+05:75", "not in the calendar"),
        ("0001-01-01T00:00:00+10:00", "not in the calendar"),
        ("9999-12-31T23:59:60Z", "not in the calendar"),
        (1_795_323_600, "must be a text"),
        (None, "must be a text"),
        (True, "must be a text"),
    ],
)
def test_times_that_are_refused(text: object, words: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        parse_time(text, pointer="/occurred_at")
    [error] = caught.value.errors
    assert error.pointer == "/occurred_at"
    assert words in error.detail
    assert len(error.detail) < 200
    assert error.detail.endswith("send RFC 3339 with a zone, such as 2026-11-22T09:30:00Z.")


def text(at: datetime) -> str:
    return at.isoformat()


@pytest.mark.parametrize(
    ("happened", "sent", "expected"),
    [
        pytest.param(-60, 0, -60, id="clocks agree"),
        pytest.param(-60, -4, -60, id="four seconds on the network are no skew"),
        pytest.param(3600 - 60, 3600, -60, id="the sender is an hour ahead"),
        pytest.param(-3600 - 60, -3600, -60, id="the sender is an hour behind"),
        pytest.param(200, None, 0, id="a little ahead: when we received it"),
        pytest.param(300, None, 0, id="five minutes ahead"),
        pytest.param(-86400 * 700, None, -86400 * 700, id="a history"),
        pytest.param(None, -3600, 0, id="no time of its own"),
    ],
)
def test_whose_clock_is_believed(happened: float | None, sent: float | None, expected: float) -> None:
    found = occurred_at(
        timestamp=None if happened is None else text(RECEIVED + timedelta(seconds=happened)),
        sent_at=None if sent is None else text(RECEIVED + timedelta(seconds=sent)),
        received_at=RECEIVED,
    )
    assert found == RECEIVED + timedelta(seconds=expected)


@pytest.mark.parametrize(
    ("happened", "sent", "words"),
    [
        pytest.param(
            timedelta(hours=24, seconds=1), None, "1 day ahead of ours", id="just too far ahead to be held"
        ),
        pytest.param(timedelta(days=40), None, "40 days ahead of ours", id="far ahead"),
        pytest.param(
            timedelta(0), timedelta(hours=-26), "1 day ahead of ours", id="ahead after the correction"
        ),
        pytest.param(-OLDEST - timedelta(seconds=1), None, "731 days ago", id="over two years old"),
        pytest.param(timedelta(days=-9000), None, "9,000 days ago", id="from another century"),
    ],
)
def test_times_beyond_the_limits(happened: timedelta, sent: timedelta | None, words: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        occurred_at(
            timestamp=text(RECEIVED + happened),
            sent_at=None if sent is None else text(RECEIVED + sent),
            received_at=RECEIVED,
        )
    assert [error.pointer for error in caught.value.errors] == ["/timestamp"]
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("happened", "sent", "due"),
    [
        pytest.param(301, None, 301, id="just over five minutes"),
        pytest.param(3600, 0, 3600, id="an hour, by a clock that is right"),
        pytest.param(86_400, None, 86_400, id="a day"),
        pytest.param(0, -7200, 7200, id="after the correction: sent two hours before it came, and for later"),
        pytest.param(3 * 86_400 + 600, 3 * 86_400, 600, id="of a clock three days ahead, for in ten minutes"),
    ],
)
def test_what_lies_ahead_is_held(happened: int, sent: int | None, due: int) -> None:
    with pytest.raises(Ahead) as caught:
        occurred_at(
            timestamp=text(RECEIVED + timedelta(seconds=happened)),
            sent_at=None if sent is None else text(RECEIVED + timedelta(seconds=sent)),
            received_at=RECEIVED,
        )
    assert caught.value.at == RECEIVED + timedelta(seconds=due)


@pytest.mark.parametrize("sent_at", ["2026-11-22T04:30:00", "rubbish", 5, {"a": 1}, "", None])
def test_a_sent_at_that_cannot_be_read_corrects_nothing(sent_at: object) -> None:
    found = occurred_at(timestamp="2026-11-22T04:30:00Z", sent_at=sent_at, received_at=RECEIVED)
    assert found == datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


SECONDS = st.integers(-3 * 10**9, 3 * 10**9).map(lambda seconds: timedelta(seconds=seconds))


@given(SECONDS, SECONDS)
def test_what_is_taken_is_within_the_limits_and_never_after_its_receipt(
    happened: timedelta, sent: timedelta
) -> None:
    timestamp, sent_at = RECEIVED + happened, RECEIVED + sent
    honest = RECEIVED - (sent_at - timestamp) if abs(sent) > NETWORK_LAG else timestamp
    try:
        found = occurred_at(timestamp=text(timestamp), sent_at=text(sent_at), received_at=RECEIVED)
    except Ahead as ahead:
        assert RECEIVED + AHEAD < ahead.at == honest <= RECEIVED + HELD  # noqa: PT017  (one of three ends)
    except FieldErrors:
        assert honest > RECEIVED + HELD or honest < RECEIVED - OLDEST
    else:
        assert RECEIVED - OLDEST <= found <= RECEIVED
        assert found == min(honest, RECEIVED)


def test_the_far_ends_of_the_calendar_are_refused_not_failed() -> None:
    for timestamp, sent_at in (
        ("0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z"),
        ("9999-12-30T00:00:00Z", "0001-01-02T00:00:00Z"),
    ):
        with pytest.raises(FieldErrors):
            occurred_at(timestamp=timestamp, sent_at=sent_at, received_at=RECEIVED)
