"""What follows from a delivery: a step that was sent is done, one that could not be sent becomes a person's.

The account is locked by the caller, before the delivery.
"""

from __future__ import annotations

from datetime import datetime

from abmops.lib.choices import Channel, Direction
from accounts.models import Account, Contact
from accounts.services.touch import log_touch
from plays.models import Delivery, Endpoint, StepRun, Task
from plays.selectors.library import definition_of
from plays.services.enrollment.stepping import give_by_hand, go_on


def unwanted(delivery: Delivery) -> str:
    """Why it is not to be sent any more, as a sentence; empty where it is. Asked at the moment of sending."""
    if delivery.user is not None and not delivery.user.is_active:
        return "The person is no longer here."
    if delivery.step_run is None:
        return ""
    if delivery.step_run.state != StepRun.State.OPEN:
        return "The play has ended or gone on meanwhile."
    if Task.objects.filter(step_run=delivery.step_run).exists():
        return "A person has taken it over."
    if delivery.contact_id is None and delivery.endpoint.surface != Endpoint.Surface.EMAIL:
        return ""
    # Locked: a no that is committed before this is seen, one that comes now waits until we have decided.
    locked = Contact.objects.select_for_update(of=("self",), no_key=True)
    row = locked.filter(pk=delivery.contact_id).first() if delivery.contact_id is not None else None
    if row is None:
        return "The person it was for is no longer known."
    if row.account_id != delivery.account_id:
        return f"{row} is no longer at {delivery.account}."
    no = row.refuses(_channel(delivery, delivery.step_run))
    return f"{row} {no}." if no else ""


def sent(delivery: Delivery, *, now: datetime) -> None:
    """A step's message has gone: the touch is logged, the step is done, the play goes on. Once, by compare-and-set."""
    run = delivery.step_run
    if run is None:
        return
    moved = StepRun.objects.filter(pk=run.pk, state=StepRun.State.OPEN).update(
        state=StepRun.State.DONE, closed_at=now
    )
    account = _account(delivery)
    if account is None:
        return
    step = definition_of(run.enrollment.version).steps[run.position]
    if not account.touches.filter(external_id=f"delivery:{delivery.pk}").exists():
        log_touch(
            account=account,
            contact=_still_there(delivery),
            side=step.side,
            channel=step.channel,
            direction=Direction.OUTBOUND,
            occurred_at=now,
            programmed=True,
            subject=str(delivery.body.get("subject") or "")[:200],
            external_id=f"delivery:{delivery.pk}",
            now=now,
        )
    if moved:
        go_on(StepRun.objects.get(pk=run.pk), account=account, by=None, now=now)


def not_sent(delivery: Delivery, reason: str, *, now: datetime) -> None:
    """A step's message will not go: while its step is still open, a person does it by hand, with the reason."""
    run = delivery.step_run
    account = _account(delivery)
    if run is None or account is None or run.state != StepRun.State.OPEN:
        return
    if Task.objects.filter(step_run=run).exists():
        return
    refuses = delivery.contact is None or bool(delivery.contact.refuses(_channel(delivery, run)))
    give_by_hand(
        run,
        account=account,
        contact_id=None if refuses else delivery.contact_id,
        note=f"It was to go out by {delivery.endpoint.name}, but did not. {reason} Do it by hand.",
        now=now,
    )


def _still_there(delivery: Delivery) -> Contact | None:
    """Whom it went to; None where they moved to another account while it was on its way."""
    contact = delivery.contact
    return contact if contact is not None and contact.account_id == delivery.account_id else None


def _channel(delivery: Delivery, run: StepRun) -> str:
    """By what the person would be gone to: e-mail, or what the step says another system is to do for us."""
    if delivery.endpoint.surface == Endpoint.Surface.EMAIL:
        return str(Channel.EMAIL)
    return definition_of(run.enrollment.version).steps[run.position].channel


def _account(delivery: Delivery) -> Account | None:
    return (
        Account.objects.select_related("territory", "owner").filter(pk=delivery.account_id).first()
        if delivery.account_id
        else None
    )
