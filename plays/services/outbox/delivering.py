"""Steps that a surface does: a delivery in place of a person's task. What cannot go that way stays a person's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plays import surfaces
from plays.domain import outgoing
from plays.domain.definition import Step
from plays.models import Delivery, Endpoint, Enrollment, StepRun, Task
from plays.models.endpoint import MAIL
from plays.services.outbox.publishing import cancel_deliveries, mail_endpoint, put_deliveries

SPOKEN_BY = {
    "email": (Endpoint.Surface.EMAIL,),
    "slack": (Endpoint.Surface.SLACK_WEBHOOK, Endpoint.Surface.SLACK_BOT),
    "webhook": (Endpoint.Surface.WEBHOOK,),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A step that opens, and the task that it would be for a person: worded, routed, not stored."""

    run: StepRun
    step: Step
    enrollment: Enrollment
    task: Task


def take_over(dues: Iterable[Due], *, now: datetime) -> list[Task]:
    """Put a delivery for each step that a surface does; give back the tasks of those that a person does.

    A step whose surface is not there, or that lacks a recipient or words, says so in its task. A fixed number of
    queries; none where no step names a surface.
    """
    left: list[Task] = []
    asked: list[tuple[Due, str, str]] = []
    for due in dues:
        named = outgoing.action_of(due.step.surface)
        if named is None:
            left.append(due.task)
        else:
            asked.append((due, *named))
    if not asked:
        return left
    endpoints = list(
        Endpoint.objects.active()
        .filter(surface__in={surface for _, action, _ in asked for surface in SPOKEN_BY[action]})
        .order_by("pk")
    )
    deliveries: list[Delivery] = []
    for due, action, slug in asked:
        endpoint, problem = _endpoint(endpoints, action, slug, now=now)
        if endpoint is None or (problem := problem or _unfit(due, action)):
            due.task.instructions = f"{problem} Do it by hand.\n\n{due.task.instructions}".strip()
            left.append(due.task)
        else:
            deliveries.append(_delivery(due, action, endpoint, now=now))
    put_deliveries(deliveries, now=now)
    return left


def cancel_steps(enrollment_ids: Sequence[int], *, reason: str, now: datetime) -> None:
    """What was to go out for steps of ended enrollments does not, unless it is on its way at this moment."""
    waiting = Delivery.objects.waiting().filter(step_run__enrollment__in=enrollment_ids)
    found = list(waiting.only("pk", "turn", "next_at"))
    if found:
        cancel_deliveries(found, reason=reason, now=now)


def _endpoint(
    endpoints: Sequence[Endpoint], action: str, slug: str, *, now: datetime
) -> tuple[Endpoint | None, str]:
    if action == "email":
        if problem := surfaces.named("email").problem():
            return None, problem
        mail = next((one for one in endpoints if one.slug == MAIL), None) or mail_endpoint(now=now)
        return (mail, "") if mail.is_active else (None, f"Mail is switched off: {mail.disabled_reason}")
    fitting = [one for one in endpoints if one.surface in SPOKEN_BY[action] and slug in ("", one.slug)]
    if not fitting:
        noun = outgoing.ACTIONS[action]
        which = f"called “{slug}” " if slug else ""
        return None, f"No {noun} surface {which}is switched on under Settings, Surfaces."
    return fitting[0], ""


def _unfit(due: Due, action: str) -> str:
    """Why this step cannot go by its surface, in a sentence."""
    if action != "email":
        return ""
    if due.task.contact_id is None:
        return "There is nobody to write to."
    if not due.step.title.strip() or not due.task.instructions.strip():
        return "The step has no subject (its title) or no text for an e-mail."
    return ""


def _delivery(due: Due, action: str, endpoint: Endpoint, *, now: datetime) -> Delivery:
    task, account = due.task, due.task.account
    body: dict[str, Any] = {"subject": task.title, "text": task.instructions}
    if action == "email":
        body["reply_to"] = task.owner.email
    else:
        body["url"] = f"/enrollments/{due.enrollment.pk}/"
        body["text"] = "\n".join(part for part in (f"{account.name}: {task.why}", task.instructions) if part)
    if action == "webhook":
        body["data"] = {
            "account": {"id": account.pk, "name": account.name, "domain": account.domain},
            "play": {"slug": due.enrollment.play.slug, "name": due.enrollment.play.name},
            "step": due.step.key,
            "channel": due.step.channel,
            "contact_id": task.contact_id,
            "subject": task.title,
            "text": task.instructions,
        }
    return Delivery(
        endpoint=endpoint,
        key=f"step:{due.run.pk}",
        type=outgoing.STEP,
        body=body,
        account=account,
        contact_id=task.contact_id,
        step_run=due.run,
        next_at=now,
        put_at=now,
    )
