"""The past once more through the same decision: what a play would have started, had it been live then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from plays.domain import decision as deciding
from plays.domain import exits
from plays.domain.decision import Considered
from plays.domain.definition import Occasion, PlayDefinition
from plays.domain.facts import AWARENESS, ENDED, ENGAGED, WEEK, AccountFacts, independent
from plays.domain.guardrails import Policy
from plays.domain.people import Someone
from plays.domain.rules import Candidate


@dataclass(frozen=True, slots=True)
class Run:
    """A real enrollment: from when to when, and what began it."""

    slug: str
    name: str
    begins: datetime
    ends: datetime | None
    held_out: bool = False
    owner_id: int | None = None
    priority: int = 50
    cause: tuple[str, int] | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether it ran at that moment."""
        return not self.held_out and self.begins <= at and (self.ends is None or self.ends > at)


@dataclass(frozen=True, slots=True)
class Acted:
    """A signal as the interlocks see it."""

    at: datetime
    type_id: int
    contact_id: int | None
    qualifies: bool


@dataclass(frozen=True, slots=True)
class Made:
    """An outbound touch; `cause` as of a promise."""

    at: datetime
    contact_id: int | None = None
    cause: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A task that somebody owed from `since` until `closed`; it counts as a touch at its due time.

    `cause`: of a task of the replayed play itself, the occasion that began its run.
    """

    since: datetime
    due: datetime
    closed: datetime | None
    contact_id: int | None = None
    cause: tuple[str, int] | None = None

    def counts(self, at: datetime) -> bool:
        """Whether it stood for a touch of the week at that moment."""
        return (
            self.since < at
            and (self.closed is None or self.closed > at)
            and at - WEEK < self.due <= at + WEEK
        )


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one account over time. `tiers`: (from, tier), oldest first; the rest sorted by time.

    `account` carries what is only known as of today: fit, phase, lifecycle, contacts, owner.
    """

    account: AccountFacts
    tiers: tuple[tuple[datetime, int | None], ...] = ()
    touches: tuple[Made, ...] = ()
    marketing: tuple[datetime, ...] = ()
    promises: tuple[Promise, ...] = ()
    signals: tuple[Acted, ...] = ()
    runs: tuple[Run, ...] = ()
    exits: tuple[tuple[datetime, str, tuple[str, ...]], ...] = ()

    def tier_at(self, at: datetime) -> int | None:
        """The tier that held then; None off the list."""
        place = bisect_right(self.tiers, at, key=lambda pair: pair[0])
        return self.tiers[place - 1][1] if place else None

    def reached(self, at: datetime, causes: Collection[tuple[str, int]]) -> list[tuple[int | None, datetime]]:
        """(contact, moment) of the touches that counted at `at`: those of others, and of the runs of these causes."""
        made = self.touches[
            bisect_right(self.touches, at - WEEK, key=_moment) : bisect_right(self.touches, at, key=_moment)
        ]
        found = [(one.contact_id, one.at) for one in made if one.cause is None or one.cause in causes]
        found += [
            (one.contact_id, one.due)
            for one in self.promises
            if one.counts(at) and (one.cause is None or one.cause in causes)
        ]
        return found

    def facts_at(
        self, at: datetime, runs: Sequence[Run], *, causes: Collection[tuple[str, int]], qualifying_days: int
    ) -> AccountFacts:
        """The account as a decision at `at` saw it, with these runs of plays."""
        signals = self.signals[
            bisect_left(self.signals, at - ENGAGED, key=_moment) : bisect_right(self.signals, at, key=_moment)
        ]
        since = at - timedelta(days=qualifying_days)
        qualifying = independent(
            (one.type_id, one.contact_id, one.at) for one in signals if one.qualifies and one.at >= since
        )
        acted = {one.contact_id: one.at for one in signals if one.contact_id is not None}
        reached = self.reached(at, causes)
        first = bisect_left(self.marketing, at - AWARENESS)
        begun = self.marketing[first] if first < len(self.marketing) and self.marketing[first] <= at else None
        ended: dict[str, datetime] = {}
        for run in runs:
            if not run.held_out and run.ends is not None and at - ENDED <= run.ends <= at:
                ended[run.slug] = max(run.ends, ended.get(run.slug, run.ends))
        return replace(
            self.account,
            tier=self.tier_at(at),
            touches_this_week=len(reached),
            touch_times=tuple(sorted(moment for _, moment in reached)),
            people=_people_then(self.account.people, reached, acted),
            awareness_since=begun,
            qualifying_signals=len(qualifying),
            qualifying_at=qualifying,
            engaged_contacts=len(acted),
            live={run.slug: run.name for run in runs if run.is_live(at)},
            ended=ended,
            held_out={run.slug: run.begins for run in runs if run.held_out and run.begins <= at},
        )

    def exit_after(self, begins: datetime, definition: PlayDefinition) -> datetime | None:
        """When the first thing that ends the play happened after it began."""
        for at, _, fulfilled in self.exits:
            if at > begins and exits.first_exit(definition.exits, fulfilled) is not None:
                return at
        return None


def _people_then(
    people: tuple[Someone, ...],
    reached: Sequence[tuple[int | None, datetime]],
    acted: Mapping[int, datetime],
) -> tuple[Someone, ...]:
    """The people with the touches that counted for each and when each had last acted; most had neither."""
    touched: dict[int, list[datetime]] = defaultdict(list)
    for contact, moment in reached:
        if contact is not None:
            touched[contact].append(moment)
    return tuple(
        replace(one, touched=tuple(sorted(touched.get(one.id, ()))), acted_at=acted.get(one.id))
        if one.touched or one.id in touched or one.acted_at or one.id in acted
        else one
        for one in people
    )


