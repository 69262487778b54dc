"""Claims: nobody works what another holds, and nobody holds anything for longer than their lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import Touch, User
from plays import services
from plays.models import Task, TaskEvent
from plays.services.decision.deciding import decide_crossings
from plays.services.task.claiming import LEASE
from tests.plays.make import NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account
from tests.plays.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def some_tasks(owner: User, count: int = 1) -> list[Task]:
    a_play()
    threshold = a_threshold()
    crossings = []
    for _ in range(count):
        account = an_account(owner=owner)
        a_contact(account)
        crossings.append(a_crossing(account, threshold).pk)
    decide_crossings(crossing_ids=crossings, now=NOW)
    return list(Task.objects.order_by("pk"))


ACTS: list[Any] = [
    pytest.param(lambda task, by, now: services.complete_task(task=task, by=by, now=now), id="done"),
    pytest.param(
        lambda task, by, now: services.record_outcome(task=task, by=by, outcome="reached", now=now),
        id="outcome",
    ),
    pytest.param(
        lambda task, by, now: services.skip_task(task=task, by=by, reason="Wrong.", now=now), id="skip"
    ),
    pytest.param(lambda task, by, now: services.snooze_task(task=task, by=by, now=now), id="snooze"),
    pytest.param(
        lambda task, by, now: services.hand_on_task(task=task, by=by, to=a_user(), now=now), id="hand on"
    ),
    pytest.param(
        lambda task, by, now: services.move_task(
            task=task, by=by, due=now + timedelta(days=3), reason="Asked for it.", now=now
        ),
        id="move",
    ),
]


@pytest.mark.parametrize("act", ACTS)
def test_what_another_holds_is_left_alone_until_the_lease_ends(
    act: Callable[[Task, User, datetime], Task],
) -> None:
    owner, maya = a_user(), a_user(name="Maya Lindqvist")
    (task,) = some_tasks(owner)
    services.claim_task(task=task, by=maya, now=NOW)
    with pytest.raises(Conflict, match="Maya Lindqvist is working on this now"):
        act(task, owner, NOW + timedelta(minutes=1))
    assert Task.objects.get().state == "open"
    act(task, owner, NOW + LEASE)
    closed = Task.objects.get()
    assert closed.claimed_by is None or closed.claimed_until is None or closed.claimed_until <= NOW + LEASE


def test_ones_own_claim_is_in_nobodys_way_and_ends_with_the_task() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    services.claim_task(task=task, by=owner, now=NOW)
    services.complete_task(task=task, by=owner, now=NOW)
    done = Task.objects.get()
    assert (done.state, done.claimed_by, done.claimed_until) == ("done", None, None)


def test_renewing_holds_longer_and_tells_nobody_anew() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    first = services.claim_task(task=task, by=owner, now=NOW)
    again = services.claim_task(task=task, by=owner, now=NOW + timedelta(minutes=3))
    assert again.claimed_until == NOW + timedelta(minutes=3) + LEASE
    assert again.updated_at == first.updated_at
    with pytest.raises(Conflict):
        services.claim_task(task=task, by=a_user(), now=NOW + timedelta(minutes=6))


def test_a_claim_that_its_lease_has_outlived_is_free_and_letting_go_frees_at_once() -> None:
    owner, other = a_user(), a_user()
    (task,) = some_tasks(owner)
    services.claim_task(task=task, by=owner, now=NOW)
    services.release_task(task=task, by=other, now=NOW)
    assert Task.objects.get().claimed_by == owner, "somebody else cannot let go of it"
    assert services.claim_task(task=task, by=other, now=NOW + LEASE).claimed_by == other
    services.release_task(task=task, by=other, now=NOW + LEASE)
    assert services.claim_task(task=task, by=owner, now=NOW + LEASE).claimed_by == owner


def test_revops_takes_over_with_a_reason_that_stays() -> None:
    owner, revops = a_user(name="Piet van Dorn"), a_user(role="revops", job="")
    (task,) = some_tasks(owner)
    services.claim_task(task=task, by=owner, now=NOW)
    with pytest.raises(FieldErrors):
        services.take_over(task=task, by=revops, reason=" ", now=NOW)
    with pytest.raises(Refused, match="Only RevOps"):
        services.take_over(task=task, by=a_user(), reason="Mine.", now=NOW)
    taken = services.take_over(task=task, by=revops, reason="Piet is on a plane.", now=NOW)
    assert taken.claimed_by == revops
    event = TaskEvent.objects.get(kind="taken_over")
    assert event.text == "From Piet van Dorn. Piet is on a plane."
    with pytest.raises(Conflict):
        services.complete_task(task=task, by=owner, now=NOW)


def test_a_closed_task_is_claimed_by_nobody() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    services.complete_task(task=task, by=owner, now=NOW)
    with pytest.raises(Conflict, match="already done"):
        services.claim_task(task=task, by=owner, now=NOW)


def test_the_next_that_is_free_is_held_and_the_last_is_let_go() -> None:
    owner, other = a_user(), a_user()
    first, second, third = some_tasks(owner, 3)
    ids = [first.pk, second.pk, third.pk]
    services.claim_task(task=second, by=other, now=NOW)
    won = services.claim_first(task_ids=ids, by=owner, now=NOW)
    assert won == first
    won = services.claim_first(task_ids=[second.pk, third.pk, first.pk], by=owner, now=NOW)
    assert won == third
    assert Task.objects.get(pk=first.pk).claimed_by is None
    services.complete_task(task=third, by=owner, now=NOW)
    assert services.claim_first(task_ids=[second.pk, third.pk], by=owner, now=NOW) is None


def test_of_eight_who_reach_for_it_at_once_exactly_one_holds_it() -> None:
    people = [a_user() for _ in range(8)]
    (task,) = some_tasks(people[0])
    errors = at_once(
        [lambda by=by: services.claim_task(task=task, by=by, now=NOW) for by in people]  # type: ignore[misc]
    )
    assert len(errors) == 7
    assert all(isinstance(error, Conflict) for error in errors)
    holder = Task.objects.get().claimed_by
    assert all(str(holder) in str(error) for error in errors)


def test_of_two_who_press_at_once_one_is_done_and_the_other_hears_so() -> None:
    owner, other = a_user(), a_user(role="revops", job="")
    (task,) = some_tasks(owner)
    errors = at_once(
        [
            lambda: services.record_outcome(task=task, by=owner, outcome="reached", now=NOW),
            lambda: services.record_outcome(task=task, by=other, outcome="no_answer", now=NOW),
        ]
    )
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict)
    assert Touch.objects.filter(external_id__startswith="task:").count() == 1
