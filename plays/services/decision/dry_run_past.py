"""A dry run over a window of the past: the decisions of then once more, on the facts of then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from accounts.domain.course import Course
from accounts.models import Account, AccountEvent
from plays.domain import committee
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition
from plays.domain.dry_run import Tried, row_of
from plays.domain.history import Cause, History
from plays.domain.projection import Start
from plays.domain.replay import Follow, Happening, replay
from plays.domain.resting import Rest
from plays.domain.rules import Candidate
from plays.models import Decision, Play
from plays.selectors import replaying
from plays.selectors.evidence import Evidence, evidence_of
from plays.selectors.standing import policies, rests_of_play, standing
from plays.services.decision import happened
from plays.services.decision.cases import Case, crossing_case, event_case
from plays.services.decision.waiting import RECENT
from signals.models import Crossing

NOTES = (
    (
        "Taken as of today: which signal types qualify, the loop guard's limits, who works on which seat, and where "
        "people work who moved to another account; all else is as it was then."
    ),
    "Signals and touches count from when they happened.",
    "A run lasts as long as the real one did where this play really ran; else until its last step would be due.",
    "Where another play really started on the same occasion, the higher priority wins.",
)


HOLDS = "What was held is asked again only where it really was."
HOLDS_FOLLOWED = (
    "What was held until a date is asked again then, for 14 days; what waited for something to happen is not."
)


def try_past(
    candidate: Candidate, play: Play | None, *, since: datetime, until: datetime
) -> tuple[Tried, dict[int, Account]]:
    """What the play would have done in `[since, until)`, and the accounts that it was asked for."""
    definition = candidate.definition
    crossings = list(happened.crossings(definition, since=since, until=until))
    events = list(happened.events(definition, since=since, until=until))
    accounts = happened.accounts({one.account_id for one in crossings} | {one.account_id for one in events})
    histories = replaying.histories(
        standing(accounts.values(), since=since, until=until),
        play_slug=candidate.slug,
        since=since,
        until=until,
        with_signals=list(accounts) if _asks_signals(definition) else (),
    )
    elsewhere = (
        replaying.begun_elsewhere(histories, since=since, until=until)
        if definition.throttle.new_per_owner_per_week is not None
        else ()
    )
    # What a play that was live was really asked again is known; of a draft only its holds can say it.
    is_new = play is None or play.current is None or play.current.activated_at is None
    replayed = replay(
        _over_time(candidate, play, since=since, until=until),
        _happenings(definition, crossings, events, histories),
        histories,
        policies(),
        since=since,
        elsewhere=elsewhere,
        follow=Follow(RECENT, until) if is_new else None,
    )
    rows = [
        row_of(
            one.facts,
            one.line,
            at=one.happening.at,
            why=one.happening.occasion.words + (", asked again" if one.happening.since else ""),
            instead_of=one.instead_of,
        )
        for one in replayed
    ]
    starts = [
        Start(
            one.happening.account_id,
            one.happening.at,
            one.ends,
            one.beside,
            one.facts.owner_id,
            one.facts.tier,
        )
        for one in replayed
        if one.line.verdict == "chosen"
    ]
    others = replaying.others_in_the_past(
        {start.account_id for start in starts}, play_slug=candidate.slug, since=since, until=until
    )
    notes = (*NOTES, HOLDS_FOLLOWED if is_new else HOLDS)
    return Tried(tuple(rows), tuple(starts), tuple(others), notes), accounts


def _asks_signals(definition: PlayDefinition) -> bool:
    """Whether any rule of this play looks at who did what before."""
    first = definition.steps[0]
    return (
        (first.side == words.SALES and not first.wait)
        or definition.trigger.contact_engaged
        or committee.asks_engagement(definition.audience.committee)
    )


def _over_time(
    candidate: Candidate, play: Play | None, *, since: datetime, until: datetime
) -> Course[Candidate]:
    """The play with the pauses that it had."""
    if play is None:
        return Course(candidate)
    rests: Course[Rest | None] = rests_of_play(play.pk, since=since, until=until)
    told = tuple((moment, candidate.resting(rest)) for moment, rest in rests.until)
    return Course(candidate.resting(rests.last), told)


def _happenings(
    definition: PlayDefinition,
    crossings: Sequence[Crossing],
    events: Sequence[AccountEvent],
    histories: Mapping[int, History],
) -> list[Happening]:
    evidence = evidence_of(
        {
            one.pk: one.evidence
            for one in crossings
            if definition.steps[0].side == words.SALES and _is_loose(histories[one.account_id])
        }
    )
    decided = _decided(crossings, events)
    cases = [
        (crossing_case(one, evidence.get(one.pk, Evidence())), ("crossing", one.pk)) for one in crossings
    ]
    cases += [(event_case(one), ("event", one.pk)) for one in events]
    return [_happening(case, cause, decided) for case, cause in cases]


def _is_loose(history: History) -> bool:
    """Whether the account was ever in tier 3 or off the list, where only a strong inbound signal lets sales in."""
    return not history.tiers or any(tier not in (1, 2) for _, tier in history.tiers)


def _decided(
    crossings: Sequence[Crossing], events: Sequence[AccountEvent]
) -> dict[Cause, tuple[datetime, str]]:
    """When each was really decided on and how it was told, so that the replay asks at the same moment."""
    rows = Decision.objects.filter(
        Q(crossing__in=[one.pk for one in crossings]) | Q(event__in=[one.pk for one in events])
    ).values_list("crossing", "event", "made_at", "occasion")
    return {
        ("crossing", crossing) if crossing else ("event", event): (at, said)
        for crossing, event, at, said in rows
    }


def _happening(case: Case, cause: Cause, decided: Mapping[Cause, tuple[datetime, str]]) -> Happening:
    assert case.happened is not None
    at, said = decided.get(cause, (case.happened, case.occasion.words))
    return Happening(
        at=at,
        account_id=case.account_id,
        occasion=replace(case.occasion, words=said),
        cause=cause,
        strong_inbound=case.evidence.strong_inbound,
    )
