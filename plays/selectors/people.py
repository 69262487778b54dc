"""The people page: who sits where, how much they owe, when they are away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from abmops.lib.choices import Role
from accounts.models import Absence, Account, User
from accounts.models.user import SERVICE
from plays.domain.staffing import Person
from plays.models import Task
from plays.models.task import OPEN_STATES

SHOWN_ROLES = (Role.REP, Role.MARKETER, Role.REVOPS, Role.EXECUTIVE)
SORTS = {
    "name": ("name", "id"),
    "open": ("open_tasks", "name"),
    "late": ("late_tasks", "name"),
    "accounts": ("owned_accounts", "name"),
}
SEATS = {
    "sdr": Q(role=Role.REP, job="sdr"),
    "ae": Q(role=Role.REP, job="ae"),
    "csm": Q(role=Role.REP, job="csm"),
    "marketer": Q(role=Role.MARKETER),
    "revops": Q(role=Role.REVOPS),
    "executive": Q(role=Role.EXECUTIVE),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks the list for."""

    q: str = ""
    seat: str = ""
    territory: int | None = None
    show: str = ""
    sort: str = "name"

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q or self.seat or self.territory or self.show)


@dataclass(frozen=True, slots=True)
class Row:
    """A person with what they carry. `room` is None for who takes no tasks."""

    user: User
    open: int
    late: int
    accounts: int
    room: int | None
    absences: tuple[Absence, ...]
    is_away: bool

    @property
    def is_full(self) -> bool:
        """At or past capacity."""
        return self.room is not None and self.open >= self.room


def people(asked: Asked, *, now: datetime) -> QuerySet[User]:
    """The rows as asked for, in order."""
    owed = Task.objects.filter(owner=OuterRef("pk"), state__in=OPEN_STATES)
    away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=now.date(), ends_on__gte=now.date())
    rows = (
        User.objects.filter(role__in=SHOWN_ROLES)
        .exclude(email__endswith=SERVICE)
        .annotate(
            open_tasks=_count(owed),
            late_tasks=_count(owed.late(now)),
            owned_accounts=_count(Account.objects.filter(owner=OuterRef("pk"))),
            away_now=Exists(away),
        )
        .select_related("territory")
    )
    if asked.q:
        rows = rows.filter(Q(name__icontains=asked.q) | Q(email__icontains=asked.q))
    if asked.seat in SEATS:
        rows = rows.filter(SEATS[asked.seat])
    if asked.territory:
        rows = rows.filter(territory=asked.territory)
    if asked.show != "any":
        rows = rows.filter(is_active=asked.show != "left")
    if asked.show == "away":
        rows = rows.filter(away_now=True)
    name = asked.sort.removeprefix("-")
    first, *rest = SORTS.get(name, SORTS["name"])
    return rows.order_by(F(first).desc() if asked.sort.startswith("-") else F(first).asc(), *rest)


def with_absences(users: Sequence[User], *, now: datetime) -> list[Row]:
    """The rows of a page with their absences that are not over, in one more query."""
    yesterday = now.date() - timedelta(days=1)
    absences: dict[int, list[Absence]] = defaultdict(list)
    rows = Absence.objects.filter(user__in=users, ends_on__gte=yesterday).select_related("stand_in")
    for one in rows.order_by("starts_on"):
        absences[one.user_id].append(one)
    return [
        Row(
            user=user,
            open=getattr(user, "open_tasks", 0),
            late=getattr(user, "late_tasks", 0),
            accounts=getattr(user, "owned_accounts", 0),
            room=None if user.role == Role.EXECUTIVE else room_of(user),
            absences=tuple(absences[user.pk]),
            is_away=getattr(user, "away_now", False),
        )
        for user in users
    ]


def room_of(user: User) -> int:
    """How many open tasks the person may hold: their own figure, else their seat's."""
    return Person(user.pk, user.name, user.role, user.job, capacity=user.capacity).room


def _count(rows: QuerySet[Task] | QuerySet[Account]) -> Coalesce:
    counted = rows.order_by().values("owner").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
