"""The life of an enrollment: a reference that fits on a page and the real thing never disagree."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from accounts.models import Account, Touch, User
from plays.domain import enrollment as life
from plays.domain.enrollment import IllegalMove
from plays.models import Enrollment, Notice, StepRun, Task
from plays.services import complete_task, hand_on_task, reopen_task, skip_task, snooze_task
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import cancel_enrollment, react_to_events
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account, an_event

LINKEDIN = {"key": "linkedin", "channel": "linkedin", "side": "sales", "role": "owner", "sla_hours": 48}
WAITS = (0, 2, 0)
"""Days before each of the three steps."""


@pytest.mark.parametrize("state", life.STATES)
@pytest.mark.parametrize("move", life.NAMES)
def test_the_table_knows_a_move_or_refuses_it_in_words(state: str, move: str) -> None:
    if (state, move) in life.MOVES:
        assert life.after(state, move) in life.STATES
    else:
        with pytest.raises(IllegalMove, match="not possible now"):
            life.after(state, move)


def test_finished_enrollments_stay_finished_but_for_a_slip_of_the_finger() -> None:
    ways_out = {pair: to for pair, to in life.MOVES.items() if pair[0] in life.FINISHED}
    assert ways_out == {
        ("completed", "reopen"): "active",
        ("cancelled", "restore"): "active",
        ("cancelled", "wait_again"): "waiting",
        ("cancelled", "hold_again"): "holdout",
        ("exited", "restore"): "active",
        ("exited", "wait_again"): "waiting",
    }


def test_the_readme_holds_the_table_that_the_code_has() -> None:
    readme = Path(life.__file__).parents[1] / "README.md"
    assert life.drawn() in readme.read_text()


class Lives(RuleBasedStateMachine):
    """One account and one play of three steps; crossings, clicks, events and the clock in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.now: datetime = NOW
        self.owner: User = a_user()
        self.other: User = a_user()
        self.account: Account = an_account(owner=self.owner)
        a_play(steps=[CALL, EMAIL, LINKEDIN], exits=["meeting_booked"], throttle={"cooldown_days": 0})
        self.threshold = a_threshold()
        # The reference.
        self.step = -1
        self.opens_at: datetime | None = None
        self.due: datetime | None = None
        self.stalled = False
        self.breached = 0
        self.is_breached = False
        self.done = 0
        self.begun = 0
        self.last: tuple[int, datetime, datetime | None, bool, bool, str] | None = None
        self.ended: dict[str, int] = {"completed": 0, "exited": 0, "cancelled": 0}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    # What the reference knows

    @property
    def lives(self) -> bool:
        return self.step >= 0

    def task(self) -> Task:
        return Task.objects.unfinished().get()

    def _open(self) -> None:
        self.opens_at = None
        self.due = Task.objects.unfinished().get().due_at
        assert self.due > self.now
        self.is_breached = False

    def _end(self, how: str) -> None:
        self.ended[how] += 1
        self.step, self.due, self.opens_at, self.stalled, self.is_breached = -1, None, None, False, False

    def _advance(self) -> None:
        self.stalled = False
        self.step += 1
        self.due = None
        self.is_breached = False
        if self.step == len(WAITS):
            self._end("completed")
        elif WAITS[self.step]:
            self.opens_at = self.now + timedelta(days=WAITS[self.step])
        else:
            self._open()

    # What may happen

    @precondition(lambda self: not self.lives)
    @rule()
    def cross(self) -> None:
        """A crossing starts the play. What crosses while it runs waits for its end: `test_machine` knows of that."""
        decide_crossings(
            crossing_ids=[a_crossing(self.account, self.threshold, at=self.now).pk], now=self.now
        )
        self.last = None
        self.step, self.begun = 0, self.begun + 1
        self._open()

    @rule(hours=st.sampled_from([1, 5, 23, 24, 49, 100, 24 * 9]))
    def wait(self, hours: int) -> None:
        """The clock goes on, and the work list is looked at."""
        self.now += timedelta(hours=hours)
        work.drain_all(self.now)
        if self.opens_at is not None and self.now >= self.opens_at:
            self._open()
        if self.due is not None and self.now >= self.due and not self.is_breached:
            self.is_breached, self.breached = True, self.breached + 1
        if self.due is not None and self.now >= self.due + timedelta(days=7):
            self.stalled = True

    @precondition(lambda self: self.due is not None)
    @rule(skipped=st.booleans())
    def finish(self, skipped: bool) -> None:
        """Done or skipped; a second click is a conflict."""
        task = self.task()
        before = (
            self.step,
            self.now,
            self.due,
            self.stalled,
            self.is_breached,
            "skip" if skipped else "done",
        )
        if skipped:
            skip_task(task=task, by=self.owner, reason="Wrong person", now=self.now)
        else:
            complete_task(task=task, by=self.owner, now=self.now)
            self.done += 1
        with pytest.raises(AbmopsError):
            complete_task(task=task, by=self.owner, now=self.now)
        self._advance()
        self.last = before
        self.last_task = task

    @precondition(lambda self: self.last is not None)
    @rule()
    def undo(self) -> None:
        """A slip of the finger, taken back at once or too late."""
        assert self.last is not None
        step, at, due, stalled, breached, how = self.last
        self.last = None
        if self.now - at > timedelta(minutes=15):
            with pytest.raises(AbmopsError):
                reopen_task(task=self.last_task, by=self.owner, now=self.now)
            return
        if step == len(WAITS) - 1:
            self.ended["completed"] -= 1
        reopen_task(task=self.last_task, by=self.owner, now=self.now)
        # A stall that progress lifted is not put back: the clock may find it again.
        self.step, self.due, self.opens_at, self.stalled, self.is_breached = step, due, None, False, breached
        del stalled
        if how == "done":
            self.done -= 1

    @precondition(lambda self: self.due is not None)
    @rule()
    def snooze(self) -> None:
        """It goes out of the queue and stays owed."""
        snooze_task(task=self.task(), by=self.owner, now=self.now)

    @precondition(lambda self: self.due is not None)
    @rule()
    def hand_on(self) -> None:
        """It changes hands and keeps its due time."""
        task = self.task()
        to = self.other if task.owner_id == self.owner.pk else self.owner
        assert hand_on_task(task=task, by=self.owner, to=to, now=self.now).due_at == self.due
        self.last = None

    @rule(twice=st.booleans())
    def meet(self, twice: bool) -> None:
        """A meeting ends what runs; the same event again ends nothing more."""
        event = an_event(self.account, "meeting_booked", at=self.now)
        for _ in range(1 + twice):
            react_to_events(event_ids=[event.pk], now=self.now)
        if self.lives:
            self._end("exited")
            self.last = None

    @precondition(lambda self: self.lives)
    @rule()
    def cancel(self) -> None:
        """Stopped by hand."""
        enrollment = Enrollment.objects.live().get()
        cancel_enrollment(enrollment=enrollment, by=self.owner, reason="They merged.", now=self.now)
        self._end("cancelled")
        self.last = None

    # What must hold

    @invariant()
    def the_rows_say_what_the_reference_says(self) -> None:
        live = Enrollment.objects.live().first()
        assert (live is not None) is self.lives
        if live is not None:
            assert live.state == ("stalled" if self.stalled else "active")
            run = live.step_runs.get(state__in=("pending", "open"))
            assert run.position == self.step
            assert run.state == ("pending" if self.opens_at else "open")
            assert run.opens_at == (self.opens_at or run.opens_at)
        owed = Task.objects.unfinished().first()
        assert (owed.due_at if owed else None) == self.due
        assert (owed is not None and owed.breached_at is not None) is self.is_breached
        assert Touch.objects.count() == self.done
        assert Enrollment.objects.count() == self.begun
        for state, n in self.ended.items():
            assert Enrollment.objects.filter(state=state).count() == n

    @invariant()
    def every_story_is_whole(self) -> None:
        for enrollment in Enrollment.objects.prefetch_related("events"):
            events = list(enrollment.events.all())
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert [event.from_state for event in events] == ["", *(event.to_state for event in events[:-1])]
            assert events[-1].to_state == enrollment.state
            assert (enrollment.finished_at is None) is (enrollment.state in life.LIVE)
        assert not StepRun.objects.filter(
            state__in=("pending", "open"), enrollment__state__in=life.FINISHED
        ).exists()
        assert Notice.objects.filter(kind="task_breached").count() <= self.breached * 2


@pytest.mark.django_db
def test_the_reference_and_the_rows_never_disagree(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 10_000}
    settings.LOOP_GUARD_PLAYS = 10_000
    run_state_machine_as_test(
        Lives,
        settings=_settings(),
    )


def _settings() -> settings:
    return settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
