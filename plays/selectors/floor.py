"""What stands beside a queue: what breaches next, what marketing runs there, and how much everybody owes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F

from abmops.lib.choices import Channel, Role, Side
from accounts.models import User
from plays.models import Play, Task
from plays.models.task import TaskQuerySet, late_at, running

WORKING = (Role.REP, Role.MARKETER, Role.REVOPS)


@dataclass(frozen=True, slots=True)
class Burst:
    """Marketing at work on the person's accounts: a play and channel with its open steps."""

    play_id: int | None
    name: str
    channel: str
    accounts: int


def bursts_on(person: User, *, limit: int = 6) -> list[Burst]:
    """What marketing runs on the person's own accounts now, the widest first."""
    rows = (
        Task.objects.unfinished()
        .filter(side=Side.MARKETING, account__owner=person)
        .values("enrollment__play", "enrollment__play__name", "channel")
        .annotate(n=Count("account", distinct=True))
        .order_by("-n", "enrollment__play__name", "channel")[:limit]
    )
    return [
        Burst(
            play_id=row["enrollment__play"],
            name=row["enrollment__play__name"] or "Given by hand",
            channel=Channel(row["channel"]).label,
            accounts=row["n"],
        )
        for row in rows
    ]


def breaching_next(person: User, *, now: datetime, limit: int = 3) -> list[Task]:
    """The person's next due times, snoozed ones too: a snooze stops no clock. What stands still breaches nothing."""
    return list(
        Task.objects.filter(running(), owner=person, due_at__gte=now)
        .select_related("account")
        .order_by("due_at", "id")[:limit]
    )


@dataclass(frozen=True, slots=True)
class Load:
    """How much a person owes."""

    person: User
    open: int
    late: int


def team_load(*, now: datetime, limit: int = 12) -> list[Load]:
    """Everybody with open tasks, the latest first: a leader's look at the floor. Two queries."""
    counted = list(
        Task.objects.unfinished()
        .values("owner")
        .annotate(n=Count("pk"), late=Count("pk", filter=late_at(now)))
        .order_by("-late", "-n", "owner")[: limit * 2]
    )
    people = {
        person.pk: person
        for person in User.objects.filter(
            pk__in=[row["owner"] for row in counted], is_active=True, role__in=WORKING
        )
    }
    loads = [Load(people[row["owner"]], row["n"], row["late"]) for row in counted if row["owner"] in people]
    return loads[:limit]


def colleagues_of(task: Task) -> list[User]:
    """Who a task can be handed on to: people of its side first, then the others, without its owner."""
    people = User.objects.here().filter(role__in=WORKING).exclude(pk=task.owner_id)
    role = Role.MARKETER if task.side == Side.MARKETING else Role.REP
    by_role: dict[bool, list[User]] = defaultdict(list)
    for person in people.select_related("territory").order_by("name", "id"):
        by_role[person.role == role].append(person)
    return by_role[True] + by_role[False]


def asleep_of(person: User, *, now: datetime) -> TaskQuerySet:
    """What the person has snoozed, the next to wake first."""
    return (
        Task.objects.filter(owner=person, state=Task.State.SNOOZED, snoozed_until__gt=now)
        .select_related("account", "contact", "enrollment__play")
        .order_by("snoozed_until", "pk")
    )


def closed_since(person: User, *, start: datetime) -> TaskQuerySet:
    """What was closed of the person's since a moment, the newest first."""
    return (
        Task.objects.filter(owner=person, closed_at__gte=start)
        .select_related("account", "contact", "enrollment__play")
        .order_by(F("closed_at").desc(), "-pk")
    )


def plays_in(person: User) -> list[Play]:
    """The plays that the person owes steps of, by name."""
    owed = Task.objects.unfinished().filter(owner=person, enrollment__isnull=False)
    ids = owed.order_by().values("enrollment__play")
    return list(Play.objects.filter(pk__in=ids).only("pk", "name").order_by("name"))
