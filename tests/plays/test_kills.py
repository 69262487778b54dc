"""Killed at every commit boundary of the action plane and run again: the rows of a life without faults.

The life is told moment by moment; each act runs in a process of its own, which dies (SIGKILL) at the first named place
that it passes, is run again and dies at the next, and so on until it survives. Nothing is cleaned up in between.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import AccountEvent, User
from accounts.services.events import NewEvent, record
from plays import services
from plays.models import Enrollment, Pause, Task
from tests import database
from tests.plays.killing import lived, rows_of
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

ROWS = {
    "enrollments": "SELECT a.name, p.slug, e.state, e.finished_at, e.stalled_at, u.name FROM plays_enrollment e "
    "JOIN accounts_account a ON a.id = e.account_id JOIN plays_play p ON p.id = e.play_id "
    "LEFT JOIN accounts_user u ON u.id = e.handed_to_id",
    "moves": "SELECT a.name, p.slug, v.seq, v.move, v.from_state, v.to_state, v.cause, v.at "
    "FROM plays_enrollmentevent v JOIN plays_enrollment e ON e.id = v.enrollment_id "
    "JOIN accounts_account a ON a.id = e.account_id JOIN plays_play p ON p.id = e.play_id",
    "steps": "SELECT a.name, p.slug, r.key, r.state, r.opens_at, r.opened_at, r.closed_at, r.stopped_at "
    "FROM plays_steprun r JOIN plays_enrollment e ON e.id = r.enrollment_id "
    "JOIN accounts_account a ON a.id = e.account_id JOIN plays_play p ON p.id = e.play_id",
    "tasks": "SELECT a.name, t.title, u.name, t.state, t.due_at, t.breached_at, t.stopped_at, t.created_at, "
    "t.closed_at FROM plays_task t JOIN accounts_account a ON a.id = t.account_id "
    "JOIN accounts_user u ON u.id = t.owner_id",
    "task events": "SELECT a.name, t.title, v.kind, v.text, v.at FROM plays_taskevent v "
    "JOIN plays_task t ON t.id = v.task_id JOIN accounts_account a ON a.id = t.account_id",
    "decisions": "SELECT a.name, d.summary, d.made_at FROM plays_decision d "
    "JOIN accounts_account a ON a.id = d.account_id",
    "touches": "SELECT a.name, t.channel, t.occurred_at FROM accounts_touch t "
    "JOIN accounts_account a ON a.id = t.account_id",
    "notices": "SELECT u.name, n.kind, n.text, n.at FROM plays_notice n JOIN accounts_user u ON u.id = n.user_id",
    "pauses": "SELECT reason, started_at, until, ended_at FROM plays_pause",
    "breaches": "SELECT b.number, b.due_at, b.at FROM plays_slabreach b",
    "pending": "SELECT kind, run_at FROM work_workitem WHERE kind IN "
    "('step_due', 'task_due', 'enrollment_stall', 'pause_over', 'task_reminder', 'task_overdue')",
    "dead work": "SELECT kind FROM work_workitem WHERE state = 'dead'",
}


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """All that a life has left, without ids."""
    return rows_of(ROWS)


def setup() -> None:
    """Two accounts, two plays, two people with fixed names."""
    ann, bo = a_user(name="Ann"), a_user(name="Bo")
    a_play("long", name="Long", steps=[CALL, EMAIL, CALL | {"key": "again", "wait_days": 3}], priority=90)
    a_play("short", name="Short", steps=[EMAIL], exits=["changed_tier"], priority=50)
    threshold = a_threshold(urgency="normal")
    crossings = [
        a_crossing(account, threshold).pk
        for account in (an_account(name="Acme", owner=ann), an_account(name="Beta", owner=bo))
        for _ in range(2)
    ]
    work.put_many(
        work.Put(kind="decide", subject_id=pk, dedup_key=f"decide:crossing:{pk}", run_at=NOW)
        for pk in crossings
    )


def person(name: str) -> User:
    return User.objects.get(name=name)


def run_of(account: str, play: str) -> Enrollment:
    return Enrollment.objects.select_related("account", "play").get(account__name=account, play__slug=play)


def owed(account: str, play: str) -> Task:
    return Task.objects.unfinished().get(enrollment=run_of(account, play))


def drain(at: datetime) -> Callable[[], object]:
    return lambda: work.drain_all(at)


def happens(account: str, kind: str, at: datetime, **payload: Any) -> Callable[[], object]:
    """A fact comes in and brings its work with it, in one transaction; due as of its moment, not of the real day."""

    @transaction.atomic
    def comes() -> None:
        record([NewEvent(run_of(account, "long").account_id, kind, at, f"{kind}:{account}", payload)], now=at)
        WorkItem.objects.filter(kind="account_event", state="ready").update(run_at=at)

    return comes


ANN = "Ann"
LIFE: tuple[tuple[str, Callable[[], object]], ...] = (
    ("decide", drain(NOW)),
    ("done", lambda: services.complete_task(task=owed("Acme", "long"), by=person(ANN), now=NOW + HOUR)),
    (
        "pause",
        lambda: services.pause(
            subject=run_of("Beta", "long").account,
            by=person(ANN),
            reason="Fair",
            until=NOW + 6 * DAY,
            now=NOW + HOUR,
        ),
    ),
    ("step due", drain(NOW + 2 * DAY + HOUR)),
    (
        "hand over",
        lambda: services.hand_over(
            enrollment=run_of("Acme", "long"), to=person("Bo"), by=person(ANN), now=NOW + 2 * DAY + HOUR
        ),
    ),
    (
        "cancel",
        lambda: services.cancel_enrollment(
            enrollment=run_of("Acme", "short"), by=person(ANN), reason="A slip", now=NOW + 2 * DAY + 2 * HOUR
        ),
    ),
    (
        "restore",
        lambda: services.restore_enrollment(
            enrollment=run_of("Acme", "short"), by=person(ANN), now=NOW + 2 * DAY + 3 * HOUR
        ),
    ),
    ("breach", drain(NOW + 5 * DAY)),
    ("pause over", drain(NOW + 6 * DAY)),
    (
        "pause a play",
        lambda: services.pause(
            subject=run_of("Acme", "short").play, by=person(ANN), reason="New text", now=NOW + 6 * DAY + HOUR
        ),
    ),
    ("late work", drain(NOW + 9 * DAY)),
    (
        "resume",
        lambda: services.resume(pause=Pause.objects.active().get(), by=person(ANN), now=NOW + 9 * DAY),
    ),
    ("stall", drain(NOW + 16 * DAY)),
    (
        "done late",
        lambda: services.complete_task(task=owed("Acme", "long"), by=person(ANN), now=NOW + 16 * DAY),
    ),
    ("a meeting is booked", happens("Beta", AccountEvent.Kind.MEETING_BOOKED, NOW + 16 * DAY)),
    ("exit", drain(NOW + 16 * DAY + HOUR)),
    ("the rest", drain(NOW + 20 * DAY)),
)

POINTS = {
    "after_claim", "before_effect", "after_effect", "before_commit", "after_commit",
    "decide.before_commit", "step_due.before_commit", "account_event.before_commit", "complete_task.before_commit",
    "pause.before_commit", "resume.before_commit", "cancel.before_commit", "restore.before_commit",
    "hand_over.before_commit", "task_due.before_commit", "enrollment_stall.before_commit",
    "task_reminder.before_commit", "task_overdue.before_commit",
}  # fmt: skip


def live(points: set[str]) -> list[tuple[str, str]]:
    """The whole life; each act is killed at every point that it passes, and run again. Where it died."""
    setup()
    return lived(LIFE, points, since=NOW)


def test_killed_at_every_commit_boundary_and_run_again_it_leaves_the_same_rows() -> None:
    assert live(set()) == []
    undisturbed = rows()
    moves = {row[3] for row in undisturbed["moves"]}
    assert moves >= {"enroll", "begin", "pause", "resume", "hand_over", "cancel", "stall", "progress", "exit"}
    assert moves & {"restore", "wait_again"}
    assert undisturbed["dead work"] == []

    database.restore()
    deaths = live(POINTS)
    assert {point for _, point in deaths} == POINTS, "the life never passes some point"
    found = rows()
    for name, expected in undisturbed.items():
        assert found[name] == expected, name
