"""What a play would ask of people and accounts: touches per account and week, tasks per person and week, clashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Start:
    """An enrollment that would begin. `ends`: known where the past says so. `owner_id`, `tier`: of that moment."""

    account_id: int
    at: datetime
    ends: datetime | None = None
    beside: tuple[str, ...] = ()
    owner_id: int | None = None
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of one start, when it would open."""

    start: Start
    at: datetime
    step: Step

    @property
    def account_id(self) -> int:
        """The account that the step is on."""
        return self.start.account_id


@dataclass(frozen=True, slots=True)
class Touched:
    """A real touch, or a task that another play is owed: what else reaches the account. `play`: whose it is."""

    account_id: int
    at: datetime
    channel: str
    play: str = ""


@dataclass(frozen=True, slots=True)
class Pressure:
    """Touches of one account in one week: this play's, and all others."""

    account_id: int
    week: date
    own: int
    others: int

    @property
    def together(self) -> int:
        """The account's touches in the week: those of this play and those of all others."""
        return self.own + self.others


@dataclass(frozen=True, slots=True)
class Load:
    """Tasks of one person in one week."""

    person_id: int
    week: date
    tasks: int


@dataclass(frozen=True, slots=True)
class Clash:
    """This play beside something else on one account. `day` and `channel` only where both go the same way at once."""

    account_id: int
    sentence: str
    day: date | None = None
    channel: str = ""


def week_of(moment: datetime) -> date:
    """The Monday of the week."""
    day = moment.date()
    return day - timedelta(days=day.weekday())


def planned_steps(definition: PlayDefinition) -> tuple[tuple[timedelta, timedelta], ...]:
    """Of each step, how long after enrollment it opens and when it is done, at the latest: in calendar days."""
    places = []
    clock = timedelta(0)
    for step in definition.steps:
        days = step.wait_days + step.wait_business_days * 7 / 5
        opens = clock + timedelta(days=days, hours=step.wait_hours)
        clock = opens + timedelta(hours=step.sla_hours)
        places.append((opens, clock))
    return tuple(places)


def planned(starts: Iterable[Start], definition: PlayDefinition, *, until: datetime | None) -> list[Planned]:
    """Every step that would open, if each were finished when it is due; none after its run ended or after `until`."""
    places = planned_steps(definition)
    found = []
    for start in starts:
        for step, (opens, _) in zip(definition.steps, places, strict=True):
            at = start.at + opens
            if (start.ends is not None and opens and at >= start.ends) or (until is not None and at >= until):
                break
            found.append(Planned(start, at, step))
    return found


def pressure(steps: Sequence[Planned], others: Iterable[Touched]) -> list[Pressure]:
    """Touches per account and week in which this play has a step, the heaviest first."""
    own: dict[tuple[int, date], int] = defaultdict(int)
    rest: dict[tuple[int, date], int] = defaultdict(int)
    for step in steps:
        own[step.account_id, week_of(step.at)] += 1
    for touch in others:
        rest[touch.account_id, week_of(touch.at)] += 1
    found = [Pressure(account, week, n, rest.get((account, week), 0)) for (account, week), n in own.items()]
    return sorted(found, key=lambda one: (-one.together, one.week, one.account_id))


def load(steps: Sequence[Planned], route: Callable[[Planned], int]) -> list[Load]:
    """Tasks per person and week; `route` says who gets a step."""
    counts: dict[tuple[int, date], int] = defaultdict(int)
    for step in steps:
        counts[route(step), week_of(step.at)] += 1
    return [Load(person, week, n) for (person, week), n in sorted(counts.items())]


def clashes(starts: Iterable[Start], steps: Iterable[Planned], others: Iterable[Touched]) -> list[Clash]:
    """Accounts on which another play runs when this one begins, and days on which both go the same way."""
    found = []
    for start in starts:
        if start.beside:
            run = "runs" if len(start.beside) == 1 else "run"
            there = words.listed(start.beside, joiner="and")
            found.append(Clash(start.account_id, f"{there} {run} there when it begins."))
    by_day: dict[tuple[int, date, str], list[Touched]] = defaultdict(list)
    for touch in others:
        by_day[touch.account_id, touch.at.date(), touch.channel].append(touch)
    seen = set()
    for step in steps:
        key = (step.account_id, step.at.date(), step.step.channel)
        if key in seen or key not in by_day:
            continue
        seen.add(key)
        noun = words.CHANNELS.get(step.step.channel, step.step.channel)
        whose = words.listed(sorted({touch.play or "somebody" for touch in by_day[key]}), joiner="and")
        found.append(
            Clash(
                step.account_id,
                f"“{step.step.name}” and {whose}: the same way ({noun}) on {step.at:%-d %B}.",
                day=step.at.date(),
                channel=step.step.channel,
            )
        )
    return found
