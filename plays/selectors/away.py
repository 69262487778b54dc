"""Who is away now, who stands in, when they are back, and where the work of theirs went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from abmops.lib.choices import Channel
from accounts.models import Absence, User
from plays.domain import hours
from plays.domain.staffing import present
from plays.models import Task, TaskEvent
from plays.selectors.staff import Staff, staff


@dataclass(frozen=True, slots=True)
class Went:
    """Open tasks of one kind that somebody else has because of an absence."""

    to: User
    channel: Channel
    count: int

    @property
    def kind(self) -> str:
        """The kind as people say it."""
        return str(self.channel.label)


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody's absence that is on. `stand_in` is whoever is there at the end of the chain; None: routing decides.

    `back` is their first working moment after it, on their own wall. `went`: what was handed on and is not done yet.
    """

    absence: Absence
    stand_in: str
    back: datetime
    went: list[Went]

    @property
    def back_words(self) -> str:
        """When they are back, in their zone whoever reads it."""
        return f"{self.back:%A %-d %B} at {self.back:%H:%M} ({self.absence.user.time_zone})"


@dataclass(frozen=True, slots=True)
class Around:
    """What absences mean for one queue: its person's own, and those of others whom they stand in for."""

    own: Away | None
    others: list[Absence]


def around(person: User, *, now: datetime) -> Around:
    """One query; six more while the person is away."""
    near = (now.date() - timedelta(days=1), now.date() + timedelta(days=1))
    rows = Absence.objects.filter(
        Q(user=person) | Q(stand_in=person, user__is_active=True),
        starts_on__lte=near[1],
        ends_on__gte=near[0],
    ).select_related("user")
    on = [one for one in rows.order_by("ends_on", "pk") if is_on(one, now=now)]
    own = next((one for one in on if one.user_id == person.pk), None)
    return Around(
        own=_away(own, now=now) if own is not None else None,
        others=[one for one in on if one.user_id != person.pk],
    )


def is_on(absence: Absence, *, now: datetime) -> bool:
    """Whether it is one of its days on the wall of who is away."""
    today = now.astimezone(hours.zone_named(absence.user.time_zone)).date()
    return absence.starts_on <= today <= absence.ends_on


def back_at(absence: Absence, people: Staff) -> datetime:
    """When they work again: the first opening after the last day."""
    calendar = people.calendar(absence.user_id)
    after = hours.at_local(absence.ends_on + timedelta(days=1), time(0), calendar.zone)
    return hours.working_moment(after, calendar)


def _away(absence: Absence, *, now: datetime) -> Away:
    people = staff(now=now)
    person = people.people.get(absence.user_id)
    stand_in = present(person, people.people) if person is not None else None
    return Away(
        absence=absence,
        stand_in=stand_in.name if stand_in is not None and stand_in.id != absence.user_id else "",
        back=back_at(absence, people).astimezone(hours.zone_named(absence.user.time_zone)),
        went=_went(absence),
    )


def _went(absence: Absence) -> list[Went]:
    if absence.handed_at is None:
        return []
    handed = TaskEvent.objects.filter(
        task=OuterRef("pk"), kind=TaskEvent.Kind.HANDED_ON, at=absence.handed_at
    )
    rows = (
        Task.objects.unfinished()
        .filter(Exists(handed), held_by__contains=[absence.user_id])
        .exclude(owner=absence.user_id)
        .values("owner", "channel")
        .annotate(n=Count("pk"))
        .order_by("-n", "owner", "channel")
    )
    counted = list(rows)
    people = User.objects.in_bulk({row["owner"] for row in counted})
    return [Went(people[row["owner"]], Channel(row["channel"]), row["n"]) for row in counted]
