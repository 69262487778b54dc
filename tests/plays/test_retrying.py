"""When a delivery is tried again, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plays.domain import retrying
from plays.domain.outgoing import action_of
from plays.domain.retrying import Breaker, Failure, next_attempt, retry_after

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        pytest.param("120", timedelta(minutes=2), id="seconds"),
        pytest.param(" 5 ", timedelta(seconds=5), id="with blanks"),
        pytest.param("0", timedelta(0), id="at once"),
        pytest.param("99999999999999999999", timedelta(days=1), id="for ever is a day"),
        pytest.param("Wed, 18 Nov 2026 10:02:00 GMT", timedelta(minutes=2), id="a date"),
        pytest.param("Wednesday, 18-Nov-26 10:02:00 GMT", timedelta(minutes=2), id="a date of RFC 850"),
        pytest.param("Wed, 18 Nov 2020 10:02:00 GMT", None, id="a date that has passed"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1), id="a date that never comes"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2359", timedelta(days=1), id="beyond the end of time"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +2359", None, id="before the beginning of time"),
        pytest.param("Wed, 18 Nov 99999 10:02:00 GMT", None, id="a year of five digits"),
        pytest.param("Wed, 18 Nov 2026 10:02:00", timedelta(minutes=2), id="a date without a zone is UTC"),
        pytest.param("Wed, 18 Nov 2026 11:02:00 +0100", timedelta(minutes=2), id="a date of another zone"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("-3", None, id="less than nothing"),
        pytest.param("soon", None, id="words"),
        pytest.param("١٢", None, id="digits of another script"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_retry_after_is_read(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, now=NOW) == wait


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999999])
def test_every_pause_is_within_a_fifth_of_the_schedule(draw: float) -> None:
    for attempts, pause in enumerate(retrying.PAUSES[1:8], start=1):
        at = next_attempt(
            Failure(), attempts=attempts, permanent_before=False, put_at=NOW, now=NOW, draw=draw
        )
        assert at is not None
        assert pause * 0.8 <= at - NOW <= pause * 1.2


@pytest.mark.parametrize(
    ("failure", "attempts", "before", "age_hours", "hours"),
    [
        pytest.param(Failure(), 10, False, 1, None, id="ten attempts are all"),
        pytest.param(Failure(), 9, False, 60, 12, id="the last is brought forward to three days"),
        pytest.param(Failure(), 3, False, 72, None, id="nothing after three days"),
        pytest.param(Failure(permanent=True), 1, False, 0, 5 / 60, id="what stays is confirmed"),
        pytest.param(Failure(permanent=True), 2, True, 0, None, id="confirmed once"),
        pytest.param(Failure(retry_after=timedelta(hours=3)), 1, False, 0, 3, id="Retry-After comes first"),
        pytest.param(
            Failure(retry_after=timedelta(seconds=1)), 4, False, 0, 2, id="and never makes it earlier"
        ),
    ],
)
def test_when_next(
    failure: Failure, attempts: int, before: bool, age_hours: float, hours: float | None
) -> None:
    at = next_attempt(
        failure,
        attempts=attempts,
        permanent_before=before,
        put_at=NOW - timedelta(hours=age_hours),
        now=NOW,
        draw=0.5,
    )
    assert (at is None) == (hours is None)
    if at is not None and hours is not None:
        assert at - NOW == timedelta(hours=hours)


def test_the_breaker_opens_probes_and_closes() -> None:
    breaker = Breaker(0, None)
    for _ in range(retrying.OPENS_AFTER):
        assert breaker.waits_until(NOW) is None
        breaker = breaker.failed(NOW)
    assert breaker.is_open
    assert breaker.waits_until(NOW + timedelta(minutes=4)) == NOW + timedelta(minutes=5)
    later = NOW + timedelta(minutes=5)
    assert breaker.waits_until(later) is None
    assert breaker.probing(later).waits_until(later) is not None
    assert not breaker.probing(later).succeeded().is_open


@pytest.mark.parametrize(
    ("surface", "action"),
    [
        ("email", ("email", "")),
        ("slack:deal-desk", ("slack", "deal-desk")),
        ("webhook", ("webhook", "")),
        ("linkedin_ads", None),
        ("", None),
    ],
)
def test_what_a_step_names(surface: str, action: tuple[str, str] | None) -> None:
    assert action_of(surface) == action
