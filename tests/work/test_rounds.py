"""Rounds: everything is gone through step by step, with rests between, and never twice at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from abmops.work import kinds, rounds, schedule, services
from abmops.work.models import State, WorkItem

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 11, 18, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = "test.round"
OTHER = "test.other_round"


class Walk:
    """What a round of five steps was asked; each takes as long as a round may go on at a time."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.fails = 0
        self.takes = rounds.PIECE

    def step(self, now: datetime, after: int) -> int | None:
        """One step."""
        del now
        self.asked.append(after)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("Not today.")
        time.sleep(self.takes)
        return after + 1 if after < 4 else None


@pytest.fixture
def walk(nothing_periodic: None) -> Iterator[Walk]:
    """The only periodic work there is."""
    walk = Walk()
    rounds.register(NAME, every=HOUR, step=walk.step)
    yield walk
    for name in (NAME, OTHER):
        schedule.unregister(name)
        kinds.unregister(name)


def begin(now: datetime) -> None:
    """A slot begins, and what it puts is run."""
    assert services.put_slots(now=now) == 1
    services.drain_all(now)


def pending() -> WorkItem:
    """The one step that waits."""
    return WorkItem.objects.get(kind=NAME, state=State.READY)


def test_a_round_rests_between_its_steps_and_ends(walk: Walk) -> None:
    begin(NOW)
    assert walk.asked == [0]
    rest = pending().run_at - NOW
    assert rest >= timedelta(seconds=20 * rounds.PIECE), (
        "nineteen times as long as it took, behind its own time"
    )
    assert services.drain_all(NOW + rest - timedelta(milliseconds=1)) == 0
    moment = NOW
    while WorkItem.objects.filter(kind=NAME).exists():
        moment = pending().run_at
        services.drain_all(moment)
    assert walk.asked == [0, 1, 2, 3, 4]
    assert moment - NOW >= timedelta(seconds=4 * 20 * rounds.PIECE)


def test_rounds_under_way_take_turns(walk: Walk) -> None:
    begin(NOW)
    first = pending().run_at
    a_turn = timedelta(seconds=20 * rounds.PIECE)
    rounds.register(OTHER, every=HOUR, step=walk.step)
    begin(NOW)
    other = WorkItem.objects.get(kind=OTHER)
    assert other.run_at == first + a_turn, "it begins when the first one has had its turn"
    services.drain_all(first)
    assert walk.asked == [0, 1]
    assert pending().run_at >= other.run_at + a_turn, "two have together what one would have had"
    WorkItem.objects.filter(kind=OTHER).update(attempts=1, run_at=NOW + HOUR)
    services.drain_all(pending().run_at)
    assert pending().run_at < NOW + HOUR, "nobody waits for one that failed"


def test_quick_steps_share_a_piece(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.takes = 0
    monkeypatch.setattr(rounds, "PIECE", 60)
    begin(NOW)
    assert walk.asked == [0, 1, 2, 3, 4]
    assert not WorkItem.objects.filter(kind=NAME).exists()


def test_a_slot_that_begins_meanwhile_lets_it_go_on(walk: Walk) -> None:
    begin(NOW)
    begin(NOW + HOUR)
    assert walk.asked == [0, 1, 2], "its next step was due, and the slot cut the rest after it short"
    assert pending().payload == {"after": 3}
    begin(NOW + 2 * HOUR)
    assert walk.asked == [0, 1, 2, 3, 4]
    begin(NOW + 3 * HOUR)
    assert walk.asked == [0, 1, 2, 3, 4, 0], "at its end the next slot begins from the beginning"


def test_a_slot_that_begins_while_a_step_is_taken_adds_none(walk: Walk) -> None:
    services.put_slots(now=NOW)
    services.drain_all(NOW)
    at = pending().run_at
    claimed = services.claim(kinds.Lane.BULK.value, now=at)
    assert claimed is not None
    assert services.put_slots(now=NOW + HOUR) == 1
    services.drain_all(NOW + HOUR)
    assert walk.asked == [0], "no second process begins beside it"
    services.run(claimed, strict=True)
    assert walk.asked == [0, 1]
    assert pending().payload == {"after": 2}


def test_a_step_that_fails_is_taken_again_and_a_dead_round_begins_anew(walk: Walk) -> None:
    services.put_slots(now=NOW)
    walk.fails = 1
    services.drain_all(NOW, strict=False)
    assert walk.asked == [0]
    WorkItem.objects.filter(kind=NAME).update(run_at=NOW)  # its pause is by the database's clock
    services.drain_all(NOW)
    assert walk.asked == [0, 0]
    assert pending().payload == {"after": 1}
    WorkItem.objects.filter(kind=NAME).update(state=State.DEAD)
    begin(NOW + HOUR)
    assert walk.asked == [0, 0, 0]
