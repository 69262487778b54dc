"""Decisions: a batch of occasions in, one stored decision each, and what the chosen plays begin with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.choices import Phase
from abmops.work import crash
from abmops.work import services as work
from accounts.domain.phase import SIGNALS_FOR_ENGAGEMENT
from accounts.models import Account, AccountEvent, User
from accounts.services.locking import take_turns_of_owners
from accounts.services.phase import raise_phases
from plays.domain import decision as deciding
from plays.domain import hours, record
from plays.domain.decision import Candidate, Decided
from plays.domain.definition import Occasion
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import Policy
from plays.models import Decision, Enrollment, EnrollmentEvent, StepRun
from plays.selectors import facts as facts_of
from plays.selectors import library
from plays.selectors.facts import Dossier, Evidence
from plays.selectors.library import Listed
from plays.selectors.staff import staff
from plays.services.decision.waiting import wait
from plays.services.enrollment.moving import record_first
from plays.services.enrollment.stepping import Opening, open_all
from plays.services.outbox import announcing
from plays.services.sla import timers
from signals.models import Crossing


@dataclass(frozen=True, slots=True)
class Case:
    """One occasion on one account, to be decided."""

    account_id: int
    occasion: Occasion
    crossing: Crossing | None = None
    event: AccountEvent | None = None
    evidence: Evidence = field(default_factory=Evidence)
    by: User | None = None
    reason: str = ""
    overridden: frozenset[str] = frozenset()
    only: Listed | None = None
    happened_since: frozenset[str] = frozenset()
    ran_since: frozenset[str] = frozenset()

    @property
    def happened(self) -> datetime | None:
        """When it happened; None for a start by hand."""
        if self.crossing is not None:
            return self.crossing.crossed_at
        return self.event.at if self.event is not None else None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A case with what was decided, the facts it was decided on, and what begins by it."""

    case: Case
    decided: Decided
    facts: dict[str, Any]
    begun: tuple[tuple[Listed, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """An enrollment to be made of a decision."""

    decision: Decision
    case: Case
    listed: Listed
    state: str


@transaction.atomic
def decide_crossings(*, crossing_ids: Iterable[int], now: datetime) -> None:
    """Decide what answers to each crossing, once: a crossing that has its decision is left alone.

    All in the caller's transaction and in a fixed number of queries, however many crossings there are.
    """
    crossings = list(
        Crossing.objects.filter(pk__in=set(crossing_ids)).select_related("threshold").order_by("pk")
    )
    accounts = facts_of.lock_accounts({crossing.account_id for crossing in crossings})
    decided = set(
        Decision.objects.filter(crossing__in=[crossing.pk for crossing in crossings]).values_list(
            "crossing", flat=True
        )
    )
    fresh = [crossing for crossing in crossings if crossing.pk not in decided]
    evidence = facts_of.evidence_of({crossing.pk: crossing.evidence for crossing in fresh})
    announcing.crossings_created(fresh, {pk: one.words for pk, one in evidence.items()}, now=now)
    decide([crossing_case(crossing, evidence[crossing.pk]) for crossing in fresh], accounts=accounts, now=now)
    crash.point("decide.before_commit")


def crossing_case(crossing: Crossing, evidence: Evidence) -> Case:
    """A crossing as an occasion."""
    said = f": {evidence.words}" if evidence.words else ""
    return Case(
        account_id=crossing.account_id,
        occasion=Occasion(
            kind="crossing",
            words=f"{crossing.threshold.name}{said}"[:300],
            threshold=crossing.threshold.slug,
            hand_raise=crossing.hand_raise or evidence.hand_raise,
            urgency=crossing.urgency,
            score=crossing.score,
        ),
        crossing=crossing,
        evidence=evidence,
    )


def decide(cases: Sequence[Case], *, accounts: Mapping[int, Account], now: datetime) -> list[Decision]:
    """Decide cases of locked accounts in their order, each seeing what the ones before it began; store all of it.

    Account events that no play answers to leave no decision behind; crossings and starts by hand always do. Where
    every play for it is only held, the occasion waits and is looked at again.
    """
    weighed, dossiers = weigh(cases, accounts=accounts, now=now)
    kept = [one for one in weighed if one.decided.lines or one.case.event is None]
    decisions = [_decision(one, now=now) for one in kept]
    Decision.objects.bulk_create(decisions)
    pairs = list(zip(decisions, kept, strict=True))
    enroll(
        [Begun(decision, one.case, *begun) for decision, one in pairs for begun in one.begun],
        accounts=accounts,
        dossiers=dossiers,
        now=now,
    )
    wait(
        [
            (decision, one.decided, happened)
            for decision, one in pairs
            if (happened := one.case.happened) is not None
        ],
        now=now,
    )
    engaged = {
        pk: one.facts.qualifying_at[-SIGNALS_FOR_ENGAGEMENT]
        for pk, one in dossiers.items()
        if one.facts.qualifying_signals >= SIGNALS_FOR_ENGAGEMENT
    }
    raise_phases(reached={pk: (accounts[pk], Phase.ENGAGEMENT) for pk in engaged}, since=engaged, now=now)
    return decisions


def weigh(
    cases: Sequence[Case], *, accounts: Mapping[int, Account], now: datetime
) -> tuple[list[Weighed], dict[int, Dossier]]:
    """What is to be decided of each case, in their order, each seeing what the ones before it begin. Writes nothing.

    Where a play limits what an owner gets in a week, decisions for that owner take turns.
    """
    plays = library.considered()
    put_up = [(case.account_id, one) for case in cases for one in _triggered(case, plays)]
    concerned = {account_id for account_id, _ in put_up}
    limited = {
        pk for pk, one in put_up if one.candidate.definition.throttle.new_per_owner_per_week is not None
    }
    take_turns_of_owners(owner for pk in limited if (owner := accounts[pk].owner_id) is not None)
    policy = facts_of.policy()
    rows = [accounts[pk] for pk in sorted(concerned)]
    dossiers = facts_of.dossiers(rows, now=now, policy=policy) if concerned else {}
    return weigh_with(plays, cases, dossiers=dossiers, policy=policy, now=now), dossiers


def weigh_with(
    plays: Sequence[Listed],
    cases: Sequence[Case],
    *,
    dossiers: Mapping[int, Dossier],
    policy: Policy,
    now: datetime,
) -> list[Weighed]:
    """The same with a library and facts that are given: also for a play that is no more than a draft."""
    put_up = [_triggered(case, plays) for case in cases]
    plays_ranked = _with_yields([one for found in put_up for one in found], now=now)
    ledger = _Ledger(dossiers)
    found = []
    for index, case in enumerate(cases):
        listed = _still_triggered(case, put_up[index], dossiers)
        if not listed:
            found.append(Weighed(case, Decided(lines=()), {}))
            continue
        facts = ledger.facts(case)
        decided = deciding.decide(
            facts,
            [plays_ranked[one.candidate.slug] for one in listed],
            policy,
            now=now,
            overridden=case.overridden,
        )
        by_slug = {one.candidate.slug: one for one in listed}
        begun = [(by_slug[slug], str(Enrollment.State.HOLDOUT)) for slug in decided.new_holdouts]
        for held, _ in begun:
            ledger.hold_out(case.account_id, held, now)
        if decided.chosen is not None:
            begun.append((by_slug[decided.chosen], str(Enrollment.State.WAITING)))
            ledger.start(case.account_id, by_slug[decided.chosen], now)
        found.append(Weighed(case, decided, record.facts_of(facts, case.occasion), tuple(begun)))
    return found


def _triggered(case: Case, plays: Sequence[Listed]) -> list[Listed]:
    """The plays that the occasion puts up, before it is known how many contacts engaged."""
    if case.only is not None:
        return [case.only]
    return [
        one for one in plays if one.candidate.definition.trigger.is_met_by(case.occasion, engaged_contacts=0)
    ]


def _still_triggered(case: Case, listed: Sequence[Listed], dossiers: Mapping[int, Dossier]) -> list[Listed]:
    if case.only is not None or case.occasion.kind != "contact_engaged" or not listed:
        return list(listed)
    engaged = dossiers[case.account_id].facts.engaged_contacts
    return [
        one
        for one in listed
        if one.candidate.definition.trigger.is_met_by(case.occasion, engaged_contacts=engaged)
    ]


def _with_yields(listed: Sequence[Listed], *, now: datetime) -> dict[str, Candidate]:
    """The candidates; with past yields where two plays share a priority, since only then they matter."""
    by_priority: dict[int, set[int]] = defaultdict(set)
    for one in listed:
        by_priority[one.candidate.definition.priority].add(one.play_id)
    tied = {play for plays in by_priority.values() if len(plays) > 1 for play in plays}
    yields = library.past_yields(tied, now=now)
    return {one.candidate.slug: replace(one.candidate, past_yield=yields.get(one.play_id)) for one in listed}


class _Ledger:
    """The facts as they change while a batch is decided: what one case begins, the next one sees."""

    def __init__(self, dossiers: Mapping[int, Dossier]) -> None:
        self._facts = {account: dossier.facts for account, dossier in dossiers.items()}
        self._new_of_owner: dict[int, int] = defaultdict(int)

    def facts(self, case: Case) -> AccountFacts:
        facts = self._facts[case.account_id]
        return replace(
            facts,
            hand_raised=case.occasion.hand_raise,
            strong_inbound=case.evidence.strong_inbound,
            happened_since=case.happened_since,
            ran_since=case.ran_since,
            owner_new_this_week=facts.owner_new_this_week + self._new_of_owner[facts.owner_id or 0],
        )

    def start(self, account_id: int, listed: Listed, now: datetime) -> None:
        facts = self._facts[account_id]
        if not listed.candidate.first.wait_days:
            facts = replace(
                facts,
                touches_this_week=facts.touches_this_week + 1,
                touch_times=(*facts.touch_times, now),
            )
        live = {**facts.live, listed.candidate.slug: listed.candidate.name}
        self._facts[account_id] = replace(facts, live=live, started_lately=facts.started_lately + 1)
        self._new_of_owner[facts.owner_id or 0] += 1

    def hold_out(self, account_id: int, listed: Listed, now: datetime) -> None:
        facts = self._facts[account_id]
        self._facts[account_id] = replace(facts, held_out={**facts.held_out, listed.candidate.slug: now})


def _decision(weighed: Weighed, *, now: datetime) -> Decision:
    case, decided = weighed.case, weighed.decided
    return Decision(
        account_id=case.account_id,
        crossing=case.crossing,
        event=case.event,
        occasion=case.occasion.words[:300],
        summary=decided.sentence[:300],
        candidates=[line.as_json() for line in decided.lines],
        facts=weighed.facts,
        by=case.by,
        reason=case.reason,
        overridden=sorted(case.overridden),
        made_at=now,
    )


def _depth(begun: Begun, dossiers: Mapping[int, Dossier]) -> int:
    """One more than the longest chain that led here; a start by hand is a start of its own."""
    return 1 if begun.case.by is not None else dossiers[begun.case.account_id].facts.chain + 1


def enroll(
    begun: Sequence[Begun],
    *,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    now: datetime,
) -> None:
    """Enroll what was chosen or held out, with the first step open at once or waiting."""
    if not begun:
        return
    enrollments = [
        Enrollment(
            account_id=one.case.account_id,
            play_id=one.listed.play_id,
            version_id=one.listed.version_id,
            state=one.state,
            held_out=one.state == Enrollment.State.HOLDOUT,
            urgency=one.case.occasion.urgency,
            decision=one.decision,
            crossing=one.case.crossing,
            event=one.case.event,
            contact_id=one.case.evidence.contact_id,
            owner_id=accounts[one.case.account_id].owner_id,
            why=one.case.occasion.words[:300],
            hand_raised=one.case.occasion.hand_raise,
            strong_inbound=one.case.evidence.strong_inbound,
            overridden=sorted(one.case.overridden),
            depth=_depth(one, dossiers),
            enrolled_at=now,
        )
        for one in begun
    ]
    Enrollment.objects.bulk_create(enrollments)
    EnrollmentEvent.objects.bulk_create(record_first(enrollments, now=now))
    announcing.enrollments_created(enrollments, now=now)
    starting = [
        (enrollment, one.listed.candidate.definition)
        for enrollment, one in zip(enrollments, begun, strict=True)
        if enrollment.state == Enrollment.State.WAITING
    ]
    if not starting:
        return
    people = staff(now=now)
    runs = []
    for enrollment, definition in starting:
        first = definition.steps[0]
        opens_at = hours.after_wait(now, first.wait, people.calendar(enrollment.owner_id))
        runs.append(StepRun(enrollment=enrollment, key=first.key, position=0, opens_at=opens_at))
    StepRun.objects.bulk_create(runs)
    pairs = list(zip(runs, starting, strict=True))
    work.put_many([timers.step_due(run) for run, _ in pairs if run.opens_at > now])
    open_all(
        [
            Opening(run, enrollment, definition)
            for run, (enrollment, definition) in pairs
            if run.opens_at <= now
        ],
        accounts=accounts,
        now=now,
        dossiers=dossiers,
        people=people,
    )
