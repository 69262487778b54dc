"""Crossings: on turning true, never while staying true, never inside the cool-down."""

from __future__ import annotations

import json

import pytest

from signals.domain.catalogue import DAY
from signals.domain.crossing import Armed, step

Look = tuple[float, bool, bool]


def lived(looks: list[Look], rearm_days: float) -> list[float]:
    """The days on which a threshold crossed, looked at on these days with (before the news, after it)."""
    armed, crossed = Armed(), []
    for day, before, after in looks:
        stored = json.loads(json.dumps(armed.dump()))
        armed, has_crossed = step(
            Armed.load(stored), met_before=before, met_after=after, now=day * DAY, rearm_days=rearm_days
        )
        crossed += [day] if has_crossed else []
    return crossed


@pytest.mark.parametrize(
    ("looks", "rearm_days", "crossed"),
    [
        pytest.param([(1, False, False)], 7, [], id="never true"),
        pytest.param([(1, False, True)], 7, [1], id="turned true by news"),
        pytest.param([(1, True, True)], 7, [1], id="found true at the first look"),
        pytest.param([(1, False, True), (2, True, True), (40, True, True)], 7, [1], id="true and still true"),
        pytest.param([(1, False, True), (9, False, True)], 7, [1, 9], id="turned false by the clock unseen"),
        pytest.param([(1, False, True), (9, False, False), (10, False, True)], 7, [1, 10], id="seen false"),
        pytest.param([(1, False, True), (3, False, True)], 7, [1], id="too soon again"),
        pytest.param(
            [(1, False, True), (3, False, True), (9, True, True)],
            7,
            [1],
            id="a turn inside the cool-down is not made up for",
        ),
        pytest.param(
            [(1, False, True), (3, False, True), (9, True, True), (12, False, True)],
            7,
            [1, 12],
            id="but the next turn after it crosses",
        ),
        pytest.param(
            [(1, False, True), (8, False, True)], 7, [1, 8], id="the cool-down ends on its last day"
        ),
        pytest.param([(1, False, True), (7.99, False, True)], 7, [1], id="and not before"),
        pytest.param([(1, False, True), (1, False, True)], 0, [1, 1], id="no cool-down: every turn"),
        pytest.param(
            [(1, False, False), (2, True, True)], 7, [2], id="turned true by the clock since the last look"
        ),
        pytest.param([(1, False, True), (0.5, False, True)], 0, [1], id="a clock set back crosses nothing"),
    ],
)
def test_when_a_threshold_crosses(looks: list[Look], rearm_days: float, crossed: list[float]) -> None:
    assert lived(looks, rearm_days) == crossed


def test_it_is_remembered_since_when_it_has_been_false() -> None:
    armed, _ = step(Armed(), met_before=False, met_after=True, now=5.0, rearm_days=1)
    assert armed == Armed(is_met=True, last_crossed_at=5.0)
    armed, _ = step(armed, met_before=False, met_after=False, now=6.0, rearm_days=1)
    armed, _ = step(armed, met_before=False, met_after=False, now=7.0, rearm_days=1)
    assert armed == Armed(is_met=False, last_crossed_at=5.0, has_been_false_since=6.0)
    armed, crossed = step(armed, met_before=False, met_after=True, now=8.0, rearm_days=1)
    assert (armed, crossed) == (Armed(is_met=True, last_crossed_at=5.0), False)


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_nothing_stored_is_a_threshold_that_never_crossed(nothing: object) -> None:
    assert Armed.load(nothing) == Armed()
