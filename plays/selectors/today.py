"""A person's queue, in a number of queries that no queue makes grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, FloatField, IntegerField, Max, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import User
from plays.domain import vocabulary as words
from plays.domain.queue import Wanted
from plays.models import Task
from plays.models.task import TaskQuerySet, late_at, running
from plays.selectors.rows import Row, rows_of

SHOWN = 50
"""Tasks drawn on the page; the rest is one link away."""

URGENCY_ORDER = Case(
    *(When(urgency=urgency, then=Value(place)) for place, urgency in enumerate(words.URGENCIES)),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the page's head. `stamp` changes whenever the queue does."""

    open: int
    late: int
    urgent: int
    asleep: int
    done_today: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The rows to draw, in order; `found` is how many there are under the filters."""

    rows: tuple[Row, ...]
    counts: Counts
    found: int
    since: str

    @property
    def hidden(self) -> int:
        """How many are not drawn."""
        return self.found - len(self.rows)


def in_order(tasks: TaskQuerySet) -> TaskQuerySet:
    """The order of `plays.domain.queue`, said in SQL."""
    return tasks.annotate(
        urgency_place=URGENCY_ORDER,
        score_now=Coalesce(F("account__state__score"), 0.0, output_field=FloatField()),
    ).order_by("-account__is_target", "urgency_place", "due_at", "-score_now", "id")


def narrowed(tasks: TaskQuerySet, wanted: Wanted, *, now: datetime, midnight: datetime) -> TaskQuerySet:
    """What of these is asked for. `midnight` begins the reader's day: `today` is what breaches before it ends."""
    limits = {"channel": wanted.channel, "side": wanted.side, "urgency": wanted.urgency}
    tasks = tasks.filter(**{name: value for name, value in limits.items() if value})
    if wanted.play is not None:
        tasks = tasks.filter(enrollment__play=wanted.play)
    if wanted.account is not None:
        tasks = tasks.filter(account=wanted.account)
    if wanted.late:
        tasks = tasks.late(now)
    if wanted.today:
        tasks = tasks.filter(running(), due_at__gte=now, due_at__lt=midnight + timedelta(days=1))
    for word in wanted.q.split():
        tasks = tasks.filter(
            Q(title__icontains=word) | Q(account__name__icontains=word) | Q(contact__name__icontains=word)
        )
    return tasks


def counts_of(person: User, *, now: datetime, midnight: datetime) -> Counts:
    """The head's figures and the stamp, in three queries."""
    mine = Task.objects.filter(owner=person)
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now)
    figures = mine.unfinished().aggregate(
        open=Count("pk", filter=awake),
        late=Count("pk", filter=awake & late_at(now)),
        urgent=Count("pk", filter=awake & Q(urgency="urgent")),
        all=Count("pk"),
        newest=Max("updated_at"),
    )
    done = mine.filter(closed_at__gte=midnight, state=Task.State.DONE).aggregate(
        n=Count("pk"), newest=Max("closed_at")
    )
    newest = [moment.timestamp() for moment in (figures["newest"], done["newest"]) if moment is not None]
    held = _held_beside(person, now=now)
    stamp = f"{figures['open']}-{figures['all']}-{figures['late']}-{done['n']}-{held}-{max(newest, default=0):.6f}"
    return Counts(
        open=figures["open"],
        late=figures["late"],
        urgent=figures["urgent"],
        asleep=figures["all"] - figures["open"],
        done_today=done["n"],
        stamp=stamp,
    )


def _held_beside(person: User, *, now: datetime) -> str:
    """What others are working on now at accounts where the person owes something, as a part of the stamp."""
    mine = Task.objects.unfinished().filter(owner=person).values("account")
    held = (
        Task.objects.claimed(now)
        .exclude(claimed_by=person)
        .filter(account__in=mine)
        .values_list("pk", "claimed_by")
    )
    return ".".join(f"{pk}:{by}" for pk, by in sorted(held))


def queue_of(
    person: User,
    *,
    now: datetime,
    midnight: datetime,
    reader: User,
    wanted: Wanted | None = None,
    everything: bool = False,
) -> Queue:
    """The person's open tasks in order, each with what a look should answer, as the reader may act on them."""
    counts = counts_of(person, now=now, midnight=midnight)
    mine = Task.objects.filter(owner=person).awake(now)
    found = counts.open
    if wanted is not None and wanted.narrows:
        mine = narrowed(mine, wanted, now=now, midnight=midnight)
        found = mine.count()
    ids = list(in_order(mine).values_list("pk", flat=True)[: None if everything else SHOWN])
    return Queue(
        rows=tuple(rows_of(ids, reader=reader, now=now)),
        counts=counts,
        found=found,
        since=since(counts, now=now),
    )


def since(counts: Counts, *, now: datetime) -> str:
    """What a page hands back when it asks for news: the queue's stamp and the minute, since clocks tick in minutes."""
    return f"{counts.stamp}-{int(now.timestamp() // 60)}"
