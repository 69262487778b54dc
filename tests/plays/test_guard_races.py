"""Guardrails under races: the cap of a week holds for two at once, and nothing goes to anybody after their no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from abmops.lib.errors import Conflict
from accounts.models import Account, Contact, Touch
from accounts.services.contact.refusing import opt_out
from plays.models import Enrollment, Override, StepHold, StepRun, Task, TaskEvent
from plays.services import complete_task, record_outcome, start_play
from plays.services.enrollment.stepping import open_due_steps
from plays.services.guardrail.overriding import open_step_anyway
from tests.plays.make import CALL, EMAIL, NOW, a_contact, a_play, a_touch, a_user, an_account

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 12
DAY = timedelta(days=1)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each in a thread and a connection of its own; what each gave or raised."""
    barrier = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_steps_at_once_never_pass_the_cap_together() -> None:
    owner = a_user()
    account = an_account(owner=owner)
    plays = [
        a_play(steps=[CALL, EMAIL | {"key": f"email-{n}"}], throttle={"live_per_account": 9})
        for n in range(2)
    ]
    for play in plays:
        start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
    for task in Task.objects.all():
        complete_task(task=task, by=owner, now=NOW)
    for hours in (1, 2):
        a_touch(account, at=NOW + timedelta(hours=hours), channel="ad")
    # Four of five: there is room for one of the two steps.
    first, second = StepRun.objects.filter(state="pending").values_list("pk", flat=True)
    later = NOW + 3 * DAY
    results = at_once(
        lambda: open_due_steps(run_ids=[first], now=later),
        lambda: open_due_steps(run_ids=[second], now=later),
    )
    assert results == [None, None]
    assert sorted(StepRun.objects.filter(pk__in=[first, second]).values_list("state", flat=True)) == [
        "open",
        "pending",
    ]
    assert StepHold.objects.get().rule == "touch_cap"


def test_a_held_step_that_two_people_open_at_once_opens_once() -> None:
    owner, other = a_user(), a_user()
    account = an_account(owner=owner)
    play = a_play(steps=[CALL, EMAIL])
    start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
    complete_task(task=Task.objects.get(), by=owner, now=NOW)
    for hours in range(1, 6):
        a_touch(account, at=NOW + timedelta(hours=hours), channel="ad")
    run = StepRun.objects.get(state="pending")
    later = NOW + 3 * DAY
    open_due_steps(run_ids=[run.pk], now=later)
    results = at_once(
        *(
            partial(open_step_anyway, run=run, rules=["touch_cap"], by=by, reason="Urgent.", now=later)
            for by in (owner, other)
        )
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert (Override.objects.count(), Task.objects.filter(step_run=run).count()) == (1, 1)


def test_nobody_is_logged_as_gone_to_after_their_no() -> None:
    """Done and a no at the same moment: whoever is first counts, and the other sees it."""
    owner = a_user()
    play = a_play(steps=[EMAIL | {"wait_days": 0}])
    sent = refused = 0
    for _ in range(RACES):
        account = an_account(owner=owner)
        contact = a_contact(account)
        start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
        task = Task.objects.get(account=account)
        done, _no = at_once(
            partial(record_outcome, task=task, by=owner, outcome="", seen=contact.pk, now=NOW),
            partial(opt_out, contact=contact, channel="email", source="footer", now=NOW),
        )
        gone_to = Touch.objects.filter(account=account, contact=contact).exists()
        taken_off = TaskEvent.objects.filter(task=task, kind=TaskEvent.Kind.CONTACT).exists()
        assert gone_to != taken_off
        assert isinstance(done, Conflict) == taken_off
        sent, refused = sent + gone_to, refused + taken_off
    assert sent + refused == RACES


def test_no_step_opens_towards_somebody_after_their_no() -> None:
    owner = a_user()
    play = a_play(steps=[CALL, EMAIL])
    for _ in range(RACES):
        account = an_account(owner=owner)
        contact = a_contact(account)
        start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
        complete_task(task=Task.objects.get(account=account), by=owner, now=NOW)
        run = StepRun.objects.get(enrollment__account=account, key="email")
        at_once(
            partial(open_due_steps, run_ids=[run.pk], now=NOW + 2 * DAY),
            partial(opt_out, contact=contact, channel="email", source="footer", now=NOW + 2 * DAY),
        )
        task = Task.objects.get(step_run=run)
        assert (task.state, task.contact_id) == ("open", None)
    assert Enrollment.objects.live().count() == RACES
    assert Contact.objects.filter(opt_outs__channel="email").count() == Account.objects.count()