def _moment(one: Acted | Made) -> datetime:
    return one.at


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an account and that the play answers to. `cause`: ("crossing" or "event", id)."""

    at: datetime
    account_id: int
    occasion: Occasion
    cause: tuple[str, int]
    strong_inbound: bool = False
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One happening with what the decision says of it. `ends`: of what would have started, when it would have ended.

    `beside`: other plays that ran on the account then. `instead_of`: the play that really started on this occasion.
    """

    happening: Happening
    line: Considered
    facts: AccountFacts
    ends: datetime | None = None
    beside: tuple[str, ...] = ()
    instead_of: str = ""


@dataclass(slots=True)
class _Ledger:
    """Runs as they would stand: the real ones of other plays, and the simulated ones of this play."""

    slug: str
    since: datetime
    runs: dict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    new_of_owner: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def take_in(self, account_id: int, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.slug == self.slug and run.begins >= self.since:
                continue
            self.runs[account_id].append(run)
            if run.owner_id is not None and not run.held_out:
                self.new_of_owner[run.owner_id].append(run.begins)

    def new_this_week(self, owner_id: int | None, at: datetime) -> int:
        return sum(at - WEEK < begun <= at for begun in self.new_of_owner.get(owner_id or 0, ()))


def replay(
    candidate: Candidate,
    happenings: Sequence[Happening],
    histories: Mapping[int, History],
    policy: Policy,
    *,
    since: datetime,
) -> list[Replayed]:
    """What the decision says of each happening in order of time, each seeing what the ones before would have begun.

    Real runs of this play that began in the window are put aside: the simulated ones take their place. A simulated
    run lasts as long as the real one of the same occasion did, where there was one; else its planned length, unless
    something that ends it came before. Where another play really started on the occasion, rank settles it.
    """
    definition = candidate.definition
    ledger = _Ledger(candidate.slug, since)
    real: dict[tuple[int, tuple[str, int]], Run] = {}
    winners: dict[tuple[str, int], Run] = {}
    for account_id, history in histories.items():
        ledger.take_in(account_id, history.runs)
        for run in history.runs:
            if run.cause is None:
                continue
            if run.slug == candidate.slug:
                real[account_id, run.cause] = run
            elif not run.held_out:
                winners[run.cause] = run
    causes: set[tuple[str, int]] = {
        run.cause
        for history in histories.values()
        for run in history.runs
        if run.slug == candidate.slug and run.cause is not None and run.begins < since
    }
    found = []
    for happening in sorted(happenings, key=lambda one: (one.at, one.cause)):
        history = histories[happening.account_id]
        winner = winners.get(happening.cause)
        runs = [run for run in ledger.runs[happening.account_id] if run is not winner]
        facts = history.facts_at(happening.at, runs, causes=causes, qualifying_days=policy.qualifying_days)
        if not definition.trigger.is_met_by(happening.occasion, engaged_contacts=facts.engaged_contacts):
            continue
        facts = replace(
            facts,
            hand_raised=happening.occasion.hand_raise,
            strong_inbound=happening.strong_inbound,
            owner_new_this_week=ledger.new_this_week(facts.owner_id, happening.at),
        )
        (line,) = deciding.decide(facts, [candidate], policy, now=happening.at).lines
        if line.verdict == "chosen" and winner is not None and winner.priority > definition.priority:
            line = replace(
                line,
                verdict="held",
                rule="priority",
                sentence=f"{winner.name} went first: priority {winner.priority} against {definition.priority}.",
            )
        ends = None
        if line.verdict in ("chosen", "holdout") and (line.verdict == "chosen" or line.new):
            run = _simulated(candidate, happening, history, real.get((happening.account_id, happening.cause)))
            held = line.verdict == "holdout"
            ends = None if held else run.ends
            ledger.runs[happening.account_id].append(replace(run, held_out=held, ends=ends))
            if not held:
                causes.add(happening.cause)
            if not held and facts.owner_id is not None:
                ledger.new_of_owner[facts.owner_id].append(happening.at)
        found.append(
            Replayed(
                happening=happening,
                line=line,
                facts=facts,
                ends=ends,
                beside=tuple(sorted(facts.live.values())) if line.verdict == "chosen" else (),
                instead_of=winner.name if winner is not None and line.verdict == "chosen" else "",
            )
        )
    return found


def _simulated(candidate: Candidate, happening: Happening, history: History, real: Run | None) -> Run:
    if real is not None and not real.held_out:
        ends = real.ends
    else:
        planned = happening.at + planned_length(candidate.definition)
        stopped = history.exit_after(happening.at, candidate.definition)
        ends = min(planned, stopped) if stopped is not None else planned
    return Run(slug=candidate.slug, name=candidate.name, begins=happening.at, ends=ends)


def planned_length(definition: PlayDefinition) -> timedelta:
    """How long the play takes when every step is finished when it is due: waits and SLAs, in calendar days."""
    return planned_steps(definition)[-1][1]


def planned_steps(definition: PlayDefinition) -> tuple[tuple[timedelta, timedelta], ...]:
    """Of each step, how long after enrollment it opens and when it is done, at the latest."""
    places = []
    clock = timedelta(0)
    for step in definition.steps:
        days = step.wait_days + step.wait_business_days * 7 / 5
        opens = clock + timedelta(days=days, hours=step.wait_hours)
        clock = opens + timedelta(hours=step.sla_hours)
        places.append((opens, clock))
    return tuple(places)
