"""What a decision begins: the enrollment of what was chosen or held out, and its first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from abmops.work import services as work
from accounts.models import Account
from accounts.services import storing
from plays.domain import hours
from plays.models import Decision, Enrollment, StepRun
from plays.selectors.facts import Dossier
from plays.selectors.house import House
from plays.selectors.library import Listed
from plays.selectors.staff import staff
from plays.services.decision.cases import Case
from plays.services.enrollment.moving import record_first
from plays.services.enrollment.stepping import Opening, open_all
from plays.services.outbox import announcing
from plays.services.sla import timers


@dataclass(frozen=True, slots=True)
class Begun:
    """An enrollment to be made of a decision."""

    decision: Decision
    case: Case
    listed: Listed
    state: str


def enroll(
    begun: Sequence[Begun],
    *,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    house: House,
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
    storing.insert(enrollments, now=now)
    storing.insert(record_first(enrollments, now=now), now=now)
    announcing.enrollments_created(enrollments, now=now, heard=house.heard)
    starting = [
        (enrollment, one.listed.candidate.definition)
        for enrollment, one in zip(enrollments, begun, strict=True)
        if enrollment.state == Enrollment.State.WAITING
    ]
    if not starting:
        return
    people = staff(now=now, house=house)
    runs = []
    for enrollment, definition in starting:
        first = definition.steps[0]
        opens_at = hours.after_wait(now, first.wait, people.calendar(enrollment.owner_id))
        runs.append(StepRun(enrollment=enrollment, key=first.key, position=0, opens_at=opens_at))
    storing.insert(runs, now=now)
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
        house=house,
    )


def _depth(begun: Begun, dossiers: Mapping[int, Dossier]) -> int:
    """One more than the longest chain that led here; a start by hand is a start of its own."""
    return 1 if begun.case.by is not None else dossiers[begun.case.account_id].facts.chain + 1
