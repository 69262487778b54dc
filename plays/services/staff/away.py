"""Absences that begin: what falls due meanwhile goes to the stand-in; and work whose owner is here no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from abmops.work import crash
from accounts.models import Absence, User
from plays.domain.routing import Case, NobodyToRoute
from plays.domain.staffing import present, standing_in
from plays.models import Task
from plays.selectors.away import back_at, is_on
from plays.selectors.facts import lock_accounts
from plays.selectors.pauses import resting
from plays.selectors.staff import Staff, staff
from plays.services.staff.passing import Passing, cases_of, pass_on


@transaction.atomic
def hand_over_absences(*, now: datetime) -> int:
    """Hand on the work of people whose absence has begun on their own wall, once an absence; how many tasks went.

    What is due before they are back at work goes, and what is urgent always; the rest stays and waits for them. It goes
    to the stand-in at the end of the chain, without one to whoever routing finds; without anybody it stays. It does not
    come back by itself: who took it up goes on with it.
    """
    around = (now.date() - timedelta(days=1), now.date() + timedelta(days=1))
    rows = Absence.objects.filter(handed_at=None, starts_on__lte=around[1], ends_on__gte=around[0])
    rows = rows.filter(user__is_active=True).select_related("user").order_by("pk")
    begun = [one for one in rows.select_for_update(of=("self",), skip_locked=True) if is_on(one, now=now)]
    if not begun:
        return 0
    people = staff(now=now)
    back = {one.user_id: back_at(one, people) for one in begun}
    theirs = Q(pk__in=[])
    for user, moment in back.items():
        theirs |= Q(owner=user) & (Q(due_at__lt=moment) | Q(urgency="urgent"))
    passed = _pass_on(theirs, people, now=now, told="a colleague is away; each task says who.")
    Absence.objects.filter(pk__in=[one.pk for one in begun]).update(handed_at=now)
    crash.point("absence.before_commit")
    return passed


@transaction.atomic
def rehome(*, task_ids: Collection[int], now: datetime) -> int:
    """Give open tasks whose owner is no longer here to whoever routing finds; how many went."""
    gone = Q(pk__in=list(task_ids)) & ~Q(owner__in=User.objects.here().order_by())
    return _pass_on(gone, staff(now=now), now=now, told="their owner is no longer here.")


def _pass_on(which: Q, people: Staff, *, now: datetime, told: str) -> int:
    owed = Task.objects.unfinished().filter(which)
    accounts = lock_accounts(set(owed.values_list("account", flat=True)))
    tasks = list(
        owed.filter(account__in=accounts)
        .select_related("owner", "step_run", "enrollment__version")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    cases = cases_of(tasks, accounts, people)
    passings = list(_passings(tasks, cases, people, frozenset(resting(list(accounts)).people)))
    pass_on(passings, people=people, by=None, now=now, told=told)
    return len(passings)


def _passings(
    tasks: Iterable[Task], cases: dict[int, Case], people: Staff, paused: frozenset[int]
) -> Iterable[Passing]:
    for task in tasks:
        owner = people.people.get(task.owner_id)
        stand_in = present(owner, people.people) if owner is not None else None
        if stand_in is not None and stand_in.id not in paused | {task.owner_id}:
            people.add_load(stand_in.id, 1)
            yield Passing(task, stand_in.id, f"{standing_in(stand_in.name, str(task.owner))}.")
            continue
        try:
            found = people.route(cases[task.pk], barred=paused | {task.owner_id})
        except NobodyToRoute:
            continue
        why = "is away without a stand-in" if owner is not None else "is no longer here"
        yield Passing(task, found.person_id, f"{found.reason} {task.owner} {why}.")
