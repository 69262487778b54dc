"""Before a play goes live: what it would do to today's list, and what it would have done in a window of the past.

Writes nothing. Both ask the same pure decision as the real thing; neither needs a query per account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from abmops.lib.errors import FieldErrors
from accounts.models import Account, AccountEvent, Opportunity
from plays.domain import committee, projection
from plays.domain import vocabulary as words
from plays.domain.decision import Considered
from plays.domain.definition import Occasion, PlayDefinition, Step
from plays.domain.dry_run import DryRun, Row, rules_of, weeks_of
from plays.domain.facts import AccountFacts
from plays.domain.projection import Load, Planned, Start, Touched
from plays.domain.replay import Happening, History, replay
from plays.domain.rules import Candidate, title_of
from plays.models import Decision, Play
from plays.selectors import facts as facts_of
from plays.selectors import library, replaying
from plays.selectors.facts import Dossier, Evidence
from plays.selectors.staff import staff
from plays.services.decision.deciding import Case, crossing_case, weigh_with
from plays.services.enrollment.ending import event_case
from signals.models import AccountState, Crossing

RECENT = timedelta(days=28)
"""How far back today's list is looked at for something that the play answers to."""
LONGEST = timedelta(days=400)
MOST_HAPPENINGS = 20_000


def dry_run(
    *,
    definition: PlayDefinition,
    play: Play | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> DryRun:
    """What this definition would do on today's list, or would have done in `[since, until)`.

    The definition takes the place of what `play` says; without a play it is a new one. A fixed number of queries.
    """
    candidate = _candidate(definition, play, now=now)
    if since is None:
        return _today(candidate, play, now=now)
    until = min(until or now, now)
    if not since < until:
        raise FieldErrors.one("/until", "The end of the window is after its beginning.")
    if until - since > LONGEST:
        raise FieldErrors.one("/since", "Choose a window of at most 400 days.")
    return _past(candidate, play, since=since, until=until, now=now)


def _candidate(definition: PlayDefinition, play: Play | None, *, now: datetime) -> Candidate:
    """The play as if it were active."""
    return Candidate(
        slug=play.slug if play is not None else "this-draft",
        name=play.name if play is not None else "This play",
        version=play.current.number if play is not None and play.current is not None else 1,
        definition=definition,
        created_at=play.created_at if play is not None else now,
    )


def _today(candidate: Candidate, play: Play | None, *, now: datetime) -> DryRun:
    cases = _cases_today(candidate.definition, now=now)
    accounts = _accounts({case.account_id for case in cases})
    policy = facts_of.policy()
    dossiers = facts_of.dossiers(accounts.values(), now=now, policy=policy)
    listed = [one for one in library.considered() if play is None or one.play_id != play.pk]
    mine = library.Listed(play_id=play.pk if play else 0, version_id=0, candidate=candidate)
    weighed = weigh_with([*listed, mine], cases, dossiers=dossiers, policy=policy, now=now)
    rows: list[Row] = []
    starts: list[Start] = []
    for case, one in zip(cases, weighed, strict=True):
        line = next((line for line in one.decided.lines if line.play == candidate.slug), None)
        if line is None:
            continue
        facts = dossiers[case.account_id].facts
        rows.append(_row(facts, line, at=case.happened or now, why=case.occasion.words))
        if line.verdict == "chosen":
            starts.append(Start(case.account_id, now, beside=tuple(sorted(facts.live.values()))))
    others = replaying.others_ahead([start.account_id for start in starts], play_slug=candidate.slug)
    notes = (
        f"Looked at: what happened in the last {RECENT.days} days, and what is true now of tier, score and deals.",
        "Each account is asked once, for the newest thing that sets the play off.",
        "Steps are planned as if each were done when it is due; tasks go to today's owners.",
    )
    return _told(
        candidate.definition, rows, starts, others, accounts, dossiers,
        since=None, until=None, now=now, notes=notes,
    )  # fmt: skip


def _cases_today(definition: PlayDefinition, *, now: datetime) -> list[Case]:
    """One case an account: the newest thing that sets the play off, else what is true of it now."""
    trigger = definition.trigger
    newest: dict[int, Case] = {}
    crossings = list(_crossings(definition, since=now - RECENT, until=now))
    evidence = facts_of.evidence_of({one.pk: one.evidence for one in crossings})
    cases = [crossing_case(one, evidence[one.pk]) for one in crossings]
    cases += [event_case(one) for one in _events(definition, since=now - RECENT, until=now)]
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


def _past(
    candidate: Candidate, play: Play | None, *, since: datetime, until: datetime, now: datetime
) -> DryRun:
    definition = candidate.definition
    crossings = list(_crossings(definition, since=since, until=until))
    events = list(_events(definition, since=since, until=until))
    accounts = _accounts({one.account_id for one in crossings} | {one.account_id for one in events})
    dossiers = facts_of.dossiers(accounts.values(), now=now)
    facts = {pk: dossier.facts for pk, dossier in dossiers.items()}
    first = definition.steps[0]
    asks_signals = (
        (first.side == words.SALES and not first.wait)
        or definition.trigger.contact_engaged
        or committee.asks_engagement(definition.audience.committee)
    )
    histories = replaying.histories(
        facts,
        play_slug=candidate.slug,
        since=since,
        until=until,
        with_signals=list(facts) if asks_signals else (),
    )
    evidence = facts_of.evidence_of(
        {
            one.pk: one.evidence
            for one in crossings
            if first.side == words.SALES and _is_loose(histories[one.account_id])
        }
    )
    decided = _decided_at(crossings, events)
    happenings = [_crossed(one, evidence.get(one.pk), decided) for one in crossings]
    happenings += [_occurred(one, decided) for one in events]
    replayed = replay(candidate, happenings, histories, facts_of.policy(), since=since)
    rows = [
        _row(
            one.facts,
            one.line,
            at=one.happening.at,
            why=one.happening.occasion.words,
            instead_of=one.instead_of,
        )
        for one in replayed
    ]
    starts = [
        Start(one.happening.account_id, one.happening.at, one.ends, one.beside)
        for one in replayed
        if one.line.verdict == "chosen"
    ]
    others = replaying.others_in_the_past(
        {start.account_id for start in starts}, play_slug=candidate.slug, since=since, until=until
    )
    notes = (
        "Tiers, touches, signals and what other plays ran are as they were then.",
        "Fit, phase, lifecycle, contacts and owners are today's: their past is not kept.",
        "Pauses and quarantine are not replayed.",
        "A run lasts as long as the real one did where this play really ran; else until its last step would be due.",
        "Where another play really started on the same occasion, the higher priority wins.",
    )
    return _told(
        definition, rows, starts, others, accounts, dossiers, since=since, until=until, now=now, notes=notes
    )


def _is_loose(history: History) -> bool:
    """Whether the account was ever in tier 3 or off the list, where only a strong inbound signal lets sales in."""
    return not history.tiers or any(tier not in (1, 2) for _, tier in history.tiers)


def _decided_at(
    crossings: Sequence[Crossing], events: Sequence[AccountEvent]
) -> dict[tuple[str, int], datetime]:
    """When each was really decided on, so that the replay asks at the same moment."""
    rows = Decision.objects.filter(
        Q(crossing__in=[one.pk for one in crossings]) | Q(event__in=[one.pk for one in events])
    ).values_list("crossing", "event", "made_at")
    return {("crossing", crossing) if crossing else ("event", event): at for crossing, event, at in rows}


def _crossed(
    crossing: Crossing, evidence: Evidence | None, decided: Mapping[tuple[str, int], datetime]
) -> Happening:
    case = crossing_case(crossing, evidence or Evidence())
    cause = ("crossing", crossing.pk)
    return Happening(
        at=decided.get(cause, crossing.crossed_at),
        account_id=crossing.account_id,
        occasion=case.occasion,
        cause=cause,
        strong_inbound=case.evidence.strong_inbound,
    )


def _occurred(event: AccountEvent, decided: Mapping[tuple[str, int], datetime]) -> Happening:
    cause = ("event", event.pk)
    return Happening(
        at=decided.get(cause, event.at),
        account_id=event.account_id,
        occasion=event_case(event).occasion,
        cause=cause,
    )


def _crossings(definition: PlayDefinition, *, since: datetime, until: datetime) -> QuerySet[Crossing]:
    """Crossings of the window that the trigger may answer to."""
    trigger = definition.trigger
    wanted = Q(threshold__slug__in=trigger.crossings)
    if trigger.hand_raise:
        wanted |= Q(hand_raise=True)
    if trigger.score_at_least is not None:
        wanted |= Q(score__gte=trigger.score_at_least)
    rows = Crossing.objects.filter(wanted, crossed_at__gte=since, crossed_at__lt=until)
    return rows.select_related("threshold").order_by("crossed_at", "pk")[:MOST_HAPPENINGS]


def _events(definition: PlayDefinition, *, since: datetime, until: datetime) -> Iterable[AccountEvent]:
    """Account events of the window that the trigger may answer to."""
    rows = AccountEvent.objects.filter(at__gte=since, at__lt=until).order_by("at", "pk")
    trigger = definition.trigger
    kinds: list[str] = []
    if trigger.joined_tiers:
        kinds += ["joined_list", "changed_tier"]
    if trigger.stages:
        kinds.append("opportunity_stage")
    if trigger.contact_engaged:
        kinds.append("contact_engaged")
    if trigger.score_at_least is not None:
        kinds.append("score_risen")
    if not kinds:
        return []
    # How many contacts had engaged then is asked again, when that is known.
    few = 0
    found = rows.filter(kind__in=kinds)[:MOST_HAPPENINGS]
    return [one for one in found if trigger.is_met_by(event_case(one).occasion, engaged_contacts=few)]


def _accounts(ids: Collection[int]) -> dict[int, Account]:
    rows = Account.objects.filter(pk__in=ids).select_related("territory", "owner").order_by("pk")
    return {account.pk: account for account in rows}


def _row(facts: AccountFacts, line: Considered, *, at: datetime, why: str, instead_of: str = "") -> Row:
    return Row(
        account_id=facts.id,
        account=facts.name,
        tier=facts.tier,
        owner=facts.owner_name,
        at=at,
        why=why,
        verdict=line.verdict,
        rule=line.rule,
        title=title_of(line.rule),
        sentence=line.sentence,
        instead_of=instead_of,
    )


def _told(
    definition: PlayDefinition,
    rows: Sequence[Row],
    starts: Sequence[Start],
    others: Sequence[Touched],
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    notes: tuple[str, ...],
) -> DryRun:
    cap = facts_of.policy().touches_per_week
    steps = projection.planned(starts, definition, until=until)
    pressure = projection.pressure(steps, others)
    load, people = _load(steps, accounts, now=now)
    order = {"chosen": 0, "holdout": 1, "held": 2, "refused": 3}
    return DryRun(
        since=since,
        until=until,
        now=now,
        rows=tuple(sorted(rows, key=lambda row: (order[row.verdict], row.at, row.account_id))),
        rules=rules_of(rows),
        weeks=weeks_of(rows) if since is not None else (),
        pressure=tuple(pressure),
        over_cap=len({one.account_id for one in pressure if one.together > cap}),
        cap=cap,
        load=tuple(load),
        people=people,
        clashes=tuple(projection.clashes(starts, steps, others)),
        names={pk: dossier.facts.name for pk, dossier in dossiers.items()},
        notes=notes,
    )


def _load(
    steps: Sequence[Planned], accounts: Mapping[int, Account], *, now: datetime
) -> tuple[list[Load], dict[int, str]]:
    """Tasks per person and week by today's routing."""
    if not steps:
        return [], {}
    people = staff(now=now)
    people.learn({step.account_id for step in steps})

    def routed(account_id: int, step: Step) -> int:
        return people.route(people.case(accounts[account_id], side=step.side, role=step.role)).person_id

    return projection.load(steps, routed), {pk: person.name for pk, person in people.people.items()}
