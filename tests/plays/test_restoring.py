"""Stopping a play by hand and taking that back; handing a whole play over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from plays import services
from plays.models import Enrollment, StepRun, Task, TaskEvent
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from tests.plays.make import (
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_threshold,
    a_user,
    an_account,
    an_event,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def running(**play: object) -> Enrollment:
    account = an_account(owner=a_user())
    a_contact(account)
    a_play(**({"steps": [CALL, EMAIL], "throttle": {"cooldown_days": 0}} | play))  # type: ignore[arg-type]
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    return Enrollment.objects.select_related("account", "play").get()


def stopped(enrollment: Enrollment, *, at: timedelta = timedelta(0)) -> Enrollment:
    services.cancel_enrollment(enrollment=enrollment, by=a_user(), reason="A slip", now=NOW + at)
    return Enrollment.objects.get(pk=enrollment.pk)


def timers() -> list[str]:
    keys = WorkItem.objects.filter(lane="react").values_list("dedup_key", flat=True)
    return sorted(key for key in keys if key)


def test_a_stopped_play_comes_back_with_its_task_and_a_fair_due_time() -> None:
    enrollment = running()
    before = Task.objects.get()
    gone = stopped(enrollment, at=timedelta(hours=2))
    assert not [key for key in timers() if key.startswith(("task_", "step_", "enrollment_"))]

    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + timedelta(hours=5))

    back, task = Enrollment.objects.get(), Task.objects.get()
    assert (back.state, back.finished_at, back.end_reason) == ("active", None, "")
    assert (task.state, task.owner_id, task.contact_id) == ("open", before.owner_id, before.contact_id)
    assert task.due_at == before.due_at + timedelta(hours=3)
    assert StepRun.objects.get().state == "open"
    assert [event.move for event in back.events.order_by("seq")] == ["enroll", "begin", "cancel", "restore"]
    work.drain_all(task.due_at)
    assert Task.objects.get().breached_at == task.due_at


def test_a_waiting_step_comes_back_with_what_was_left_of_its_wait() -> None:
    enrollment = running()
    services.complete_task(task=Task.objects.get(), by=a_user(), now=NOW)
    gone = stopped(enrollment, at=DAY)
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 3 * DAY)
    run = StepRun.objects.get(state="pending")
    assert run.opens_at == NOW + 4 * DAY
    work.drain_all(NOW + 4 * DAY)
    assert Task.objects.unfinished().get().step_run_id == run.pk


def test_a_play_that_had_not_begun_waits_again() -> None:
    enrollment = running(steps=[EMAIL])
    gone = stopped(enrollment, at=DAY)
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 2 * DAY)
    assert Enrollment.objects.get().state == "waiting"
    work.drain_all(NOW + 3 * DAY)
    assert Enrollment.objects.get().state == "active"


def test_a_stalled_play_comes_back_active_late_and_with_the_whole_grace() -> None:
    enrollment = running()
    work.drain_all(NOW + 8 * DAY)
    assert Enrollment.objects.get().state == "stalled"
    gone = stopped(enrollment, at=9 * DAY)
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 10 * DAY)
    assert Enrollment.objects.get().state == "active"
    assert Task.objects.get().due_at == NOW + DAY
    work.drain_all(NOW + 16 * DAY)
    assert Enrollment.objects.get().state == "active"
    work.drain_all(NOW + 17 * DAY)
    assert Enrollment.objects.get().state == "stalled"


def test_a_holdout_taken_out_by_mistake_is_held_out_again() -> None:
    enrollment = running(holdout=1.0)
    assert enrollment.state == "holdout"
    gone = stopped(enrollment)
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + DAY)
    assert Enrollment.objects.get().state == "holdout"


def test_an_account_in_which_the_play_was_started_since_is_held_out_no_more() -> None:
    held = running(holdout=1.0)
    services.start_play(
        play=held.play,
        account=held.account,
        by=a_user(),
        reason="They called.",
        override={"holdout"},
        now=NOW + DAY,
    )
    with pytest.raises(Refused, match="has been started"):
        services.restore_enrollment(enrollment=held, by=a_user(), now=NOW + DAY)
    services.cancel_enrollment(
        enrollment=Enrollment.objects.live().get(), by=a_user(), reason="A slip", now=NOW + 2 * DAY
    )
    with pytest.raises(Refused, match="has been started"):
        services.restore_enrollment(enrollment=held, by=a_user(), now=NOW + 2 * DAY)
    assert not Enrollment.objects.filter(state="holdout").exists()


def test_it_cannot_run_twice() -> None:
    enrollment = running()
    gone = stopped(enrollment)
    decide_crossings(crossing_ids=[a_crossing(enrollment.account, a_threshold()).pk], now=NOW + DAY)
    with pytest.raises(Refused, match="cannot run twice"):
        services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + DAY)
    assert Enrollment.objects.live().count() == 1


def test_only_for_a_week_and_only_once_and_only_what_a_person_stopped() -> None:
    enrollment = running()
    gone = stopped(enrollment)
    with pytest.raises(Refused, match="more than a week ago"):
        services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 8 * DAY)
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 7 * DAY)
    with pytest.raises(Conflict, match="taken up again already"):
        services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + 7 * DAY)
    react_to_events(
        event_ids=[an_event(enrollment.account, "meeting_booked", at=NOW + 7 * DAY).pk], now=NOW + 7 * DAY
    )
    with pytest.raises(Conflict, match="not stopped by hand"):
        services.restore_enrollment(enrollment=Enrollment.objects.get(), by=a_user(), now=NOW + 7 * DAY)


def test_whoever_has_left_meanwhile_does_not_get_the_task_back() -> None:
    enrollment = running()
    owner = Task.objects.get().owner
    gone = stopped(enrollment)
    owner.is_active = False
    owner.save()
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + DAY)
    assert Task.objects.get().owner_id != owner.pk


def test_a_contact_who_said_no_meanwhile_does_not_come_back_with_the_task() -> None:
    enrollment = running()
    task = Task.objects.get()
    assert task.contact is not None
    gone = stopped(enrollment)
    task.contact.do_not_contact = True
    task.contact.save()
    services.restore_enrollment(enrollment=gone, by=a_user(), now=NOW + DAY)
    assert Task.objects.get().contact_id is None


def test_a_play_handed_over_brings_its_task_and_every_later_step() -> None:
    enrollment = running()
    by, to = a_user(), a_user()
    due = Task.objects.get().due_at
    services.hand_over(
        enrollment=enrollment, to=to, by=by, reason="They know her.", now=NOW + timedelta(hours=1)
    )
    task = Task.objects.get()
    assert (task.owner_id, task.due_at) == (to.pk, due)
    assert TaskEvent.objects.filter(task=task, kind="handed_on").count() == 1
    assert enrollment.events.get(move="hand_over").cause == f"To {to}. They know her."

    services.complete_task(task=task, by=to, now=NOW + DAY)
    work.drain_all(NOW + 3 * DAY)
    following = Task.objects.unfinished().get()
    assert following.owner_id == to.pk
    assert "handed over" in following.routed


def test_while_they_are_paused_later_steps_go_where_the_routing_says() -> None:
    enrollment = running()
    to = a_user()
    services.hand_over(enrollment=enrollment, to=to, by=a_user(), now=NOW)
    services.complete_task(task=Task.objects.get(), by=to, now=NOW + DAY)
    services.pause(subject=to, by=a_user(), reason="Leave", now=NOW + DAY)
    work.drain_all(NOW + 3 * DAY)
    assert Task.objects.unfinished().get().owner_id != to.pk


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        pytest.param({"role": "executive"}, FieldErrors, "cannot be given tasks", id="an executive"),
        pytest.param({"is_active": False}, FieldErrors, "cannot be given tasks", id="somebody who has left"),
    ],
)
def test_who_cannot_take_a_play_over(fields: dict[str, object], error: type[Exception], match: str) -> None:
    enrollment = running()
    with pytest.raises(error, match=match):
        services.hand_over(enrollment=enrollment, to=a_user(**fields), by=a_user(), now=NOW)


def test_a_finished_play_is_not_handed_over_and_nobody_gets_it_twice() -> None:
    enrollment, to = running(), a_user()
    services.hand_over(enrollment=enrollment, to=to, by=a_user(), now=NOW)
    with pytest.raises(Refused, match="already"):
        services.hand_over(enrollment=enrollment, to=to, by=a_user(), now=NOW)
    stopped(enrollment)
    with pytest.raises(Conflict, match="not possible now"):
        services.hand_over(enrollment=enrollment, to=a_user(), by=a_user(), now=NOW)
