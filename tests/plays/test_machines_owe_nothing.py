"""A key that was made for a program has a role, and is nobody: it owes nothing, hears nothing and approves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abmops.lib.choices import Role
from accounts.models import User
from accounts.services.apikey import create_key
from plays import services
from plays.models import Notice, Task
from plays.selectors.drafts import others_who_may_approve
from plays.selectors.staff import staff
from plays.services.sla import late
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
