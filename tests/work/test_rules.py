"""The pure rules: pauses, reasons, crash plans, kinds."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest

from abmops.work import crash, kinds, schedule
from abmops.work.domain.backoff import pause
from abmops.work.domain.reasons import LONGEST, reason_for, redacted
from abmops.work.kinds import Kind


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 2), (1, 2), (2, 4), (3, 8), (9, 512), (10, 900), (1_000, 900)],
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(attempts: int, seconds: int) -> None:
    assert pause(attempts, draw=0.5) == timedelta(seconds=seconds)
    assert pause(attempts, draw=0.0) == timedelta(seconds=seconds * 0.8)
    assert pause(attempts, draw=0.999) < timedelta(seconds=seconds * 1.2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("mail to kim.lee+x@acme.co.uk", "mail to ***@acme.co.uk", id="e-mail"),
        pytest.param("Authorization: Bearer abcdef123456", "Authorization: Bearer ***", id="bearer"),
        pytest.param("password=hunter2, user=kim", "password=***, user=kim", id="password"),
        pytest.param("{'token': 'abc'}", "{'token': '***'}", id="token in a repr"),
        pytest.param("redis://:s3cret@host/0", "redis://:***@host/0", id="address with credentials"),
        pytest.param("key abm_live_7_" + "f" * 40, "key abm_live_7_***", id="API key"),
        pytest.param("a\x00b\ud800c", "ab?c", id="what PostgreSQL does not take"),
        pytest.param("plain text", "plain text", id="nothing to hide"),
    ],
)
def test_a_reason_is_fit_to_be_stored_and_shown(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_reason_has_a_limit() -> None:
    assert len(redacted("x" * 100_000)) == LONGEST


def test_a_reason_names_where_it_happened() -> None:
    try:
        raise ValueError("bad")
    except ValueError as error:
        first, *frames = reason_for(error).splitlines()
    assert first == "ValueError: bad"
    assert frames == [f"  test_rules.py:{error_line()} in test_a_reason_names_where_it_happened"]


def error_line() -> int:
    """The line of the raise above."""
    with open(__file__) as source:  # noqa: PTH123
        return next(number for number, line in enumerate(source, 1) if 'raise ValueError("bad")' in line)


@pytest.mark.parametrize(
    ("text", "passes", "number"),
    [
        pytest.param("p", [1], signal.SIGKILL, id="first pass"),
        pytest.param("p:3", [3], signal.SIGKILL, id="third pass only"),
        pytest.param("p:100%", [1, 2, 3, 4], signal.SIGKILL, id="each pass"),
        pytest.param("p:2@STOP", [2], signal.SIGSTOP, id="freeze"),
    ],
)
def test_a_crash_plan_acts_where_and_when_it_says(
    monkeypatch: pytest.MonkeyPatch, text: str, passes: list[int], number: signal.Signals
) -> None:
    killed: list[tuple[int, int]] = []
    current = 0
    monkeypatch.setattr(crash, "_plan", crash.parse(text))
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append((current, number)))
    for current in (1, 2, 3, 4):  # noqa: B007  (the fake above reads it)
        crash.point("other")
        crash.point("p")
    assert killed == [(at, number) for at in passes]


def test_without_a_plan_nothing_happens() -> None:
    assert crash.parse("") is None
    crash.point("anywhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lane": "fast"}, "is no lane"),
        ({"batch": 0}, "at least 1"),
        ({"max_attempts": 0}, "at least 1"),
    ],
)
def test_a_kind_that_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    options = {"name": "k", "lane": "react", "handler": print, **change}
    with pytest.raises(ValueError, match=message):
        Kind(**options)  # type: ignore[arg-type]


def test_a_name_belongs_to_one_kind() -> None:
    one = Kind("once", "react", lambda items, now: None)
    kinds.register(one)
    kinds.register(one)
    try:
        with pytest.raises(ValueError, match="registered twice"):
            kinds.register(Kind("once", "bulk", one.handler))
    finally:
        kinds.unregister("once")


def test_periodic_work_has_one_owner() -> None:
    schedule.register("t.once", every=timedelta(hours=1), handler=print)
    try:
        with pytest.raises(ValueError, match="registered twice"):
            schedule.register("t.once", every=timedelta(hours=2), handler=print)
    finally:
        schedule.unregister("t.once")
