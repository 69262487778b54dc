"""The past once more through the same decision: what a play would have started, had it been live then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from accounts.domain.course import Course
from plays.domain import decision as deciding
from plays.domain.decision import Considered
from plays.domain.definition import Occasion
from plays.domain.facts import WEEK, AccountFacts
from plays.domain.guardrails import Policy
from plays.domain.history import History, Run
from plays.domain.projection import planned_steps
from plays.domain.rules import Candidate


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
    """Runs as they would stand: the real ones of other plays, and the simulated ones of this play.

    `real`: by account and occasion, the runs that this play really had. `winners`: by occasion, what really started.
    `causes`: the occasions on which this play runs in the replay, or ran before it.
    """

    slug: str
    since: datetime
    runs: dict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    new_of_owner: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    real: dict[tuple[int, tuple[str, int]], Run] = field(default_factory=dict)
    winners: dict[tuple[str, int], Run] = field(default_factory=dict)
    causes: set[tuple[str, int]] = field(default_factory=set)

    def take_in(self, account_id: int, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.cause is not None and run.slug == self.slug:
                self.real[account_id, run.cause] = run
            elif run.cause is not None and not run.held_out:
                self.winners[run.cause] = run
            if run.slug != self.slug or run.begins < self.since:
                self.add(account_id, run)

    def add(self, account_id: int, run: Run) -> None:
        self.runs[account_id].append(run)
        if not run.held_out and run.owner_id is not None:
            self.new_of_owner[run.owner_id].append(run.begins)
        if not run.held_out and run.cause is not None and run.slug == self.slug:
            self.causes.add(run.cause)

    def new_this_week(self, owner_id: int | None, at: datetime, *, but: Run | None) -> int:
        """Plays that began for an owner in the week before, but one that answers to the same occasion."""
        found = sum(at - WEEK < begun <= at for begun in self.new_of_owner.get(owner_id or 0, ()))
        return found - (but is not None and but.owner_id == owner_id and at - WEEK < but.begins <= at)


def replay(
    candidates: Course[Candidate],
    happenings: Sequence[Happening],
    histories: Mapping[int, History],
    policies: Course[Policy],
    *,
    since: datetime,
    elsewhere: Iterable[tuple[int, datetime]] = (),
) -> list[Replayed]:
    """What the decision says of each happening in order of time, each seeing what the ones before would have begun.

    Real runs of this play that began in the window are put aside: the simulated ones take their place. A simulated
    run lasts as long as the real one of the same occasion did, where there was one; else its planned length, unless
    something that ends it came before. Where another play really started on the occasion, rank settles it.
    `elsewhere`: (owner, moment) of runs that began on accounts that are not replayed.
    """
    definition = candidates.last.definition
    is_limited = definition.throttle.new_per_owner_per_week is not None
    ledger = _Ledger(candidates.last.slug, since)
    for account_id, history in histories.items():
        ledger.take_in(account_id, history.runs)
    for owner_id, begun in elsewhere:
        ledger.new_of_owner[owner_id].append(begun)
    found = []
    for happening in sorted(happenings, key=lambda one: (one.at, one.cause)):
        at, candidate, policy = happening.at, candidates.at(happening.at), policies.at(happening.at)
        history = histories[happening.account_id]
        winner = ledger.winners.get(happening.cause)
        runs = [run for run in ledger.runs[happening.account_id] if run is not winner]
        facts = history.facts_at(at, runs, causes=ledger.causes, qualifying_days=policy.qualifying_days)
        if not definition.trigger.is_met_by(happening.occasion, engaged_contacts=facts.engaged_contacts):
            continue
        facts = replace(
            facts,
            hand_raised=happening.occasion.hand_raise,
            strong_inbound=happening.strong_inbound,
            owner_new_this_week=ledger.new_this_week(facts.owner_id, at, but=winner) if is_limited else 0,
        )
        line = _against(winner, deciding.decide(facts, [candidate], policy, now=at).lines[0])
        ends = None
        if line.verdict == "chosen" or (line.verdict == "holdout" and line.new):
            run = _simulated(candidate, happening, history, facts, ledger.real)
            ends = None if line.verdict == "holdout" else run.ends
            ledger.add(happening.account_id, replace(run, held_out=line.verdict == "holdout", ends=ends))
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


def _against(winner: Run | None, line: Considered) -> Considered:
    """What is said where another play really started on the occasion: it goes first where its priority is higher."""
    if winner is None or line.verdict != "chosen" or winner.priority <= line.priority:
        return line
    said = f"{winner.name} went first: priority {winner.priority} against {line.priority}."
    return replace(line, verdict="held", rule="priority", sentence=said)


def _simulated(
    candidate: Candidate,
    happening: Happening,
    history: History,
    facts: AccountFacts,
    real: Mapping[tuple[int, tuple[str, int]], Run],
) -> Run:
    lived = real.get((happening.account_id, happening.cause))
    if lived is not None and not lived.held_out:
        ends, done = lived.ends, lived.done
    else:
        steps = [happening.at + finished for _, finished in planned_steps(candidate.definition)]
        stopped = history.exit_after(happening.at, candidate.definition)
        ends = min(steps[-1], stopped) if stopped is not None else steps[-1]
        done = tuple(moment for moment in steps if moment <= ends)
    return Run(
        slug=candidate.slug,
        name=candidate.name,
        begins=happening.at,
        ends=ends,
        owner_id=facts.owner_id,
        priority=candidate.definition.priority,
        cause=happening.cause,
        depth=facts.chain + 1,
        done=done,
    )
