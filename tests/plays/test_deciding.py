"""From a crossing to a task, through the work list and the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from plays.models import Decision, Enrollment, EnrollmentEvent, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import (
    AD,
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_signal,
    a_threshold,
    a_user,
    an_account,
    warmed_up,
)

pytestmark = pytest.mark.django_db


def test_a_crossing_becomes_a_task_at_the_named_owner_with_a_due_time() -> None:
    owner = a_user(name="Maya Lindqvist")
    account = an_account(tier=2, owner=owner)
    contact = a_contact(account, name="Ines Aldana")
    a_play(steps=[CALL, EMAIL])
    crossing = a_crossing(account, evidence=[a_signal(account, contact=contact)])

    decide_crossings(crossing_ids=[crossing.pk], now=NOW)

    task = Task.objects.get()
    assert (task.owner, task.contact, task.state) == (owner, contact, "open")
    assert task.title == "Call Ines Aldana, VP Supply Chain"
    assert task.instructions == "Call Ines."
    assert task.why == "Pricing: Pricing page by Ines Aldana"
    assert task.due_at == NOW + timedelta(days=1)
    assert task.urgency == "hot"
    enrollment = Enrollment.objects.get()
    assert enrollment.state == "active"
    assert list(enrollment.events.values_list("move", flat=True)) == ["enroll", "begin"]
    assert Decision.objects.get().candidates[0]["verdict"] == "chosen"


def test_deciding_the_same_crossing_again_gives_the_same_rows() -> None:
    account = an_account(owner=a_user())
    a_play()
    crossing = a_crossing(account)
    for _ in range(3):
        decide_crossings(crossing_ids=[crossing.pk], now=NOW)
    assert Decision.objects.count() == Enrollment.objects.count() == Task.objects.count() == 1
    assert EnrollmentEvent.objects.count() == 2


def test_a_crossing_that_no_play_answers_still_has_its_decision() -> None:
    account = an_account()
    crossing = a_crossing(account)
    decide_crossings(crossing_ids=[crossing.pk], now=NOW)
    assert Decision.objects.get().summary == "No play answers to this."


def test_every_candidate_is_on_the_record_with_the_rule_that_settled_it() -> None:
    account = an_account(tier=2, owner=a_user())
    a_play("first", priority=90)
    a_play("second", priority=40)
    a_play("only-tier-one", audience={"tiers": [1]})
    a_play("paused", status="paused")
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    lines = {line["play"]: (line["verdict"], line["rule"]) for line in Decision.objects.get().candidates}
    assert lines == {
        "first": ("chosen", "priority"),
        "second": ("held", "priority"),
        "only-tier-one": ("refused", "audience"),
        "paused": ("held", "paused"),
    }


def test_in_one_batch_the_second_crossing_sees_what_the_first_began() -> None:
    account = an_account(owner=a_user())
    for number in range(4):
        a_play(f"play-{number}", priority=90 - number)
    ids = [a_crossing(account).pk for _ in range(6)]
    decide_crossings(crossing_ids=ids, now=NOW)
    assert sorted(Enrollment.objects.values_list("play__slug", flat=True)) == ["play-0", "play-1"]
    assert Decision.objects.count() == 6


def test_a_tier_one_sales_step_waits_for_awareness_and_two_signals() -> None:
    cold, warm = an_account(tier=1, owner=a_user()), an_account(tier=1, owner=a_user())
    warmed_up(warm)
    a_play()
    decide_crossings(crossing_ids=[a_crossing(cold).pk, a_crossing(warm).pk], now=NOW)
    assert Enrollment.objects.get().account == warm
    line = Decision.objects.get(account=cold).candidates[0]
    assert (line["verdict"], line["rule"]) == ("held", "awareness")


def test_a_raised_hand_opens_the_interlock() -> None:
    account = an_account(tier=1, owner=a_user())
    a_play()
    decide_crossings(crossing_ids=[a_crossing(account, hand_raise=True).pk], now=NOW)
    assert Task.objects.count() == 1


def test_a_later_sales_step_is_put_off_until_the_interlock_opens() -> None:
    account = an_account(tier=1, owner=a_user())
    a_user(role="marketer", job="")
    a_play(steps=[AD, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    from plays.services import complete_task

    complete_task(task=Task.objects.get(), by=a_user(), now=NOW)
    later = NOW + timedelta(days=3)
    work.drain_all(later)
    run = StepRun.objects.get(key="email")
    assert (run.state, run.opens_at) == ("pending", later + timedelta(days=1))
    assert run.held.startswith("Awareness: day 4 of 28")
    warmed_up(account, now=later)
    work.drain_all(later + timedelta(days=2))
    assert StepRun.objects.get(key="email").state == "open"


def test_a_held_out_account_is_recorded_and_nothing_is_done() -> None:
    account = an_account(owner=a_user())
    a_play("held", holdout=1.0, priority=90)
    a_play("other", priority=10)
    first, second = a_crossing(account), a_crossing(account)
    decide_crossings(crossing_ids=[first.pk, second.pk], now=NOW)
    states = dict(Enrollment.objects.values_list("play__slug", "state"))
    assert states == {"held": "holdout", "other": "active"}
    assert Task.objects.count() == 1
    again = Decision.objects.get(crossing=second).candidates
    assert {line["play"]: line["verdict"] for line in again} == {"held": "holdout", "other": "held"}


def test_wait_before_the_first_step_keeps_the_enrollment_waiting() -> None:
    account = an_account(owner=a_user())
    a_play(steps=[EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert Enrollment.objects.get().state == "waiting"
    work.drain_all(NOW + timedelta(days=1))
    assert not Task.objects.exists()
    work.drain_all(NOW + timedelta(days=2))
    assert Enrollment.objects.get().state == "active"
    assert Task.objects.get().urgency == "normal"


def test_the_queries_do_not_grow_with_the_batch() -> None:
    a_play("first", priority=90, steps=[CALL])
    a_play("waits", priority=95, steps=[EMAIL], audience={"tiers": [3]})
    a_play("tied", priority=90, steps=[CALL])
    threshold = a_threshold()

    def queries(n: int) -> int:
        ids = []
        for _ in range(n):
            account = an_account(owner=a_user())
            a_contact(account)
            ids.append(a_crossing(account, threshold, evidence=[a_signal(account)]).pk)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            decide_crossings(crossing_ids=ids, now=NOW)
        return len(captured)

    few, many = queries(2), queries(30)
    assert many == few
    assert Task.objects.count() == 32
