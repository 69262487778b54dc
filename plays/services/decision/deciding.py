"""Decisions: a batch of occasions in, one stored decision each, and what the chosen plays begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Phase
from abmops.work import crash
from accounts.domain.phase import SIGNALS_FOR_ENGAGEMENT
from accounts.models import Account
from accounts.services import storing
from accounts.services.phase import raise_phases
from plays.models import Decision
from plays.selectors import facts as facts_of
from plays.selectors.evidence import evidence_of
from plays.selectors.house import House, in_force
from plays.services.decision.cases import Case, crossing_case
from plays.services.decision.enrolling import Begun, enroll
from plays.services.decision.waiting import wait
from plays.services.decision.weighing import Weighed, weigh
from plays.services.outbox import announcing
from signals.models import Crossing


@transaction.atomic(savepoint=False)
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
    evidence = evidence_of({crossing.pk: crossing.evidence for crossing in fresh})
    house = in_force(now=now)
    said = {pk: one.words for pk, one in evidence.items()}
    announcing.crossings_created(fresh, said, now=now, heard=house.heard)
    cases = [crossing_case(crossing, evidence[crossing.pk]) for crossing in fresh]
    decide(cases, accounts=accounts, house=house, now=now)
    crash.point("decide.before_commit")


def decide(
    cases: Sequence[Case], *, accounts: Mapping[int, Account], house: House, now: datetime
) -> list[Decision]:
    """Decide cases of locked accounts in their order, each seeing what the ones before it began; store all of it.

    Account events that no play answers to leave no decision behind; crossings and starts by hand always do. Where
    every play for it is only held, the occasion waits and is looked at again.
    """
    weighed, dossiers = weigh(cases, accounts=accounts, house=house, now=now)
    kept = [one for one in weighed if one.decided.lines or one.case.event is None]
    decisions = [_decision(one, now=now) for one in kept]
    storing.insert(decisions, now=now)
    pairs = list(zip(decisions, kept, strict=True))
    enroll(
        [Begun(decision, one.case, *begun) for decision, one in pairs for begun in one.begun],
        accounts=accounts,
        dossiers=dossiers,
        house=house,
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
    if engaged:
        reached = {pk: (accounts[pk], Phase.ENGAGEMENT) for pk in engaged}
        raise_phases(reached=reached, since=engaged, now=now)
    return decisions


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
