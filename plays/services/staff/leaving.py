"""Somebody leaves: everything they owe and own goes to others in one go, and can come back for a week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from abmops.lib import owning
from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.lib.owning import by_heir
from abmops.work import crash
from accounts.models import Account, User, Via
from accounts.services.bulk import counted
from accounts.services.changes import acting
from accounts.services.people import deactivate
from accounts.services.undoing import undo
from plays.models import Departure, Enrollment, Task
from plays.selectors.facts import lock_accounts
from plays.selectors.leaving import running_of
from plays.selectors.staff import staff
from plays.services.staff.passing import Passing, pass_on
from plays.services.staff.sharing import Heirs, Plan, plan

UNDO_WITHIN = timedelta(days=7)


@transaction.atomic
def leave(*, user: User, heirs: Heirs, by: User, reason: str, now: datetime) -> Departure:
    """Carry it out: accounts, open tasks, running enrollments and every kind of `abmops.lib.owning` go to others, and
    the person becomes inactive. All or nothing.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why, for example the last working day.")
    if user.pk == by.pk:
        raise Refused("Somebody else of RevOps has to carry out your own leaving.")
    if not User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).exists():
        raise Conflict(f"{user} has left already.")
    lock_accounts(
        set(Account.objects.filter(owner=user).values_list("pk", flat=True))
        | set(Task.objects.unfinished().filter(owner=user).values_list("account", flat=True))
    )
    planned = plan(user=user, heirs=heirs, now=now, lock=True)
    change_set = _hand_accounts(planned, user, by=by, reason=reason, now=now)
    pass_on(planned.tasks, people=planned.people, by=by, now=now, told=f"{user} has left.")
    moved = _hand_things(planned, user, by=by)
    moved["tasks"] = [[one.task.pk, one.to_id] for one in planned.tasks]
    departure = Departure.objects.create(
        user=user, by=by, at=now, reason=reason.strip()[:300], change_set=change_set, moved=moved
    )
    deactivate(person=user, now=now)
    crash.point("leave.before_commit")
    return departure


@transaction.atomic
def undo_departure(*, departure: Departure, by: User, now: datetime) -> None:
    """Within a week: the person is back, with everything that nobody has moved or finished since.

    Refused where the change log can't give an account back because something newer stands on it.
    """
    row = Departure.objects.select_for_update(no_key=True).select_related("user").get(pk=departure.pk)
    if row.undone_at is not None:
        raise Conflict("This was taken back already.")
    if now - row.at > UNDO_WITHIN:
        raise Refused("A leaving can be taken back for a week. Hand over by hand what should come back.")
    user = row.user
    if row.change_set is not None:
        undo(change_set=row.change_set, by=by, now=now)
    user.is_active = True
    user.save()
    to = dict(row.moved.get("tasks", []))
    lock_accounts(set(Task.objects.filter(pk__in=to).values_list("account", flat=True)))
    tasks = Task.objects.unfinished().filter(pk__in=to).select_related("owner").order_by("pk")
    back = [
        Passing(task, user.pk, f"{user}: their leaving was taken back.")
        for task in tasks.select_for_update(of=("self",), no_key=True)
        if task.owner_id == to[task.pk]
    ]
    pass_on(back, people=staff(now=now), by=by, now=now)
    things: Mapping[str, list[tuple[int, int]]] = row.moved.get("things", {})
    for kind in owning.kinds():
        if given := dict(things.get(kind.key, [])):
            kind.back(user.pk, given, by.pk)
    for column in ("owner", "handed_to"):
        Enrollment.objects.filter(pk__in=row.moved.get(column, [])).update(**{column: user})
    row.undone_at, row.undone_by = now, by
    row.save(update_fields=["undone_at", "undone_by"])


def _hand_accounts(planned: Plan, user: User, *, by: User, reason: str, now: datetime) -> Any:
    """A statement an heir, one set of changes."""
    if not planned.accounts:
        return None
    what = f"Handed {counted(len(planned.accounts))} over: {user} left"
    with acting(by=by, via=Via.PAGE, what=what, reason=reason.strip()) as change_set:
        for heir, ids in by_heir({pk: heir or 0 for pk, heir in planned.accounts.items()}).items():
            Account.objects.filter(pk__in=ids).update(owner_id=heir or None, updated_at=now)
    return change_set


def _hand_things(planned: Plan, user: User, *, by: User) -> dict[str, Any]:
    """Every kind to its heirs, and what follows the accounts; what the way back needs to know of it."""
    moved: dict[str, Any] = {"things": {}}
    for kind in owning.kinds():
        if given := planned.things[kind.key]:
            moved["things"][kind.key] = [list(pair) for pair in kind.hand(user.pk, given, by.pk).items()]
    running = running_of(user.pk)
    moved["owner"] = list(running.filter(owner=user).values_list("pk", flat=True))
    moved["handed_to"] = list(running.filter(handed_to=user).values_list("pk", flat=True))
    Enrollment.objects.filter(pk__in=moved["handed_to"]).update(handed_to=None)
    next_owner = Account.objects.filter(pk=OuterRef("account")).values("owner")[:1]
    Enrollment.objects.filter(pk__in=moved["owner"]).update(owner=Subquery(next_owner))
    return moved
