"""Running enrollments moved to another version: at the step they stand at, nothing twice, and the log tells it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from abmops.lib.errors import Conflict
from abmops.work import services as work
from plays.domain.parse import parse_play
from plays.domain.placing import place
from plays.models import Enrollment, EnrollmentEvent, Play, StepRun, Task
from plays.selectors.migrating import outlook
from plays.services.decision.deciding import decide_crossings
from plays.services.play.migrating import ask_to_migrate, migrate_next
from plays.services.task.closing import complete_task
from tests.plays.make import CALL, EMAIL, NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account

LATER: dict[str, Any] = CALL | {"key": "second-call", "wait_days": 3}


def steps(*keys: str) -> Any:
    return parse_play(
        {"trigger": {"manual": True}, "steps": [{"key": key, "channel": "call"} for key in keys]}
    )


@pytest.mark.parametrize(
    ("current", "behind", "old", "new", "where", "at"),
    [
        pytest.param("a", [], "ab", "ab", "same", "a", id="the same step"),
        pytest.param("b", ["a"], "abc", "cb", "same", "b", id="the same step at another place"),
        pytest.param("b", ["a"], "abc", "axc", "later", "c", id="gone: the next later one"),
        pytest.param("b", ["a"], "abcd", "axd", "later", "d", id="the next that is left"),
        pytest.param("b", ["a", "c"], "abcd", "acd", "later", "d", id="never one that is done"),
        pytest.param("c", ["a", "b"], "abc", "ab", "stays", None, id="never back"),
        pytest.param("a", [], "a", "x", "stays", None, id="nothing in common"),
        pytest.param(None, ["a"], "ab", "ab", "stays", None, id="nothing open"),
    ],
)
def test_where_it_goes_on(
    current: str | None, behind: list[str], old: str, new: str, where: str, at: str | None
) -> None:
    found = place(current, behind, steps(*old), steps(*new))
    assert (found.where, found.step.key if found.step else None) == (where, at)
    assert found.sentence.endswith(".")


def running(**definition: Any) -> Enrollment:
    """An enrollment of version 1 of `moving`."""
    account = an_account(owner=a_user())
    a_contact(account)
    a_play("moving", **definition)
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    return Enrollment.objects.get(account=account)


def moved_to(**definition: Any) -> Play:
    """Version 2, and everybody who runs moved to it."""
    a_play("moving", **definition)
    play = Play.objects.select_related("current").get(slug="moving")
    ask_to_migrate(play=play, by=a_user(role="revops", job=""), now=NOW)
    work.drain_all(NOW)
    return play


@pytest.mark.django_db
def test_an_open_task_stays_with_its_due_time_and_new_words() -> None:
    enrollment = running(steps=[CALL, EMAIL])
    before = Task.objects.get()
    play = moved_to(steps=[EMAIL | {"wait_days": 0}, CALL | {"instructions": "Ring {{contact.first_name}}."}])
    after = Task.objects.get()
    enrollment.refresh_from_db()
    assert enrollment.version_id == play.current_id
    assert (after.pk, after.due_at, after.state) == (before.pk, before.due_at, "open")
    assert after.instructions == "Ring Ines."
    assert StepRun.objects.get().position == 1
    event = EnrollmentEvent.objects.filter(enrollment=enrollment).latest("seq")
    assert (event.move, event.from_state, event.to_state) == ("migrate", "active", "active")
    assert event.cause == "Version 2. It goes on at “Call”."


@pytest.mark.django_db
def test_a_step_that_is_gone_is_taken_back_and_the_next_one_opens() -> None:
    enrollment = running(steps=[CALL, EMAIL | {"wait_days": 0}, LATER])
    gone = Task.objects.get()
    moved_to(steps=[EMAIL | {"wait_days": 0}, LATER])
    gone.refresh_from_db()
    assert gone.state == "cancelled"
    task = Task.objects.get(state="open")
    assert task.step_run is not None
    assert (task.channel, task.step_run.key, task.step_run.position) == ("email", "email", 0)
    assert [run.state for run in StepRun.objects.filter(enrollment=enrollment).order_by("pk")] == [
        "cancelled",
        "open",
    ]


@pytest.mark.django_db
def test_the_next_one_waits_its_own_days() -> None:
    running(steps=[CALL, LATER])
    moved_to(steps=[LATER])
    run = StepRun.objects.get(state="pending")
    assert run.opens_at == NOW + timedelta(days=3)
    work.drain_all(NOW + timedelta(days=3, minutes=1))
    assert Task.objects.get(state="open").step_run_id == run.pk


@pytest.mark.django_db
def test_what_cannot_be_placed_stays_and_says_why() -> None:
    enrollment = running(steps=[CALL])
    version = enrollment.version_id
    play = moved_to(steps=[EMAIL])
    enrollment.refresh_from_db()
    assert enrollment.version_id == version
    assert Task.objects.get().state == "open"
    event = EnrollmentEvent.objects.filter(enrollment=enrollment).latest("seq")
    assert event.move == "keep"
    assert "neither “Call” nor any step that came after it" in event.cause
    said = outlook(play, play.current)
    assert (said.movable, said.staying) == (0, 1)


@pytest.mark.django_db
def test_moving_twice_moves_nobody_twice() -> None:
    enrollment = running(steps=[CALL, EMAIL])
    play = moved_to(steps=[CALL, EMAIL, LATER])
    migrate_next(version_id=play.current_id or 0, by_id=None, after=0, now=NOW)
    assert EnrollmentEvent.objects.filter(enrollment=enrollment, move="migrate").count() == 1


@pytest.mark.django_db
def test_a_batch_is_moved_in_a_fixed_number_of_queries_and_all_of_it() -> None:
    from django.test.utils import CaptureQueriesContext

    a_play("moving", steps=[CALL, EMAIL | {"wait_days": 0}])
    crossings = []
    for _ in range(7):
        account = an_account(owner=a_user())
        a_contact(account)
        crossings.append(a_crossing(account, a_threshold()).pk)
    decide_crossings(crossing_ids=crossings, now=NOW)
    a_play("moving", steps=[EMAIL | {"wait_days": 0}])
    version = Play.objects.get(slug="moving").current_id or 0
    counted = []
    after = 0
    for size in (1, 2, 4):  # the first reads what is written down, for all that follow
        with CaptureQueriesContext(connection) as caught:
            last = migrate_next(version_id=version, by_id=None, after=after, now=NOW, batch=size)
        counted.append(len(caught))
        after = last or 0
    assert Enrollment.objects.filter(version=version).count() == 7
    assert counted[1] == counted[2]


@pytest.mark.django_db
def test_the_page_shows_first_and_moves_then(client: Any) -> None:
    running(steps=[CALL, EMAIL])
    a_play("moving", steps=[CALL | {"sla_hours": 8}, EMAIL])
    play = Play.objects.get(slug="moving")
    client.force_login(a_user(role="revops", job=""))
    url = reverse("plays:migrate", args=[play.pk])
    page = client.get(url).content.decode()
    assert "It goes on at “Call”." in page
    assert "Move 1 account" in page
    assert Enrollment.objects.get().version_id != play.current_id
    client.post(url)
    work.drain_all(NOW + timedelta(days=400))
    assert Enrollment.objects.get().version_id == play.current_id


@pytest.mark.django_db(transaction=True)
def test_a_task_done_at_the_same_instant_is_done_once_and_never_lost() -> None:
    for turn in range(4):
        enrollment = running(steps=[CALL, EMAIL | {"wait_days": 0}, LATER])
        task = Task.objects.get(enrollment=enrollment, state="open")
        owner = task.owner
        a_play("moving", steps=[EMAIL | {"wait_days": 0}, LATER | {"sla_hours": 40 + turn}])
        version = Play.objects.get(slug="moving").current_id or 0
        barrier = threading.Barrier(2)
        refused: list[Exception] = []

        def done(
            task: Task = task,
            owner: Any = owner,
            barrier: threading.Barrier = barrier,
            refused: list[Exception] = refused,
        ) -> None:
            barrier.wait()
            try:
                complete_task(task=task, by=owner, now=NOW)
            except Conflict as error:
                refused.append(error)
            finally:
                connection.close()

        def move(version: int = version, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            try:
                migrate_next(version_id=version, by_id=None, after=0, now=NOW)
            finally:
                connection.close()

        threads = [threading.Thread(target=done), threading.Thread(target=move)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        task.refresh_from_db()
        enrollment.refresh_from_db()
        assert enrollment.version_id == version
        assert task.state == ("cancelled" if refused else "done")
        current = StepRun.objects.get(enrollment=enrollment, state="open")
        assert (current.key, current.position) == ("email", 0)
        assert Task.objects.filter(enrollment=enrollment, state="open").count() == 1
        a_play("moving", steps=[CALL, EMAIL | {"wait_days": 0}, LATER])
