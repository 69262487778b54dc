"""What is to be decided of cases: every play that they put up, asked on the facts of the account. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.models import Account
from accounts.services.locking import take_turns_of_owners
from plays.domain import decision as deciding
from plays.domain import record
from plays.domain.decision import Candidate, Decided
from plays.domain.facts import AccountFacts
from plays.models import Enrollment
from plays.selectors import evidence, library
from plays.selectors import facts as facts_of
from plays.selectors.facts import Dossier
from plays.selectors.house import House, in_force
from plays.selectors.library import Listed
from plays.services.decision.cases import Case


@dataclass(frozen=True, slots=True)
class Weighed:
    """A case with what was decided, the facts it was decided on, and what begins by it."""

    case: Case
    decided: Decided
    facts: dict[str, Any]
    begun: tuple[tuple[Listed, str], ...] = ()


def weigh(
    cases: Sequence[Case], *, accounts: Mapping[int, Account], house: House, now: datetime
) -> tuple[list[Weighed], dict[int, Dossier]]:
    """What is to be decided of each case, in their order, each seeing what the ones before it begin. Writes nothing.

    Where a play limits what an owner gets in a week, decisions for that owner take turns.
    """
    plays = house.written.plays
    # Most contacts who engage are not the first ones: their count alone says that nothing answers to them.
    counted = {case.account_id for case in cases if _counts_people(case) and _triggered(case, plays)}
    engaged = evidence.engaged_contacts(counted, now=now)
    put_up = [
        (case.account_id, one)
        for case in cases
        for one in _still_triggered(case, _triggered(case, plays), engaged)
    ]
    concerned = {account_id for account_id, _ in put_up}
    limited = {
        pk for pk, one in put_up if one.candidate.definition.throttle.new_per_owner_per_week is not None
    }
    owners = {owner for pk in limited if (owner := accounts[pk].owner_id) is not None}
    if owners:
        take_turns_of_owners(owners)
        house = in_force(now=now)  # whatever has changed while we waited
    rows = [accounts[pk] for pk in sorted(concerned)]
    dossiers = facts_of.dossiers(rows, now=now, house=house)
    return weigh_with(plays, cases, dossiers=dossiers, house=house, now=now), dossiers


def weigh_with(
    plays: Sequence[Listed],
    cases: Sequence[Case],
    *,
    dossiers: Mapping[int, Dossier],
    house: House,
    now: datetime,
) -> list[Weighed]:
    """The same with a library and facts that are given: also for a play that is no more than a draft."""
    engaged = {pk: one.facts.engaged_contacts for pk, one in dossiers.items()}
    put_up = [
        _still_triggered(case, _triggered(case, plays), engaged) if case.account_id in dossiers else []
        for case in cases
    ]
    plays_ranked = _with_yields([one for found in put_up for one in found], now=now)
    ledger = _Ledger(dossiers)
    found = []
    for case, listed in zip(cases, put_up, strict=True):
        if not listed:
            found.append(Weighed(case, Decided(lines=()), {}))
            continue
        facts = ledger.facts(case)
        decided = deciding.decide(
            facts,
            [plays_ranked[one.candidate.slug] for one in listed],
            house.written.policy,
            now=now,
            overridden=case.overridden,
        )
        if decided.chosen is not None and not house.written.people:
            decided = deciding.left_to_nobody(decided)
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


def _counts_people(case: Case) -> bool:
    return case.only is None and case.occasion.kind == "contact_engaged"


def _still_triggered(case: Case, listed: Sequence[Listed], engaged: Mapping[int, int]) -> list[Listed]:
    if not _counts_people(case):
        return list(listed)
    count = engaged.get(case.account_id, 0)
    return [
        one
        for one in listed
        if one.candidate.definition.trigger.is_met_by(case.occasion, engaged_contacts=count)
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
