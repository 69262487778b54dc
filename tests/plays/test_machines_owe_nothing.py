"""A key that was made for a program has a role, and is nobody: it owes nothing, hears nothing and approves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from accounts.models import Account, User
from accounts.services import bulk
from accounts.services.absences import save_absence
from accounts.services.apikey import create_key
from accounts.services.gaps import assign_gaps
from accounts.services.lookups import unknown_user, users_by_email
from plays import services
from plays.audits import tasks_have_somebody
from plays.models import Enrollment, Notice, Task
from plays.selectors.drafts import others_who_may_approve
from plays.selectors.staff import staff
from plays.services.sla import late
from plays.services.staff.away import rehome
from plays.services.staff.routing import save_rule
from tests.plays.make import CALL, NOW, a_play, a_user, an_account

pytestmark = pytest.mark.django_db


def a_machine(role: str) -> User:
    """The user that a program's key acts as."""
    key, _ = create_key(name="me", role=role, now=NOW)
    return key.user


@pytest.mark.parametrize("role", [Role.REVOPS, Role.REP, Role.MARKETER])
def test_no_step_is_ever_routed_to_it(role: str) -> None:
    machine, person = a_machine(role), a_user(role="revops", job="")
    assert machine.pk not in staff(now=NOW).people
    assert person.pk in staff(now=NOW).people
    assert machine not in User.objects.here()
    assert machine in User.objects.here(besides=machine.pk)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("email", ["ann@example.com", "etl.rep@service.invalid"])
@pytest.mark.parametrize("is_active", [True, False])
def test_one_rule_says_who_works_here_of_a_row_and_of_all(role: str, email: str, is_active: bool) -> None:
    user = User.objects.create_user(email, name="Ann", role=role, is_active=is_active)
    assert user.works_here == (user in User.objects.here())


def test_a_late_task_is_told_to_people_and_handed_to_people() -> None:
    machine = a_machine(Role.REVOPS)
    lead, owner = a_user(role="revops", job=""), a_user()
    account = an_account(owner=owner)
    services.start_play(play=a_play(steps=[CALL]), account=account, by=owner, reason="They asked.", now=NOW)
    task = Task.objects.get()
    at = task.due_at + timedelta(minutes=1)
    services.mark_breached(timers_due={(task.pk, task.due_at)}, now=at)
    assert set(Notice.objects.values_list("user", flat=True)) == {owner.pk, lead.pk}
    task.refresh_from_db()
    assert task.grace_ends_at is not None
    late.hand_on_overdue(graces={(task.pk, task.due_at, owner.pk)}, now=task.grace_ends_at)
    task.refresh_from_db()
    assert task.owner == lead
    assert not Notice.objects.filter(user=machine).exists()


def test_whoever_is_alone_with_a_machine_approves_their_own() -> None:
    a_machine(Role.REVOPS)
    writer = a_user(role="revops", job="")
    play = a_play()
    assert play.current is not None
    play.current.created_by = writer
    assert others_who_may_approve(play.current) == []


def others() -> dict[str, User]:
    """Who can owe nothing, by what the sentence says of them."""
    return {
        "it is a program's key and no person": a_machine(Role.REP),
        "executives only read": a_user(role="executive", job=""),
        "they are no longer here": a_user(is_active=False),
    }


GIVEN: dict[str, Callable[[User, Account, User], object]] = {
    "hand a task on": lambda to, account, by: services.hand_on_task(
        task=given(account, by), by=by, to=to, now=NOW
    ),
    "add a task": lambda to, account, by: given(account, by, owner=to),
    "hand a play over": lambda to, account, by: services.hand_over(
        enrollment=started(account, by), to=to, by=by, now=NOW
    ),
    "a line of routing": lambda to, account, by: save_rule(
        said={"name": "A", "reason": "B", "sides": ["sales"], "target": "person", "person": to},
        by=by,
        now=NOW,
    ),
    "stand in": lambda to, account, by: save_absence(
        user=by, starts_on=NOW.date(), ends_on=NOW.date(), stand_in=to, by=by
    ),
    "hand accounts over": lambda to, account, by: bulk.hand_over(
        accounts=[account.pk], owner=to, by=by, now=NOW
    ),
    "fill gaps": lambda to, account, by: assign_gaps(accounts=[account.pk], to=to, by=by, now=NOW),
}


def given(account: Account, by: User, *, owner: User | None = None) -> Task:
    return services.add_task(
        account=account, owner=owner or by, channel="call", side="sales", title="Call", by=by, now=NOW
    )


def started(account: Account, by: User) -> Enrollment:
    services.start_play(play=a_play(steps=[CALL]), account=account, by=by, reason="They asked.", now=NOW)
    return Enrollment.objects.get()


@pytest.mark.parametrize("way", GIVEN)
def test_no_work_is_given_to_who_can_owe_none(way: str) -> None:
    lead = a_user(role="revops", job="")
    account = an_account(owner=lead)
    for words, to in others().items():
        with transaction.atomic(), pytest.raises(AbmopsError) as caught:
            GIVEN[way](to, account, lead)
        assert caught.value.message.startswith(f"{to} cannot be ")
        assert caught.value.message.endswith(f": {words}. Choose a rep, a marketer or RevOps.")
        Enrollment.objects.all().delete()
    assert not Task.objects.exclude(owner=lead).exists()


def test_what_lies_with_a_key_already_goes_to_a_person() -> None:
    machine, person = a_machine(Role.REP), a_user(role="revops", job="")
    task = given(an_account(owner=person), person)
    Task.objects.update(owner=machine)
    found = list(tasks_have_somebody(NOW))
    assert [one.key for one in found] == [f"owner:{task.pk}"]
    assert rehome(task_ids=[task.pk], now=NOW) == 1
    task.refresh_from_db()
    assert task.owner == person


def test_a_record_names_no_key_as_an_owner() -> None:
    machine = a_machine(Role.REP)
    assert users_by_email([machine.email, machine.email.upper()]) == {}
    assert unknown_user("/owner", machine.email).detail == (
        f"{machine.email} is a program's key and no person. Name a person, or send null."
    )
