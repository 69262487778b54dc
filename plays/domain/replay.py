"""The past once more through the same decision: what a play would have started, had it been live then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count

from accounts.domain.course import Course
from plays.domain import decision as deciding
from plays.domain.decision import Considered
from plays.domain.definition import Occasion
from plays.domain.facts import WEEK, AccountFacts
from plays.domain.guardrails import Policy
from plays.domain.history import Cause, History, Promise, Run, is_before
from plays.domain.projection import planned_steps
from plays.domain.rules import Candidate

Began = tuple[datetime, Cause | None]
"""When a run began, and by which occasion."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an account and that the play answers to.

    `since`: where it is asked about again, when it was asked about first.
    """

    at: datetime
    account_id: int
    occasion: Occasion
    cause: Cause
    strong_inbound: bool = False
    since: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Follow:
    """How long what is held is followed: for `longest` after it happened, and not beyond `until`."""

    longest: timedelta
    until: datetime

    def look(self, happening: Happening, line: Considered) -> Happening | None:
        """The same happening, asked about again when its hold lifts; None where that is not known or too late."""
        first = happening.since or happening.at
        if line.until is None or not happening.at < line.until < min(first + self.longest, self.until):
            return None
        return replace(happening, at=line.until, since=first)


@dataclass(slots=True)
class _Ledger:
    """Runs as they would stand: the real ones of other plays and by hand, and the simulated ones of this play.

    `real`: by account and occasion, the runs that this play really had. `winners`: by occasion, what really started.
    `causes`: the occasions on which this play runs in the replay, or ran before it. `planned`: what simulated runs
    that never were would have asked of the account.
    """

    slug: str
    since: datetime
    runs: dict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    new_of_owner: dict[int, list[Began]] = field(default_factory=lambda: defaultdict(list))
    real: dict[tuple[int, Cause], Run] = field(default_factory=dict)
    winners: dict[Cause, Run] = field(default_factory=dict)
    causes: set[Cause] = field(default_factory=set)
    planned: dict[int, list[Promise]] = field(default_factory=lambda: defaultdict(list))

    def take_in(self, account_id: int, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.cause is not None and run.slug == self.slug:
                self.real[account_id, run.cause] = run
            elif run.cause is not None and not run.held_out:
                self.winners[run.cause] = run
            if run.slug != self.slug or run.cause is None or run.begins < self.since:
                self.add(account_id, run)

    def add(self, account_id: int, run: Run) -> None:
        self.runs[account_id].append(run)
        if not run.held_out and run.owner_id is not None:
            self.new_of_owner[run.owner_id].append((run.begins, run.cause))
        if not run.held_out and run.cause is not None and run.slug == self.slug:
            self.causes.add(run.cause)

    def runs_at(self, happening: Happening) -> list[Run]:
        """The runs of an account as the decision on this occasion saw them: without what it begins itself."""
        at, asked = happening.at, happening.cause
        return [
            run
            for run in self.runs[happening.account_id]
            if run.cause is None or (run.cause != asked and is_before(run.begins, run.cause, at, asked))
        ]

    def new_this_week(self, owner_id: int | None, happening: Happening) -> int:
        """Plays that had begun for an owner in the week before, without what this occasion begins itself."""
        at, asked = happening.at, happening.cause
        return sum(
            at - WEEK < begun <= at and by != asked and (by is None or is_before(begun, by, at, asked))
            for begun, by in self.new_of_owner.get(owner_id or 0, ())
        )

    def start(
        self, happening: Happening, line: Considered, history: History, facts: AccountFacts, of: Candidate
    ) -> Run:
        """Begin what the decision chose or holds out; a run lasts as long as the real one did, else as planned."""
        lived = self.real.get((happening.account_id, happening.cause))
        done: tuple[datetime, ...] = ()
        ends: datetime | None = None
        if line.verdict == "holdout":
            pass
        elif lived is not None and not lived.held_out:
            ends, done = lived.ends, lived.done
        else:
            steps = [
                (happening.at + opens, happening.at + due) for opens, due in planned_steps(of.definition)
            ]
            stopped = history.exit_after(happening.at, of.definition)
            ends = min(steps[-1][1], stopped) if stopped is not None else steps[-1][1]
            done = tuple(due for _, due in steps if due <= ends)
            self.planned[happening.account_id] += [
                Promise(opens, due, None if due <= ends else ends, began=happening.cause)
                for opens, due in steps
                if opens < ends
            ]
        run = Run(
            slug=of.slug,
            name=of.name,
            begins=happening.at,
            ends=ends,
            held_out=line.verdict == "holdout",
            owner_id=facts.owner_id,
            priority=of.definition.priority,
            cause=happening.cause,
            depth=facts.chain + 1,
            done=done,
        )
        self.add(happening.account_id, run)
        return run


def replay(
    candidates: Course[Candidate],
    happenings: Sequence[Happening],
    histories: Mapping[int, History],
    policies: Course[Policy],
    *,
    since: datetime,
    elsewhere: Iterable[tuple[int, Began]] = (),
    follow: Follow | None = None,
) -> list[Replayed]:
    """What the decision says of each happening in order of time, each seeing what the ones before would have begun.

    Real runs of this play that began in the window by themselves are put aside: the simulated ones take their place.
    What was held is asked about again where it really was and started; with `follow`, for a play that never ran, when
    its hold lifted by itself. Where another play really started on the occasion, rank settles it. `elsewhere`: by
    owner, what began on accounts that are not replayed.
    """
    definition = candidates.last.definition
    is_limited = definition.throttle.new_per_owner_per_week is not None
    ledger = _Ledger(candidates.last.slug, since)
    for account_id, history in histories.items():
        ledger.take_in(account_id, history.runs)
    for owner_id, begun in elsewhere:
        ledger.new_of_owner[owner_id].append(begun)
    found = []
    held: set[tuple[int, Cause]] = set()
    number = count()
    ahead = [(one.at, one.cause, next(number), one) for one in (*happenings, *_again(happenings, ledger))]
    heapify(ahead)
    while ahead:
        happening = heappop(ahead)[-1]
        key = (happening.account_id, happening.cause)
        if happening.since is not None and key not in held:
            continue
        at, candidate, policy = happening.at, candidates.at(happening.at), policies.at(happening.at)
        history, winner = histories[happening.account_id], ledger.winners.get(happening.cause)
        runs = ledger.runs_at(happening)
        facts = history.facts_at(
            at,
            runs,
            asked=happening.cause,
            causes=ledger.causes,
            planned=ledger.planned[happening.account_id],
            qualifying_days=policy.qualifying_days,
        )
        if not definition.trigger.is_met_by(happening.occasion, engaged_contacts=facts.engaged_contacts):
            continue
        facts = replace(
            facts,
            hand_raised=happening.occasion.hand_raise,
            strong_inbound=happening.strong_inbound,
            owner_new_this_week=ledger.new_this_week(facts.owner_id, happening) if is_limited else 0,
        )
        if happening.since is not None:
            first = happening.since
            ran = frozenset(run.slug for run in runs if run.begins >= first and not run.held_out)
            facts = replace(facts, happened_since=history.exits_between(first, at), ran_since=ran)
        line = _against(winner, deciding.decide(facts, [candidate], policy, now=at).lines[0])
        begun_run = None
        if line.verdict == "chosen" or (line.verdict == "holdout" and line.new):
            begun_run = ledger.start(happening, line, history, facts, candidate)
        if line.verdict == "held":
            held.add(key)
            look = follow.look(happening, line) if follow is not None and winner is None else None
            if look is not None:
                heappush(ahead, (look.at, look.cause, next(number), look))
            if follow is not None and happening.since is not None:
                continue  # held still: it is told once
        found.append(
            Replayed(
                happening=happening,
                line=line,
                facts=facts,
                ends=begun_run.ends if begun_run is not None else None,
                beside=tuple(sorted(facts.live.values())) if line.verdict == "chosen" else (),
                instead_of=winner.name if winner is not None and line.verdict == "chosen" else "",
            )
        )
    return found


def _again(happenings: Iterable[Happening], ledger: _Ledger) -> list[Happening]:
    """What really began this play only when it was asked about again, at the moment when it did."""
    found = []
    for one in happenings:
        real = ledger.real.get((one.account_id, one.cause))
        if real is not None and real.begins > one.at:
            found.append(replace(one, at=real.begins, since=one.at))
    return found


def _against(winner: Run | None, line: Considered) -> Considered:
    """What is said where another play really started on the occasion: it goes first where its priority is higher."""
    if winner is None or line.verdict != "chosen" or winner.priority <= line.priority:
        return line
    said = f"{winner.name} went first: priority {winner.priority} against {line.priority}."
    return replace(line, verdict="held", rule="priority", sentence=said)
