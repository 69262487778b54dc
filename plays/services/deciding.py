"""Decisions: a batch of occasions in, one stored decision each, and what the chosen plays begin with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Phase
from abmops.work import crash
from abmops.work import services as work
from accounts.domain.phase import SIGNALS_FOR_ENGAGEMENT
from accounts.models import Account, AccountEvent, User
from accounts.services.phase import raise_phases
from plays.domain import decision as deciding
from plays.domain import hours
from plays.domain.decision import Candidate, Decided
from plays.domain.definition import Occasion
from plays.domain.facts import AccountFacts
from plays.models import Decision, Enrollment, EnrollmentEvent, StepRun
from plays.selectors import facts as facts_of
from plays.selectors import library
from plays.selectors.facts import Dossier, Evidence
from plays.selectors.library import Listed
from plays.selectors.staff import staff
from plays.services import timers
from plays.services.moving import record_first
from plays.services.stepping import Opening, open_all
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
    decide(
        [_crossing_case(crossing, evidence[crossing.pk]) for crossing in fresh], accounts=accounts, now=now
    )
    crash.point("decide.before_commit")


def _crossing_case(crossing: Crossing, evidence: Evidence) -> Case:
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

    Account events that no play answers to leave no decision behind; crossings and starts by hand always do.
    """
    plays = library.considered()
    put_up = {index: _triggered(case, plays) for index, case in enumerate(cases)}
    concerned = {case.account_id for index, case in enumerate(cases) if put_up[index]}
    dossiers = facts_of.dossiers([accounts[pk] for pk in sorted(concerned)], now=now) if concerned else {}
    plays_ranked = _with_yields([one for found in put_up.values() for one in found], now=now)
    ledger = _Ledger(dossiers)
    decisions: list[Decision] = []
    chosen: list[tuple[Decision, Case, Listed, str]] = []
    for index, case in enumerate(cases):
        listed = _still_triggered(case, put_up[index], dossiers)
        if not listed and case.event is not None:
            continue
        decided = Decided(lines=())
        if listed:
            decided = deciding.decide(
                ledger.facts(case),
                [plays_ranked[one.candidate.slug] for one in listed],
                facts_of.policy(),
                now=now,
                overridden=case.overridden,
            )
        decision = _decision(case, decided, now=now)
        decisions.append(decision)
        by_slug = {one.candidate.slug: one for one in listed}
        for slug in decided.new_holdouts:
            chosen.append((decision, case, by_slug[slug], Enrollment.State.HOLDOUT))
            ledger.hold_out(case.account_id, by_slug[slug], now)
        if decided.chosen is not None:
            chosen.append((decision, case, by_slug[decided.chosen], Enrollment.State.WAITING))
            ledger.start(case.account_id, by_slug[decided.chosen])
    Decision.objects.bulk_create(decisions)
    _enroll(chosen, accounts=accounts, dossiers=dossiers, now=now)
    engaged = [pk for pk, one in dossiers.items() if one.facts.qualifying_signals >= SIGNALS_FOR_ENGAGEMENT]
    raise_phases(reached={pk: (accounts[pk], Phase.ENGAGEMENT) for pk in engaged}, now=now)
    return decisions


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
            owner_new_this_week=facts.owner_new_this_week + self._new_of_owner[facts.owner_id or 0],
        )

    def start(self, account_id: int, listed: Listed) -> None:
        facts = self._facts[account_id]
        live = {**facts.live, listed.candidate.slug: listed.candidate.name}
        self._facts[account_id] = replace(facts, live=live)
        self._new_of_owner[facts.owner_id or 0] += 1

    def hold_out(self, account_id: int, listed: Listed, now: datetime) -> None:
        facts = self._facts[account_id]
        self._facts[account_id] = replace(facts, held_out={**facts.held_out, listed.candidate.slug: now})


def _decision(case: Case, decided: Decided, *, now: datetime) -> Decision:
    return Decision(
        account_id=case.account_id,
        crossing=case.crossing,
        event=case.event,
        occasion=case.occasion.words[:300],
        summary=decided.sentence[:300],
        candidates=[line.as_json() for line in decided.lines],
        by=case.by,
        reason=case.reason,
        overridden=sorted(case.overridden),
        made_at=now,
    )


def _enroll(
    chosen: Sequence[tuple[Decision, Case, Listed, str]],
    *,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    now: datetime,
) -> None:
    """Enroll what was chosen or held out, with the first step open at once or waiting."""
    if not chosen:
        return
    enrollments = [
        Enrollment(
            account_id=case.account_id,
            play_id=listed.play_id,
            version_id=listed.version_id,
            state=state,
            held_out=state == Enrollment.State.HOLDOUT,
            urgency=case.occasion.urgency,
            decision=decision,
            crossing=case.crossing,
            event=case.event,
            contact_id=case.evidence.contact_id,
            owner_id=accounts[case.account_id].owner_id,
            why=case.occasion.words[:300],
            hand_raised=case.occasion.hand_raise,
            strong_inbound=case.evidence.strong_inbound,
            overridden=sorted(case.overridden),
            enrolled_at=now,
        )
        for decision, case, listed, state in chosen
    ]
    Enrollment.objects.bulk_create(enrollments)
    EnrollmentEvent.objects.bulk_create(record_first(enrollments, now=now))
    begun = [
        (enrollment, listed.candidate.definition)
        for enrollment, (_, _, listed, _) in zip(enrollments, chosen, strict=True)
        if enrollment.state == Enrollment.State.WAITING
    ]
    if not begun:
        return
    people = staff(now=now)
    runs = []
    for enrollment, definition in begun:
        first = definition.steps[0]
        opens_at = hours.after_wait(now, first.wait, people.calendar(enrollment.owner_id))
        runs.append(StepRun(enrollment=enrollment, key=first.key, position=0, opens_at=opens_at))
    StepRun.objects.bulk_create(runs)
    pairs = list(zip(runs, begun, strict=True))
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
