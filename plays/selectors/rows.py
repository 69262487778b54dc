"""The rows of a queue: each task with what a look should answer, in six queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, FloatField, Func, IntegerField, Prefetch
from django.db.models.functions import Coalesce

from abmops.lib.choices import CommitteeRole
from accounts.models import Contact, ContactOptOut, User
from plays.domain import vocabulary as words
from plays.domain.outcomes import Outcome, outcomes_of
from plays.domain.queue import Place
from plays.domain.staffing import is_for_another
from plays.models import PlayVersion, Task
from plays.selectors.pressure import warnings_of

DECIDING = (
    CommitteeRole.ECONOMIC_BUYER.value,
    CommitteeRole.CHAMPION.value,
    CommitteeRole.TECHNICAL_EVALUATOR.value,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the queue as drawn. `rise` is the score's change in 7 days, None where it is not known.

    `holder` is somebody else who is working on it now, `beside` who else owes or works on something at the account.
    """

    task: Task
    score: float | None
    rise: float | None
    position: int
    steps: int
    holder: User | None
    beside: tuple[str, ...]
    may_act: bool

    @property
    def place(self) -> Place:
        """What the order of the queue goes by."""
        return place_of(self.task)

    @property
    def stands_in(self) -> str:
        """Whose work it is where that person is away: the words of its routing; else empty."""
        return self.task.routed if is_for_another(self.task.routed) else ""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How it can go, in the order of the keys 1 to 6."""
        return outcomes_of(self.task.channel)

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

    @property
    def known(self) -> int:
        """How many people of the account we know."""
        figures = getattr(self.task.account, "figures", None)
        return figures.people if figures else 0

    @property
    def missing(self) -> str:
        """The deciding role that nobody plays there."""
        figures = getattr(self.task.account, "figures", None)
        lacking = figures.missing if figures else DECIDING
        return next((f"no {CommitteeRole(role).label}" for role in DECIDING if role in lacking), "")


def place_of(task: Task) -> Place:
    """A task of `in_order` as the domain sees it."""
    return Place(
        is_target=task.account.is_target,
        urgency=task.urgency,
        due_at=task.due_at,
        score=getattr(task, "score_now", 0.0),
        id=task.pk,
    )


def rows_of(ids: Sequence[int], *, reader: User, now: datetime) -> list[Row]:
    """These tasks in this order, as drawn; six queries."""
    if not ids:
        return []
    whole = (
        Task.objects.filter(pk__in=ids)
        .annotate(score_now=Coalesce(F("account__state__score"), 0.0, output_field=FloatField()))
        .select_related(
            "account__state", "account__figures", "contact", "claimed_by", "owner",
            "enrollment__play", "enrollment__crossing__threshold", "step_run",
        )
        .defer("enrollment__play__purpose")
        .prefetch_related(
            Prefetch("contact__opt_outs", queryset=ContactOptOut.objects.order_by("channel"))
        )
    )  # fmt: skip
    by_id = {task.pk: task for task in whole}
    tasks = [by_id[pk] for pk in ids if pk in by_id]
    lengths = lengths_of({task.enrollment.version_id for task in tasks if task.enrollment is not None})
    beside = _beside({task.account_id for task in tasks}, now=now)
    warned = warnings_of(tasks, now=now)
    allowed = _allowed(tasks, reader)
    rows = [_row(task, lengths, beside, reader=reader, may_act=task.pk in allowed, now=now) for task in tasks]
    return [replace(row, beside=(*warned.get(row.task.pk, ()), *row.beside)) for row in rows]


def _row(
    task: Task,
    lengths: dict[int, int],
    beside: dict[int, list[tuple[int, int, str]]],
    *,
    reader: User,
    may_act: bool,
    now: datetime,
) -> Row:
    state = getattr(task.account, "state", None)
    holder = task.holder(now)
    holder = None if holder is not None and holder.pk == reader.pk else holder
    others = dict.fromkeys(
        said
        for other, who, said in beside.get(task.account_id, [])
        if other != task.pk and who not in (reader.pk, task.owner_id)
    )
    return Row(
        task=task,
        score=state.score if state else None,
        rise=state.score - state.score_week_ago if state and state.scored_at else None,
        position=task.step_run.position + 1 if task.step_run else 0,
        steps=lengths.get(task.enrollment.version_id, 0) if task.enrollment else 0,
        holder=holder,
        beside=tuple(others),
        may_act=may_act and holder is None,
    )


def _allowed(tasks: Sequence[Task], reader: User) -> set[int]:
    """What of these the reader may work; one's own needs no look."""
    own = {task.pk for task in tasks if task.owner_id == reader.pk}
    others = [task.pk for task in tasks if task.pk not in own]
    if not others:
        return own
    return own | set(Task.objects.editable_by(reader).filter(pk__in=others).values_list("pk", flat=True))


def _beside(accounts: Collection[int], *, now: datetime) -> dict[int, list[tuple[int, int, str]]]:
    """Account -> (task, person, what they do there), for whoever owes or works on something at these accounts."""
    rows = (
        Task.objects.unfinished()
        .filter(account__in=accounts, side__in=("sales", "customer_success"))
        .order_by("due_at", "pk")
        .values_list(
            "account", "pk", "owner", "owner__name", "channel", "claimed_by", "claimed_by__name", "claimed_until"
        )
    )  # fmt: skip
    found: dict[int, list[tuple[int, int, str]]] = {}
    for account, pk, owner, name, channel, by, by_name, until in rows:
        said = found.setdefault(account, [])
        if until is not None and until > now and by_name:
            said.append((pk, by, f"{by_name} is working on this account now"))
        elif len(said) < 3:
            noun = words.CHANNELS.get(channel, "task")
            said.append(
                (
                    pk,
                    owner,
                    f"{name} owes a {noun} here" if noun[0] not in "ae" else f"{name} owes an {noun} here",
                )
            )
    return found


def lengths_of(versions: Iterable[int]) -> dict[int, int]:
    """Version -> number of its steps, without reading their texts."""
    length = Func(F("steps"), function="jsonb_array_length", output_field=IntegerField())
    return dict(PlayVersion.objects.filter(pk__in=set(versions)).annotate(n=length).values_list("pk", "n"))


def crossings_behind(rows: Iterable[Row]) -> set[int]:
    """The crossings that led to the tasks shown."""
    return {
        row.task.enrollment.crossing_id
        for row in rows
        if row.task.enrollment is not None and row.task.enrollment.crossing_id is not None
    }


def reachable(task: Task) -> list[Contact]:
    """Who else at the account this can go to: the 20 most influential who may be contacted that way."""
    channel = task.channel if task.channel in words.DIRECT_CHANNELS else None
    return list(
        Contact.objects.contactable(channel)
        .filter(account=task.account_id)
        .exclude(pk=task.contact_id or 0)
        .order_by(F("influence").desc(nulls_last=True), "name")[:20]
    )
