"""Who would get what somebody has: by rule or by hand, drawn up before anything is moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db.models import Count, QuerySet

from abmops.lib import owning
from abmops.lib.errors import FieldErrors, Refused
from abmops.lib.owning import Thing
from accounts.models import Account, User
from plays.domain import dealing
from plays.domain.dealing import Held, deal, spread
from plays.domain.routing import NobodyToRoute
from plays.domain.staffing import Person
from plays.models import Task
from plays.selectors.staff import Staff, staff
from plays.services.staff.passing import Passing, cases_of

ROUTING, WITH_ACCOUNT, EVENLY = "routing", "account", "load"
TASK_RULES: Final = {
    ROUTING: "By routing: each account's own people, the rules, the pool",
    WITH_ACCOUNT: "To whoever gets the account, else by routing",
    EVENLY: "Evenly among those chosen",
}
ACCOUNTS, TASKS = "accounts", "tasks"
_ACCOUNT = ("name", "owner_id", "territory_id", "tier", "country", "industry")


@dataclass(frozen=True, slots=True)
class Heirs:
    """Who gets what. `things` gets whatever no rule and no hand gives to another.

    `among`: who share; none: every colleague who fits. `tiers`: heirs by tier, 0 off the list. `picks`: by hand, what
    (kind, row) -> person; they come before every rule.
    """

    things: User
    among: tuple[User, ...] = ()
    accounts: str = dealing.SEAT
    tasks: str = ROUTING
    is_spread: bool = False
    tiers: Mapping[int, User] = field(default_factory=dict)
    picks: Mapping[tuple[str, int], int] = field(default_factory=dict)

    @property
    def everybody(self) -> set[int]:
        """The numbers of all people who are to get something, by a rule or by hand."""
        named = {self.things.pk, *(one.pk for one in self.among), *(one.pk for one in self.tiers.values())}
        return named | set(self.picks.values())


@dataclass(frozen=True, slots=True)
class Share:
    """What one person would get."""

    person: str
    accounts: int
    tasks: int
    things: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would get what, before anything is moved. Account -> None is the SDR pool; `things`: kind -> row -> heir."""

    accounts: Mapping[int, int | None]
    tasks: tuple[Passing, ...]
    things: Mapping[str, Mapping[int, int]]
    rows: Mapping[int, Account]
    found: Mapping[str, Sequence[Thing]]
    people: Staff

    def name(self, pk: int | None) -> str:
        """The name of an heir; without one the work goes to the SDR pool."""
        person = self.people.people.get(pk) if pk is not None else None
        return person.name if person is not None else "Nobody: the SDR pool"

    @property
    def shares(self) -> list[Share]:
        """A line a person, whoever gets most first."""
        accounts = Counter(self.accounts.values())
        things = Counter(heir for given in self.things.values() for heir in given.values())
        tasks: dict[int | None, list[str]] = defaultdict(list)
        for one in self.tasks:
            tasks[one.to_id].append(one.reason)
        lines = [
            Share(
                person=self.name(pk),
                accounts=accounts[pk],
                tasks=len(tasks[pk]),
                things=things[pk] if pk is not None else 0,
                reasons=tuple(reason for reason, _ in Counter(tasks[pk]).most_common(3)),
            )
            for pk in {*accounts, *tasks, *things}
        ]
        return sorted(lines, key=lambda line: (-line.accounts - line.tasks, -line.things, line.person))


def plan(*, user: User, heirs: Heirs, now: datetime, lock: bool = False) -> Plan:
    """Who would get what; nothing is written. A fixed number of queries, however much it is. `lock` holds the tasks."""
    people = staff(now=now)
    leaver = people.people.pop(user.pk, None) or Person(
        user.pk, str(user), user.role, user.job, user.territory_id
    )
    _check(heirs, people)
    rows = {one.pk: one for one in Account.objects.filter(owner=user).only(*_ACCOUNT)}
    accounts = _deal(rows, leaver, heirs, people)
    owed = _owed(user)
    tasks = list(owed.select_for_update(of=("self",), no_key=True) if lock else owed)
    all_accounts = Account.objects.only(*_ACCOUNT).in_bulk({task.account_id for task in tasks})
    passings = _route(tasks, all_accounts, accounts, heirs, people)
    found = {kind.key: kind.things(user.pk, now) for kind in owning.kinds()}
    return Plan(accounts, tuple(passings), _share(found, accounts, heirs), rows, found, people)


