"""Late and at risk: open tasks by who owes them, and how much was answered inside its SLA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import User
from plays.models import SlaBreach, Task, TaskEvent
from plays.models.task import OPEN_STATES, TaskQuerySet, late_at, running

WINDOW: Final = timedelta(days=30)
SHOWS: Final = {
    "late": "Late",
    "risk": "At risk",
    "open": "All open",
    "handed": "Handed on by the clock",
    "inside": "Answered in time",
    "outside": "Answered late",
}
SORTS: Final = {
    "due": ("due_at", "id"),
    "account": ("account__name", "due_at"),
    "owner": ("owner__name", "due_at"),
    "urgency": ("urgency", "due_at"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page asks for: which tasks, whose, and in which order."""

    show: str = "late"
    q: str = ""
    owner: int | None = None
    team: int | None = None
    urgency: str = ""
    sort: str = "due"

    @property
    def is_narrow(self) -> bool:
        """Whether filters beside the tab leave anything out."""
        return bool(self.q or self.owner or self.team or self.urgency)


@dataclass(frozen=True, slots=True)
class Line:
    """A person's figures. `inside` of `answered` tasks closed in the window were answered in time."""

    user: User
    open: int
    late: int
    risk: int
    handed: int
    answered: int
    inside: int

    @property
    def outside(self) -> int:
        """How many tasks were answered after their due time."""
        return self.answered - self.inside

    @property
    def share(self) -> float | None:
        """Answered in time; None where nothing was answered."""
        return self.inside / self.answered if self.answered else None


def conditions(*, now: datetime) -> Mapping[str, Q]:
    """What each tab holds, as conditions on tasks.

    Late: its due time has passed, whether or not the clock has found it yet. At risk: it is due within the next eight
    hours, or its owner has been reminded. Answered: done or skipped in the last 30 days; in time where that was at or
    before the due time and never found late.
    """
    reminded = TaskEvent.objects.filter(task=OuterRef("pk"), kind=TaskEvent.Kind.REMINDED)
    handed = SlaBreach.objects.filter(task=OuterRef("pk"), number__gte=2, handed_to__isnull=False)
    owed = Q(state__in=OPEN_STATES)
    soon = Q(due_at__lt=now + timedelta(hours=8)) | Q(Exists(reminded))
    answered = Q(state__in=("done", "skipped"), closed_at__gte=now - WINDOW, closed_at__lte=now)
    on_time = Q(breached_at__isnull=True, closed_at__lte=F("due_at"))
    return {
        "late": late_at(now),
        "risk": running() & Q(due_at__gte=now) & soon,
        "open": owed,
        "handed": owed & Q(Exists(handed)),
        "inside": answered & on_time,
        "outside": answered & ~on_time,
        "answered": answered,
    }


def narrowed(asked: Asked) -> TaskQuerySet:
    """Tasks under the filters, whatever the tab."""
    rows = Task.objects.all()
    if asked.q:
        rows = rows.filter(Q(account__name__icontains=asked.q) | Q(title__icontains=asked.q))
    if asked.owner:
        rows = rows.filter(owner=asked.owner)
    if asked.team:
        rows = rows.filter(owner__territory=asked.team)
    if asked.urgency:
        rows = rows.filter(urgency=asked.urgency)
    return rows


def tasks(asked: Asked, *, now: datetime) -> TaskQuerySet:
    """The rows of the tab, in order, with how often each was late."""
    ids = narrowed(asked).filter(conditions(now=now)[asked.show]).values("pk")
    name = asked.sort.removeprefix("-")
    first, *rest = SORTS.get(name, SORTS["due"])
    return (
        Task.objects.filter(pk__in=ids)
        .select_related("account", "owner", "owner__territory")
        .annotate(times_late=Count("breaches"))
        .order_by(F(first).desc() if asked.sort.startswith("-") else F(first).asc(), *rest)
    )


def by_person(asked: Asked, *, now: datetime) -> list[Line]:
    """A line a person who owes or answered anything under the filters, whoever has most late first; three queries."""
    found = conditions(now=now)
    rows = narrowed(asked)
    figures: dict[int, Any] = {
        row["owner"]: row
        for row in rows.filter(found["open"] | found["answered"])
        .values("owner")
        .annotate(
            **{
                name: Count("pk", filter=found[name])
                for name in ("open", "late", "risk", "handed", "answered", "inside")
            }
        )
        .order_by()
    }
    users = User.objects.select_related("territory").in_bulk(list(figures))
    lines = [
        Line(users[pk], *(row[name] for name in ("open", "late", "risk", "handed", "answered", "inside")))
        for pk, row in figures.items()
    ]
    return sorted(lines, key=lambda line: (-line.late, -line.risk, -line.open, line.user.name))


def totals(lines: list[Line]) -> dict[str, int]:
    """The sums of the lines, for the tabs."""
    return {
        name: sum(getattr(line, name) for line in lines)
        for name in ("late", "risk", "open", "handed", "inside", "outside", "answered")
    }
