"""Somebody leaves: everything they owe and own goes to others in one go, and can come back for a week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import crash
from accounts.models import Absence, Account, User, Via
from accounts.services.bulk import counted
from accounts.services.changes import acting
from accounts.services.people import deactivate
from accounts.services.undoing import undo
from plays.domain.dealing import Held, deal
from plays.domain.routing import NobodyToRoute
from plays.domain.staffing import Person
from plays.models import Departure, Enrollment, Task
from plays.selectors import leaving as owned
from plays.selectors.facts import lock_accounts
from plays.selectors.staff import WORKERS, Staff, staff
from plays.services.staff.passing import Passing, cases_of, pass_on

UNDO_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Heirs:
    """Who gets what. None for accounts: dealt out evenly; None for tasks: by routing. `things` get one heir."""

    accounts: User | None
    tasks: User | None
    things: User


@dataclass(frozen=True, slots=True)
class Share:
    """What one person would get. `person` None is the SDR pool."""

    person: str
    accounts: int
    tasks: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what, before anything is moved."""

    accounts: Mapping[int, int | None]
    tasks: tuple[Passing, ...]
    names: Mapping[int, str]

    @property
    def shares(self) -> list[Share]:
        """A line a person, whoever gets most first."""
        accounts = Counter(self.accounts.values())
        tasks: dict[int | None, list[str]] = defaultdict(list)
        for one in self.tasks:
            tasks[one.to_id].append(one.reason)
        lines = [
            Share(
                person=self.names.get(pk, "") if pk is not None else "Nobody: the SDR pool",
                accounts=accounts[pk],
                tasks=len(tasks[pk]),
                reasons=tuple(reason for reason, _ in Counter(tasks[pk]).most_common(3)),
            )
            for pk in {*accounts, *tasks}
        ]
        return sorted(lines, key=lambda line: (-line.accounts - line.tasks, line.person))


def plan(*, user: User, heirs: Heirs, now: datetime) -> Plan:
    """Who would get what; nothing is written. Ten queries, however much it is."""
    people, leaver = _without(user, now=now)
    rows = {one.pk: one for one in Account.objects.filter(owner=user).only(*_ACCOUNT)}
    accounts = _deal(rows, leaver, heirs, people)
    tasks = list(_owed(user))
    all_accounts = Account.objects.only(*_ACCOUNT).in_bulk({task.account_id for task in tasks})
    passings = _route(tasks, all_accounts, accounts, heirs, people)
    return Plan(accounts, tuple(passings), {pk: one.name for pk, one in people.people.items()})


