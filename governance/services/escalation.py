"""Opening, discussing and closing an escalation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, FieldError, FieldErrors, Refused
from accounts.models import User
from governance.domain import escalation as rules
from governance.domain.escalation import Move, State
from governance.models import Escalation, EscalationEvent, EscalationLink
from governance.selectors.subjects import MODELS, names_of
from plays.services.outbox.publishing import publish

MAY_OPEN = (Role.REVOPS, Role.EXECUTIVE, Role.MARKETER, Role.REP)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that an escalation is about."""

    kind: str
    id: int


@transaction.atomic
def open_escalation(
    *,
    title: str,
    why: str,
    deadline: date,
    deciders: Sequence[User],
    now: datetime,
    by: User | None = None,
    subjects: Sequence[Subject] = (),
    cause: str = Escalation.Cause.BY_HAND,
) -> Escalation:
    """Put a decision before three or four people, with a day. `by` None: the program itself asks.

    FieldErrors name everything that is missing; Refused when the person's role does not open escalations.
    """
    if by is not None and not by.has_role(*MAY_OPEN):
        raise Refused("Your role does not open escalations.", code="role")
    people = list({user.pk: user for user in deciders}.values())
    wanted = list(dict.fromkeys((subject.kind, subject.id) for subject in subjects))
    names = names_of([pair for pair in wanted if pair[0] in MODELS])
    errors = [*_wrong(title, why, deadline, people, now.date()), *_wrong_subjects(wanted, set(names))]
    if errors:
        raise FieldErrors(errors)
    escalation = Escalation.objects.create(
        title=title.strip(),
        why=why.strip(),
        deadline=deadline,
        cause=cause,
        opened_by=by,
        opened_at=now,
    )
    escalation.deciders.set(people)
    EscalationLink.objects.bulk_create(
        EscalationLink(escalation=escalation, kind=kind, target_id=target, label=names[kind, target][:255])
        for kind, target in wanted
    )
    _note(escalation, EscalationEvent.Kind.OPENED, why.strip(), by, now)
    _publish(escalation, "escalation.opened", deciders=people, now=now)
    return escalation


@transaction.atomic
def resolve_escalation(*, escalation: Escalation, outcome: str, by: User, now: datetime) -> Escalation:
    """Close it with what was decided: a paragraph, by a decider, RevOps or an executive."""
    if not escalation.may_be_resolved_by(by):
        raise Refused("Only its deciders, RevOps and executives resolve an escalation.", code="not_a_decider")
    if wrong := rules.wrong_outcome(outcome):
        raise FieldErrors.one("/outcome", wrong)
    return _close(escalation, Move.RESOLVE, outcome.strip(), by, now)


@transaction.atomic
def withdraw_escalation(*, escalation: Escalation, reason: str, by: User, now: datetime) -> Escalation:
    """Take it back, with the reason: also by whoever opened it."""
    if not escalation.may_be_withdrawn_by(by):
        raise Refused(
            "Only its opener, its deciders, RevOps and executives withdraw an escalation.",
            code="not_a_decider",
        )
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why it is withdrawn.")
    return _close(escalation, Move.WITHDRAW, reason.strip(), by, now)


@transaction.atomic
def comment(*, escalation: Escalation, text: str, by: User, now: datetime) -> EscalationEvent:
    """Add to the discussion, also after the end."""
    if not by.has_role(*MAY_OPEN):
        raise Refused("Your role does not comment on escalations.", code="role")
    if not text.strip():
        raise FieldErrors.one("/text", "Write something.")
    return _note(escalation, EscalationEvent.Kind.COMMENT, text.strip(), by, now)


def _close(escalation: Escalation, move: Move, text: str, by: User, now: datetime) -> Escalation:
    """The winner of a race closes it; the loser hears that it is closed."""
    target = rules.MOVES[State.OPEN, move]
    won = Escalation.objects.filter(pk=escalation.pk, state=State.OPEN).update(
        state=target, outcome=text, closed_by=by, closed_at=now
    )
    if not won:
        raise Conflict("This escalation is closed already; read its outcome.")
    escalation.refresh_from_db()
    _note(escalation, EscalationEvent.Kind(target.value), text, by, now)
    _publish(escalation, "escalation.resolved", deciders=list(escalation.deciders.all()), now=now)
    return escalation


def _publish(escalation: Escalation, type_: str, *, deciders: Sequence[User], now: datetime) -> None:
    publish(
        type=type_,
        data={
            "id": escalation.pk,
            "title": escalation.title,
            "why": escalation.why,
            "deadline": escalation.deadline.isoformat(),
            "deciders": [{"name": one.name, "email": one.email} for one in deciders],
            "state": str(escalation.state),
            "outcome": escalation.outcome,
            "url": f"/escalations/{escalation.pk}/",
        },
        key=str(escalation.pk),
        now=now,
    )


def _note(escalation: Escalation, kind: str, text: str, by: User | None, now: datetime) -> EscalationEvent:
    return EscalationEvent.objects.create(escalation=escalation, kind=kind, text=text, by=by, at=now)


def _wrong(title: str, why: str, deadline: date, deciders: Sequence[User], today: date) -> list[FieldError]:
    errors = [
        FieldError(f"/{field}", sentence)
        for field, sentence in (
            ("title", None if title.strip() else "Say in one line what has to be decided."),
            ("title", "Shorten it to 160 characters." if len(title.strip()) > 160 else None),
            ("why", rules.wrong_why(why)),
            ("deadline", rules.wrong_deadline(deadline, today)),
            ("deciders", rules.wrong_deciders(len(deciders))),
        )
        if sentence
    ]
    unable = [user.email for user in deciders if not user.is_active or user.role == Role.INTEGRATION]
    if unable:
        errors.append(FieldError("/deciders", f"{', '.join(unable)} cannot decide: no active person."))
    return errors


def _wrong_subjects(wanted: Sequence[tuple[str, int]], found: set[tuple[str, int]]) -> list[FieldError]:
    errors = []
    for place, (kind, target) in enumerate(wanted):
        if kind not in MODELS:
            errors.append(FieldError(f"/links/{place}/type", f"Must be one of {', '.join(MODELS)}."))
        elif (kind, target) not in found:
            errors.append(FieldError(f"/links/{place}/id", f"There is no {kind} {target}."))
    return errors
