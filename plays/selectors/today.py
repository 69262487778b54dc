"""A person's queue and what stands beside it, in a number of queries that no queue makes grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, FloatField, Func, IntegerField, Max, Q, Value, When
from django.db.models.functions import Coalesce

from abmops.lib.choices import Channel, CommitteeRole, Role, Side
from accounts.models import Contact, Touch, User
from plays.domain import vocabulary as words
from plays.domain.queue import Place, group_of
from plays.models import PlayVersion, Task
from plays.models.task import TaskQuerySet

SHOWN = 50
"""Tasks drawn on the page; the rest is one link away."""

URGENCY_ORDER = Case(
    *(When(urgency=urgency, then=Value(place)) for place, urgency in enumerate(words.URGENCIES)),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the queue as drawn. `rise` is the score's change in 7 days, None where it is not known."""

    task: Task
    score: float | None
    rise: float | None
    position: int
    steps: int
    last_touch: Touch | None
    known: int
    missing: str

    @property
    def place(self) -> Place:
        """What decides where it stands."""
        return place_of(self.task)

    @property
    def may_call(self) -> bool:
        """Whether the contact's number may be shown as one to call."""
        return self._may("call")

    @property
    def may_write(self) -> bool:
        """Whether the contact's address may be shown as one to write to."""
        return self._may("email")

    def _may(self, channel: str) -> bool:
        contact = self.task.contact
        return contact is not None and not contact.refuses(channel)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the queue and its tasks."""

    key: str
    title: str
    note: str
    rows: tuple[Row, ...]


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
    """Everything the queue partial draws."""

    sections: tuple[Section, ...]
    counts: Counts
    hidden: int
    since: str


TITLES = {
    "urgent": ("Urgent", "answer within 4 hours"),
    "hot": ("Hot", "answer within 24 hours"),
    "normal": ("Normal", "by due time, then score"),
    "other": ("Not on the target list", "after everything above"),
}


def in_order(tasks: TaskQuerySet) -> TaskQuerySet:
    """The order of `plays.domain.queue`, said in SQL."""
    return tasks.annotate(
        urgency_place=URGENCY_ORDER,
        score_now=Coalesce(F("account__state__score"), 0.0, output_field=FloatField()),
    ).order_by("-account__is_target", "urgency_place", "due_at", "-score_now", "id")


def place_of(task: Task) -> Place:
    """A task of `in_order` as the domain sees it."""
    return Place(
        is_target=task.account.is_target,
        urgency=task.urgency,
        due_at=task.due_at,
        score=getattr(task, "score_now", 0.0),
        id=task.pk,
    )


def counts_of(person: User, *, now: datetime, midnight: datetime) -> Counts:
    """The head's figures and the stamp, in two queries."""
    mine = Task.objects.filter(owner=person)
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now)
    figures = mine.unfinished().aggregate(
        open=Count("pk", filter=awake),
        late=Count("pk", filter=awake & Q(due_at__lt=now)),
        urgent=Count("pk", filter=awake & Q(urgency="urgent")),
        all=Count("pk"),
        newest=Max("updated_at"),
    )
    done = mine.filter(closed_at__gte=midnight, state=Task.State.DONE).aggregate(
        n=Count("pk"), newest=Max("closed_at")
    )
    newest = [moment.timestamp() for moment in (figures["newest"], done["newest"]) if moment is not None]
    stamp = f"{figures['open']}-{figures['all']}-{figures['late']}-{done['n']}-{max(newest, default=0):.6f}"
    return Counts(
        open=figures["open"],
        late=figures["late"],
        urgent=figures["urgent"],
        asleep=figures["all"] - figures["open"],
        done_today=done["n"],
        stamp=stamp,
    )


def queue_of(person: User, *, now: datetime, midnight: datetime, everything: bool = False) -> Queue:
    """The person's open tasks in order, each with what a look should answer; eight queries."""
    counts = counts_of(person, now=now, midnight=midnight)
    tasks = in_order(Task.objects.filter(owner=person).awake(now)).select_related(
        "account",
        "account__state",
        "contact",
        "enrollment__play",
        "enrollment__crossing__threshold",
        "step_run",
    )
    tasks = tasks.prefetch_related("contact__opt_outs")
    shown = list(tasks if everything else tasks[:SHOWN])
    rows = _rows(shown)
    sections = tuple(
        Section(key, *TITLES[key], tuple(found))
        for key, found in groupby(rows, lambda row: group_of(row.place))
    )
    return Queue(
        sections=sections, counts=counts, hidden=counts.open - len(shown), since=since(counts, now=now)
    )


