"""What the library, play, enrollment and account pages show of plays."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Max, Prefetch, Q, When

from accounts.models import Account, User
from plays.domain import enrollment as life
from plays.domain import sentences
from plays.domain.definition import PlayDefinition, Step
from plays.models import Decision, Delivery, Enrollment, Play, StepRun, Task
from plays.selectors import library
from plays.selectors.library import definition_of, names


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of the sequence as drawn."""

    number: int
    step: Step
    sentence: str
    variants: tuple[tuple[str, str], ...]
    open: int = 0
    done: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A play as the library shows it."""

    play: Play
    trigger: str
    audience: str
    exits: str
    contract: str
    throttle: str
    steps: tuple[FlowStep, ...]
    live: int
    stalled: int
    finished: int
    held_out: int
    reached: int
    passed: int

    @property
    def past_yield(self) -> float | None:
        """Share of the finished windows with the outcome; None without any."""
        return self.reached / self.passed if self.passed else None


def library_for(user: User, *, now: datetime) -> list[Shown]:
    """Every play with its figures, active ones first; three queries."""
    plays = list(Play.objects.visible_to(user).select_related("current", "owner"))
    order = {"active": 0, "paused": 1, "draft": 2, "retired": 3}
    plays.sort(
        key=lambda play: (order[play.status], -(play.current.priority if play.current else 0), play.name)
    )
    return _shown(plays, now=now)


def play_for(user: User, pk: int, *, now: datetime) -> Shown | None:
    """One play with its figures and how far its enrollments got, step by step."""
    play = Play.objects.visible_to(user).select_related("current", "owner").filter(pk=pk).first()
    if play is None:
        return None
    funnel: dict[str, dict[str, int]] = defaultdict(dict)
    rows = (
        StepRun.objects.filter(enrollment__play=play)
        .values("key", "state")
        .annotate(n=Count("pk"))
        .order_by()
    )
    for row in rows:
        funnel[row["key"]][row["state"]] = row["n"]
    return _shown([play], now=now, funnel=funnel)[0]


def _shown(
    plays: Sequence[Play], *, now: datetime, funnel: dict[str, dict[str, int]] | None = None
) -> list[Shown]:
    states: dict[int, dict[str, int]] = defaultdict(dict)
    rows = (
        Enrollment.objects.filter(play__in=plays).values("play", "state").annotate(n=Count("pk")).order_by()
    )
    for row in rows:
        states[row["play"]][row["state"]] = row["n"]
    results = library.results([play.pk for play in plays], now=now)
    called = names()
    return [_one(play, states[play.pk], results.get(play.pk, (0, 0)), funnel or {}, called) for play in plays]


def _one(
    play: Play,
    states: dict[str, int],
    result: tuple[int, int],
    funnel: dict[str, dict[str, int]],
    called: sentences.Names,
) -> Shown:
    definition = definition_of(play.current) if play.current else None
    passed, reached = result
    return Shown(
        play=play,
        trigger=sentences.trigger_sentence(definition.trigger, called) if definition else "",
        audience=sentences.audience_sentence(definition.audience, called) if definition else "",
        exits=sentences.exits_sentence(definition.exits) if definition else "",
        contract=sentences.contract_sentence(definition) if definition else "",
        throttle=sentences.throttle_sentence(definition) if definition else "",
        steps=flow_of(definition, funnel) if definition else (),
        live=sum(states.get(state, 0) for state in life.LIVE),
        stalled=states.get(life.STALLED, 0),
        finished=sum(states.get(state, 0) for state in life.FINISHED),
        held_out=states.get(life.HOLDOUT, 0),
        reached=reached,
        passed=passed,
    )


def flow_of(definition: PlayDefinition, funnel: dict[str, dict[str, int]]) -> tuple[FlowStep, ...]:
    """The sequence, each step with how many enrollments stand at it and passed it."""
    return tuple(
        FlowStep(
            number=number,
            step=step,
            sentence=sentences.step_sentence(step),
            variants=tuple(
                (persona.replace("_", " ").title(), text) for persona, text in step.variants.items()
            ),
            open=funnel.get(step.key, {}).get("open", 0) + funnel.get(step.key, {}).get("pending", 0),
            done=funnel.get(step.key, {}).get("done", 0),
            skipped=funnel.get(step.key, {}).get("skipped", 0),
        )
        for number, step in enumerate(definition.steps, start=1)
    )


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of an enrollment: what happened with it, or what is still to come."""

    number: int
    step: Step
    sentence: str
    state: str
    run: StepRun | None
    task: Task | None
    delivery: Delivery | None = None
    holder: User | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """An enrollment with its steps."""

    enrollment: Enrollment
    steps: tuple[RunStep, ...]
    position: int

    @property
    def current(self) -> RunStep | None:
        """The step that is open or waited for."""
        return next((step for step in self.steps if step.state in ("open", "pending")), None)