@transaction.atomic
def leave(*, user: User, heirs: Heirs, by: User, reason: str, now: datetime) -> Departure:
    """Carry it out: accounts, open tasks, running enrollments, plays, thresholds, sources, systems, rules and stand-ins
    go to others, and the person becomes inactive. All or nothing.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why, for example the last working day.")
    if user.pk == by.pk:
        raise Refused("Somebody else of RevOps has to carry out your own leaving.")
    for heir in (heirs.accounts, heirs.tasks, heirs.things):
        if heir is not None and (heir.pk == user.pk or not heir.is_active or heir.role not in WORKERS):
            raise Refused(f"{heir} can take nothing over. Choose somebody who is here.")
    if not User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).exists():
        raise Conflict(f"{user} has left already.")
    lock_accounts(
        set(Account.objects.filter(owner=user).values_list("pk", flat=True))
        | set(Task.objects.unfinished().filter(owner=user).values_list("account", flat=True))
    )
    people, leaver = _without(user, now=now)
    rows = {one.pk: one for one in Account.objects.filter(owner=user).only(*_ACCOUNT)}
    accounts = _deal(rows, leaver, heirs, people)
    tasks = list(_owed(user).select_for_update(of=("self",), no_key=True))
    all_accounts = Account.objects.only(*_ACCOUNT).in_bulk({task.account_id for task in tasks})
    passings = _route(tasks, all_accounts, accounts, heirs, people)
    change_set = _hand_accounts(accounts, user, by=by, reason=reason, now=now)
    pass_on(passings, people=people, by=by, now=now, told=f"{user} has left.")
    moved = _hand_things(user, heirs, now=now)
    moved["tasks"] = [[one.task.pk, one.to_id] for one in passings]
    departure = Departure.objects.create(
        user=user, by=by, at=now, reason=reason.strip()[:300], change_set=change_set, moved=moved
    )
    deactivate(person=user)
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
    for key, (model, column, _) in owned.THINGS.items():
        heir, ids = row.moved.get(key, [None, []])
        model._default_manager.filter(pk__in=ids, **{column: heir}).update(**{column: user.pk})  # noqa: SLF001
    heir, ids = row.moved.get("stand_ins", [None, []])
    Absence.objects.filter(pk__in=ids, stand_in=heir).update(stand_in=user)
    for column in ("owner", "handed_to"):
        Enrollment.objects.filter(pk__in=row.moved.get(column, [])).update(**{column: user})
    row.undone_at, row.undone_by = now, by
    row.save(update_fields=["undone_at", "undone_by"])


_ACCOUNT = ("name", "owner_id", "territory_id", "tier", "country", "industry")


def _without(user: User, *, now: datetime) -> tuple[Staff, Person]:
    """Everybody but the leaver, and the leaver."""
    people = staff(now=now)
    leaver = people.people.pop(user.pk, None) or Person(
        user.pk, str(user), user.role, user.job, user.territory_id
    )
    return people, leaver


def _owed(user: User) -> Any:
    return (
        Task.objects.unfinished()
        .filter(owner=user)
        .select_related("owner", "step_run", "enrollment__version")
        .order_by("pk")
    )


def _deal(rows: Mapping[int, Account], leaver: Person, heirs: Heirs, people: Staff) -> dict[int, int | None]:
    if heirs.accounts is not None:
        return dict.fromkeys(rows, heirs.accounts.pk)
    counts = dict(
        Account.objects.filter(owner__in=people.people)
        .values_list("owner")
        .annotate(n=Count("pk"))
        .order_by()
    )
    held = [Held(one.pk, one.territory_id, one.tier) for one in rows.values()]
    return deal(held, leaver, people.people, counts)


def _route(
    tasks: list[Task],
    rows: Mapping[int, Account],
    accounts: Mapping[int, int | None],
    heirs: Heirs,
    people: Staff,
) -> list[Passing]:
    """Each task to the one heir, or by routing with the accounts as they will be owned."""
    if heirs.tasks is not None:
        return [
            Passing(task, heirs.tasks.pk, f"{heirs.tasks}: took over from {task.owner}.") for task in tasks
        ]
    passings = []
    cases = cases_of(tasks, rows, people)
    for task in tasks:
        case = cases[task.pk]
        if task.account_id in accounts:
            case = replace(case, owner_id=accounts[task.account_id])
        try:
            found = people.route(case, barred={task.owner_id})
        except NobodyToRoute:
            raise Refused("Nobody is left who could take the open tasks. Add somebody first.") from None
        passings.append(Passing(task, found.person_id, found.reason))
    return passings


def _hand_accounts(
    accounts: Mapping[int, int | None], user: User, *, by: User, reason: str, now: datetime
) -> Any:
    """A statement an heir, one set of changes."""
    if not accounts:
        return None
    by_heir: dict[int | None, list[int]] = defaultdict(list)
    for pk, heir in accounts.items():
        by_heir[heir].append(pk)
    what = f"Handed {counted(len(accounts))} over: {user} left"
    with acting(by=by, via=Via.PAGE, what=what, reason=reason.strip()) as change_set:
        for heir, ids in by_heir.items():
            Account.objects.filter(pk__in=ids).update(owner_id=heir, updated_at=now)
    return change_set


def _hand_things(user: User, heirs: Heirs, *, now: datetime) -> dict[str, Any]:
    """What has one heir, and what follows the accounts; what the way back needs to know of it."""
    heir = heirs.things
    moved: dict[str, Any] = {}
    for key, (_, column, _) in owned.THINGS.items():
        rows = owned.things_of(user.pk, key)
        moved[key] = [heir.pk, list(rows.values_list("pk", flat=True))]
        rows.update(**{column: heir.pk})
    stood_in = owned.stood_in_for(user.pk, now=now)
    moved["stand_ins"] = [heir.pk, list(stood_in.exclude(user=heir).values_list("pk", flat=True))]
    stood_in.filter(user=heir).update(stand_in=None)
    stood_in.update(stand_in=heir)
    running = owned.running_of(user.pk)
    moved["owner"] = list(running.filter(owner=user).values_list("pk", flat=True))
    moved["handed_to"] = list(running.filter(handed_to=user).values_list("pk", flat=True))
    Enrollment.objects.filter(pk__in=moved["handed_to"]).update(handed_to=None)
    next_owner = Account.objects.filter(pk=OuterRef("account")).values("owner")[:1]
    Enrollment.objects.filter(pk__in=moved["owner"]).update(owner=Subquery(next_owner))
    return moved
