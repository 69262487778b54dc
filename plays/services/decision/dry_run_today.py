"""A dry run on today's list: what happened of late or is true now, against the library as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Account, Opportunity
from plays.domain.definition import Occasion, PlayDefinition
from plays.domain.dry_run import Row, Tried, row_of
from plays.domain.projection import Start
from plays.domain.rules import Candidate
from plays.models import Play
from plays.selectors import facts as facts_of
from plays.selectors import library, replaying
from plays.selectors.evidence import evidence_of
from plays.selectors.house import in_force
from plays.services.decision import happened
from plays.services.decision.cases import Case, crossing_case, event_case
from plays.services.decision.weighing import weigh_with
from signals.models import AccountState

RECENT = timedelta(days=28)
"""How far back today's list is looked at for something that the play answers to."""


def try_today(candidate: Candidate, play: Play | None, *, now: datetime) -> tuple[Tried, dict[int, Account]]:
    """What the play would do now, and the accounts that it was asked for."""
    cases = _cases(candidate.definition, now=now)
    accounts = happened.accounts({case.account_id for case in cases})
    house = in_force(now=now)
    dossiers = facts_of.dossiers(accounts.values(), now=now, house=house)
    listed = [one for one in house.written.plays if play is None or one.play_id != play.pk]
    mine = library.Listed(play_id=play.pk if play else 0, version_id=0, candidate=candidate)
    weighed = weigh_with([*listed, mine], cases, dossiers=dossiers, house=house, now=now)
    rows: list[Row] = []
    starts: list[Start] = []
    for case, one in zip(cases, weighed, strict=True):
        line = next((line for line in one.decided.lines if line.play == candidate.slug), None)
        if line is None:
            continue
        facts = dossiers[case.account_id].facts
        rows.append(row_of(facts, line, at=case.happened or now, why=case.occasion.words))
        if line.verdict == "chosen":
            beside = tuple(sorted(facts.live.values()))
            starts.append(
                Start(case.account_id, now, beside=beside, owner_id=facts.owner_id, tier=facts.tier)
            )
    others = replaying.others_ahead([start.account_id for start in starts], play_slug=candidate.slug)
    notes = (
        f"Looked at: what happened in the last {RECENT.days} days, and what is true now of tier, score and deals.",
        "Each account is asked once, for the newest thing that sets the play off.",
        "Steps are planned as if each were done when it is due; tasks go to today's owners.",
    )
    return Tried(tuple(rows), tuple(starts), tuple(others), notes), accounts


def _cases(definition: PlayDefinition, *, now: datetime) -> list[Case]:
    """One case an account: the newest thing that sets the play off, else what is true of it now."""
    trigger = definition.trigger
    newest: dict[int, Case] = {}
    crossings = list(happened.crossings(definition, since=now - RECENT, until=now))
    evidence = evidence_of({one.pk: one.evidence for one in crossings})
    cases = [crossing_case(one, evidence[one.pk]) for one in crossings]
    cases += [event_case(one) for one in happened.events(definition, since=now - RECENT, until=now)]
    cases.sort(key=lambda case: case.happened or now)
    for case in cases:
        newest[case.account_id] = case
    standing: list[tuple[int, Occasion]] = []
    if trigger.joined_tiers:
        rows = Account.objects.filter(tier__in=trigger.joined_tiers).values_list("pk", "tier")
        standing += [(pk, Occasion("joined_list", f"In tier {tier} now", tier=tier)) for pk, tier in rows]
    if trigger.score_at_least is not None:
        rows_of = AccountState.objects.filter(score__gte=trigger.score_at_least)
        standing += [
            (pk, Occasion("crossing", f"A score of {score:.0f} now", score=score))
            for pk, score in rows_of.values_list("account", "score")
        ]
    if trigger.stages:
        deals = Opportunity.objects.filter(closed_at__isnull=True, account__isnull=False)
        standing += [
            (pk, Occasion("opportunity_stage", f"A deal in {stage} now", stage=stage))
            for pk, stage in deals.values_list("account", "stage")
            if stage.strip().casefold() in trigger.stages
        ]
    for pk, occasion in standing:
        newest.setdefault(pk, Case(account_id=pk, occasion=occasion))
    return [newest[pk] for pk in sorted(newest)]