def _check(heirs: Heirs, people: Staff) -> None:
    if heirs.accounts not in dealing.RULES:
        raise FieldErrors.one("/accounts", "There is no such rule.")
    if heirs.tasks not in TASK_RULES:
        raise FieldErrors.one("/tasks", "There is no such rule.")
    if unknown := heirs.everybody - people.people.keys():
        found = User.objects.filter(pk__in=unknown).order_by("name").first()
        raise Refused(f"{found or 'Somebody'} can take nothing over. Choose somebody who is here.")
    if not heirs.among and (heirs.tasks == EVENLY or heirs.is_spread):
        raise FieldErrors.one("/among", "Choose who shares.")


def _owed(user: User) -> QuerySet[Task]:
    return (
        Task.objects.unfinished()
        .filter(owner=user)
        .select_related("owner", "account", "step_run", "enrollment__version")
        .order_by("due_at", "pk")
    )


def _deal(rows: Mapping[int, Account], leaver: Person, heirs: Heirs, people: Staff) -> dict[int, int | None]:
    if not rows:
        return {}
    by_hand: dict[int, int | None] = {
        row: heir for (kind, row), heir in heirs.picks.items() if kind == ACCOUNTS and row in rows
    }
    counts = Counter(
        dict(
            Account.objects.filter(owner__in=people.people)
            .values_list("owner")
            .annotate(n=Count("pk"))
            .order_by()
        )
    )
    counts.update(heir for heir in by_hand.values() if heir is not None)
    held = [Held(one.pk, one.territory_id, one.tier) for one in rows.values() if one.pk not in by_hand]
    among, tiers = [one.pk for one in heirs.among], {tier: one.pk for tier, one in heirs.tiers.items()}
    return deal(held, leaver, people.people, counts, rule=heirs.accounts, among=among, tiers=tiers) | by_hand


def _route(
    tasks: list[Task],
    rows: Mapping[int, Account],
    accounts: Mapping[int, int | None],
    heirs: Heirs,
    people: Staff,
) -> list[Passing]:
    """Each task by hand, by its rule, else by routing with the accounts as they will be owned."""
    passings = []
    cases = cases_of(tasks, rows, people)
    for task in tasks:
        picked = heirs.picks.get((TASKS, task.pk))
        with_account = accounts.get(task.account_id) if heirs.tasks == WITH_ACCOUNT else None
        if picked is not None:
            passing = Passing(task, picked, f"{people.people[picked].name}: chosen when {task.owner} left.")
        elif heirs.tasks == EVENLY:
            least = min((one.pk for one in heirs.among), key=lambda pk: (people.people[pk].open_tasks, pk))
            passing = Passing(
                task,
                least,
                f"{people.people[least].name}: shares what {task.owner} had, the fewest open tasks.",
            )
        elif with_account is not None:
            passing = Passing(
                task,
                with_account,
                f"{people.people[with_account].name}: took the account over from {task.owner}.",
            )
        else:
            case = cases[task.pk]
            if task.account_id in accounts:
                case = replace(case, owner_id=accounts[task.account_id])
            try:
                found = people.route(case, barred={task.owner_id})
            except NobodyToRoute:
                raise Refused("Nobody is left who could take the open tasks. Add somebody first.") from None
            passings.append(Passing(task, found.person_id, found.reason))
            continue
        people.add_load(passing.to_id, 1)
        passings.append(passing)
    return passings


def _share(
    found: Mapping[str, Sequence[Thing]], accounts: Mapping[int, int | None], heirs: Heirs
) -> dict[str, dict[int, int]]:
    """Each thing by hand, else with its account, else in turn or to the one."""
    given: dict[tuple[str, int], int] = {}
    left: list[tuple[str, int]] = []
    for kind, things in found.items():
        for thing in things:
            key = (kind, thing.id)
            with_account = accounts.get(thing.account_id) if thing.account_id is not None else None
            if key in heirs.picks:
                given[key] = heirs.picks[key]
            elif with_account is not None:
                given[key] = with_account
            else:
                left.append(key)
    among = [one.pk for one in heirs.among] if heirs.is_spread else [heirs.things.pk]
    given |= spread(left, among)
    shared: dict[str, dict[int, int]] = {kind: {} for kind in found}
    for (kind, row), heir in given.items():
        shared[kind][row] = heir
    return shared
