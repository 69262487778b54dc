"""What the guardrails say to steps at the moment when they would open, and the record of what they hold back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from abmops.work import services as work
from plays.domain import guardrails, opening, pressure
from plays.domain.definition import PlayDefinition, Step
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import NOBODY, No, Policy
from plays.domain.people import Someone, choose_contact
from plays.models import Enrollment, StepHold, StepRun
from plays.selectors.facts import Dossier
from plays.selectors.staff import Staff
from plays.services.sla import timers

LOOK_AGAIN: Final = timedelta(days=1)
"""How long a step waits for the next look, where nothing says exactly when its rule lifts."""
EXACT: Final = frozenset({"touch_cap", "contact_cap", "quiet_hours"})
"""Rules of which only time lifts a hold, at the moment that they name; others may be lifted sooner by a new fact."""
ONCE: Final = frozenset({"touch_cap", "contact_cap", "quiet_hours", "spend", "meeting"})
"""Rules that a start by hand sets aside for what opens at once only, not for every later step of the play."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a step: it may open, towards this contact; or a no; or the account left the program."""

    contact: Someone | None = None
    no: No | None = None
    left: No | None = None


class Gate:
    """Steps of locked accounts that want to open now, one after the other: each sees what the ones before promised."""

    def __init__(
        self, dossiers: Mapping[int, Dossier], policy: Policy, people: Staff, *, now: datetime
    ) -> None:
        self._facts = {account: dossier.facts for account, dossier in dossiers.items()}
        self._policy, self._people, self._now = policy, people, now

    def ask(
        self,
        enrollment: Enrollment,
        definition: PlayDefinition,
        position: int,
        *,
        aside: Collection[str] = (),
    ) -> Asked:
        """What the guardrails say; a step that may open counts towards the caps from here on.

        `aside`: rules that a person has set aside for this step.
        """
        facts, step = as_enrolled(self._facts[enrollment.account_id], enrollment), definition.steps[position]
        left = guardrails.programme_refusal(facts, definition.audience)
        if left is not None:
            return Asked(left=left)
        if not self._people.people:
            return Asked(no=NOBODY)
        calendar = self._people.calendar(facts.owner_id)
        noes = opening.step_refusals(facts, definition, step, self._policy, calendar, now=self._now)
        set_aside = {*aside, *_for_step(enrollment, position)}
        no = opening.first_of(noes, set_aside)
        if no is not None:
            return Asked(no=no)
        contact = self._choose(facts, step, enrollment, is_capped="contact_cap" not in set_aside)
        self._promise(enrollment.account_id, contact)
        return Asked(contact=contact)

    def _choose(
        self, facts: AccountFacts, step: Step, enrollment: Enrollment, *, is_capped: bool
    ) -> Someone | None:
        people: Sequence[Someone] = facts.people
        if is_capped and not facts.hand_raised:
            people = pressure.rested(people, self._policy.touches_per_contact, now=self._now)
        return choose_contact(people, step, preferred_id=enrollment.contact_id)

    def _promise(self, account_id: int, contact: Someone | None) -> None:
        facts, now = self._facts[account_id], self._now
        self._facts[account_id] = replace(
            facts,
            touches_this_week=facts.touches_this_week + 1,
            touch_times=(*facts.touch_times, now),
            people=tuple(
                replace(one, touched=(*one.touched, now))
                if contact is not None and one.id == contact.id
                else one
                for one in facts.people
            ),
        )


def as_enrolled(facts: AccountFacts, enrollment: Enrollment) -> AccountFacts:
    """A hand raised when the play began stays raised through it."""
    return replace(facts, hand_raised=enrollment.hand_raised, strong_inbound=enrollment.strong_inbound)


def _for_step(enrollment: Enrollment, position: int) -> set[str]:
    """What was set aside when the play was started, as far as it holds for this step."""
    return {rule for rule in enrollment.overridden if position == 0 or rule not in ONCE}


def hold(held: Sequence[tuple[StepRun, int, No]], *, now: datetime) -> list[work.Put]:
    """Put step runs (with their accounts) off to the moment at which their rule lifts, or to tomorrow; keep why.

    Returns the timers for the next look.
    """
    for run, _, no in held:
        run.held, run.opens_at = no.sentence[:300], _next_look(no, now=now)
    StepRun.objects.bulk_update([run for run, _, _ in held], ["held", "opens_at"])
    StepHold.objects.bulk_create(
        [
            StepHold(
                step_run=run,
                account_id=account_id,
                rule=no.rule,
                sentence=no.sentence[:300],
                since=now,
                until=run.opens_at,
            )
            for run, account_id, no in held
        ],
        update_conflicts=True,
        unique_fields=["step_run", "rule"],
        update_fields=["sentence", "until", "ended_at"],
    )
    return [timers.step_due(run) for run, _, _ in held]


def _next_look(no: No, *, now: datetime) -> datetime:
    tomorrow = now + LOOK_AGAIN
    if no.until is None or no.until <= now:
        return tomorrow
    return no.until if no.rule in EXACT else min(no.until, tomorrow)


def let_open(runs: Collection[int], *, now: datetime) -> None:
    """The holds of these step runs are over."""
    if runs:
        StepHold.objects.filter(step_run__in=runs, ended_at__isnull=True).update(ended_at=now)


def look_again(*, now: datetime, accounts: Collection[int] | None = None) -> int:
    """Let what guardrails hold back be asked at once: something about the accounts, or the rules, has changed.

    Not a step that rests: its clock stands until it is resumed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"accounts": None if accounts is None else list(accounts), "now": now})
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return 0
    found = list(StepRun.objects.filter(pk__in=ids).order_by("pk"))
    for run in found:
        run.opens_at = now
    StepRun.objects.bulk_update(found, ["opens_at"], batch_size=1_000)
    work.put_many([timers.step_due(run) for run in found])
    return len(found)


_HELD = """
SELECT r.id FROM plays_steprun r JOIN plays_enrollment e ON e.id = r.enrollment_id
WHERE (%(accounts)s::bigint[] IS NULL OR e.account_id = ANY(%(accounts)s::bigint[]))
    AND r.state = 'pending' AND r.opens_at > %(now)s AND r.stopped_at IS NULL AND r.held <> ''
    AND EXISTS (SELECT FROM plays_stephold h WHERE h.step_run_id = r.id AND h.ended_at IS NULL)
"""