def crossings_behind(queue: Queue) -> set[int]:
    """The crossings that led to the tasks shown."""
    tasks = (row.task for section in queue.sections for row in section.rows)
    return {
        task.enrollment.crossing_id
        for task in tasks
        if task.enrollment is not None and task.enrollment.crossing_id is not None
    }


def row_of(task: Task) -> Row:
    """One task as the queue draws it."""
    return _rows([task])[0]


def since(counts: Counts, *, now: datetime) -> str:
    """What a page hands back when it asks for news: the queue's stamp and the minute, since clocks tick in minutes."""
    return f"{counts.stamp}-{int(now.timestamp() // 60)}"


def _rows(tasks: Sequence[Task]) -> list[Row]:
    accounts = {task.account_id for task in tasks}
    touches = _last_touches(accounts)
    people = _committees(accounts)
    lengths = _lengths({task.enrollment.version_id for task in tasks if task.enrollment is not None})
    rows = []
    for task in tasks:
        state = getattr(task.account, "state", None)
        known, missing = people.get(task.account_id, (0, "nobody"))
        rows.append(
            Row(
                task=task,
                score=state.score if state else None,
                rise=state.score - state.score_week_ago if state and state.scored_at else None,
                position=task.step_run.position + 1 if task.step_run else 0,
                steps=lengths.get(task.enrollment.version_id, 0) if task.enrollment else 0,
                last_touch=touches.get(task.account_id),
                known=known,
                missing=missing,
            )
        )
    return rows


def _last_touches(accounts: Iterable[int]) -> dict[int, Touch]:
    rows = (
        Touch.objects.filter(account__in=set(accounts))
        .order_by("account_id", "-occurred_at", "-pk")
        .distinct("account_id")
        .select_related("contact")
    )
    return {touch.account_id: touch for touch in rows}


def _committees(accounts: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Account -> (people known, the deciding role that is missing, in words)."""
    rows = (
        Contact.objects.filter(account__in=set(accounts))
        .values("account")
        .annotate(n=Count("pk"), roles=ArrayAgg("role", distinct=True))
        .order_by()
    )
    wanted = (CommitteeRole.ECONOMIC_BUYER, CommitteeRole.CHAMPION, CommitteeRole.TECHNICAL_EVALUATOR)
    return {
        row["account"]: (
            row["n"],
            next((f"no {role.label}" for role in wanted if role not in row["roles"]), ""),
        )
        for row in rows
    }


def _lengths(versions: Iterable[int]) -> dict[int, int]:
    """Version -> number of its steps, without reading their texts."""
    length = Func(F("steps"), function="jsonb_array_length", output_field=IntegerField())
    return dict(PlayVersion.objects.filter(pk__in=set(versions)).annotate(n=length).values_list("pk", "n"))


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
    """The person's next due times, snoozed ones too: a snooze stops no clock."""
    return list(
        Task.objects.unfinished()
        .filter(owner=person, due_at__gte=now)
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
    """Everybody with open tasks, the latest first: RevOps' look at the floor."""
    people = (
        User.objects.filter(is_active=True, role__in=(Role.REP, Role.MARKETER, Role.REVOPS))
        .annotate(
            open_tasks=Count("tasks", filter=Q(tasks__state__in=("open", "snoozed"))),
            late_tasks=Count("tasks", filter=Q(tasks__state__in=("open", "snoozed"), tasks__due_at__lt=now)),
        )
        .filter(open_tasks__gt=0)
        .order_by("-late_tasks", "-open_tasks", "name")[:limit]
    )
    return [Load(person=person, open=person.open_tasks, late=person.late_tasks) for person in people]


def colleagues_of(task: Task) -> list[User]:
    """Who a task can be handed on to: people of its side first, then the others, without its owner."""
    people = User.objects.filter(is_active=True, role__in=(Role.REP, Role.MARKETER, Role.REVOPS)).exclude(
        pk=task.owner_id
    )
    role = Role.MARKETER if task.side == Side.MARKETING else Role.REP
    by_role: dict[bool, list[User]] = defaultdict(list)
    for person in people.select_related("territory").order_by("name", "id"):
        by_role[person.role == role].append(person)
    return by_role[True] + by_role[False]
