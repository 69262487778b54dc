"""Setting a guardrail aside: always by a person, for a reason, one row a rule, and never a person's no."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import User
from plays.domain.decision import in_holdout
from plays.domain.guardrails import SETTABLE, No, programme_refusal
from plays.domain.opening import first_of, step_refusals
from plays.models import Decision, Enrollment, Override, StepRun, Task
from plays.selectors import facts as facts_of
from plays.selectors.house import in_force
from plays.selectors.library import definition_of
from plays.selectors.pauses import resting
from plays.selectors.staff import staff
from plays.services.enrollment.stepping import Opening, open_all
from plays.services.guardrail.guarding import as_enrolled

HELD_OUT = "The account belongs to this play's holdout: it was to be measured, and nothing done."


def keep(*, decision: Decision, enrollment: Enrollment, now: datetime) -> list[Override]:
    """The rules that were in the way of a start by hand and were set aside; what was in nobody's way leaves no row."""
    lines = [line for line in decision.candidates if line.get("verdict") == "chosen"]
    said = {
        rule: sentence
        for line in lines
        for rule, outcome, sentence in line.get("rules", ())
        if outcome == "set aside"
    }
    share = enrollment.version.holdout
    if "holdout" in decision.overridden and in_holdout(enrollment.play.slug, enrollment.account_id, share):
        said["holdout"] = HELD_OUT
    return Override.objects.bulk_create(
        [
            Override(
                account_id=enrollment.account_id,
                play_id=enrollment.play_id,
                decision=decision,
                enrollment=enrollment,
                rule=rule,
                said=sentence[:300],
                reason=decision.reason,
                by=decision.by,
                at=now,
            )
            for rule, sentence in sorted(said.items())
        ]
    )


def in_the_way(run: StepRun, *, now: datetime) -> tuple[No, ...]:
    """What holds a waiting step back at this moment, in the order in which it is said; a fixed number of queries."""
    enrollment = run.enrollment
    definition = definition_of(enrollment.version)
    house = in_force(now=now)
    dossier = facts_of.dossiers([enrollment.account], now=now, house=house)[enrollment.account_id]
    facts = as_enrolled(dossier.facts, enrollment)
    gone = programme_refusal(facts, definition.audience)
    calendar = staff(now=now, house=house).calendar(facts.owner_id)
    policy = house.written.policy
    noes = step_refusals(facts, definition, definition.steps[run.position], policy, calendar, now=now)
    return (gone, *noes) if gone is not None else noes


@transaction.atomic
def open_step_anyway(*, run: StepRun, rules: Collection[str], by: User, reason: str, now: datetime) -> Task:
    """Open a step that guardrails hold back, for a reason. `rules`: the ones that the person sets aside.

    Refused, with the sentence, where another one is in the way or one that nobody may set aside; Conflict where the
    step does not wait any more.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why this step opens all the same; it stays on the record.")
    if unknown := sorted(set(rules) - SETTABLE):
        raise FieldErrors.one(
            "/rules", f"“{unknown[0]}” cannot be set aside. Known: {', '.join(sorted(SETTABLE))}."
        )
    accounts = facts_of.lock_accounts([run.enrollment.account_id])
    fresh = (
        StepRun.objects.select_related("enrollment__version", "enrollment__play", "enrollment__account")
        .filter(pk=run.pk, state=StepRun.State.PENDING)
        .first()
    )
    if fresh is None or not fresh.held:
        raise Conflict("No guardrail holds this step back any more; look again.")
    if (rest := resting([fresh.enrollment.account_id]).of(fresh.enrollment)) is not None:
        raise Refused(rest.sentence, code="paused")
    noes = in_the_way(fresh, now=now)
    if (no := next((no for no in noes if no.rule not in SETTABLE), None)) is not None:
        raise Refused(no.sentence, code=no.rule)
    if (no := first_of(noes, rules)) is not None:
        raise Refused(f"{no.sentence} Set it aside too, or wait.", code=no.rule)
    opening = Opening(fresh, fresh.enrollment, definition_of(fresh.enrollment.version), frozenset(rules))
    opened = open_all([opening], accounts=accounts, now=now)
    if not opened:
        raise Conflict("This step has changed; look again.")
    Override.objects.bulk_create(
        [
            Override(
                account_id=fresh.enrollment.account_id,
                play_id=fresh.enrollment.play_id,
                enrollment=fresh.enrollment,
                step_run=fresh,
                rule=no.rule,
                said=no.sentence[:300],
                reason=reason.strip(),
                by=by,
                at=now,
            )
            for no in noes
        ]
    )
    return opened[0]