def with_steps() -> Any:
    """Enrollments ready to be drawn."""
    runs = StepRun.objects.select_related(
        "task__owner", "task__contact", "task__claimed_by", "delivery__endpoint"
    ).order_by("position", "cycle")
    return Enrollment.objects.select_related(
        "account",
        "play",
        "version",
        "decision__by",
        "decision__waiting",
        "crossing__threshold",
        "event",
        "owner",
        "contact",
        "handed_to",
    ).prefetch_related(Prefetch("step_runs", runs), "decision__attempts")


def life_of(enrollment: Enrollment, *, now: datetime | None = None) -> Life:
    """The steps of an enrollment of `with_steps`, without a query; with `now` also who is working on a task then."""
    definition = definition_of(enrollment.version)
    runs: dict[str, StepRun] = {run.key: run for run in enrollment.step_runs.all()}
    steps = []
    position = 0
    for number, step in enumerate(definition.steps, start=1):
        run = runs.get(step.key)
        task = getattr(run, "task", None) if run else None
        state = run.state if run else "not reached" if enrollment.finished_at else "ahead"
        if state in ("open", "pending", "done", "skipped"):
            position = number
        steps.append(
            RunStep(
                number=number,
                step=step,
                sentence=sentences.step_sentence(step),
                state=state,
                run=run,
                task=task,
                delivery=getattr(run, "delivery", None) if run else None,
                holder=task.holder(now) if task is not None and now is not None else None,
            )
        )
    return Life(enrollment=enrollment, steps=tuple(steps), position=position)


def stamp_of(pk: int, *, now: datetime) -> str:
    """What changes whenever the page of an enrollment would look otherwise, time's passing apart; two queries."""
    whole = Enrollment.objects.filter(pk=pk).values_list(
        "state", "version", "handed_to", "stalled_at", Max("events__pk"), Count("overrides", distinct=True)
    )
    steps = StepRun.objects.filter(enrollment=pk).order_by("pk").values_list(
        "state", "held", "opens_at", "stopped_at", "delivery__state", "delivery__next_at",
        "task__state", "task__owner", "task__due_at", "task__stopped_at", "task__breached_at", "task__title",
        Case(When(task__claimed_until__gt=now, then="task__claimed_by")),
    )  # fmt: skip
    return hashlib.blake2s(repr([*whole, *steps]).encode(), digest_size=8).hexdigest()


def lives_on(account: Account, user: User) -> list[Life]:
    """What runs on an account now, newest first."""
    rows: Iterable[Enrollment] = with_steps().visible_to(user).live().filter(account=account)
    return [life_of(enrollment) for enrollment in rows]


def turned_down_on(account: Account, user: User, *, limit: int = 3) -> list[Decision]:
    """The newest decisions on an account that began nothing: why not, and why not yet."""
    return list(
        Decision.objects.visible_to(user)
        .filter(account=account)
        .select_related("by", "waiting")
        .prefetch_related("attempts")
        .annotate(begun=Count("enrollments", filter=~Q(enrollments__state="holdout")))
        .filter(begun=0)
        .order_by("-made_at")[:limit]
    )
