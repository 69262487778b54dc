"""What goes out: the events that others may subscribe to, and what is sent to people and by steps besides."""

from __future__ import annotations

from typing import Final

EVENTS: Final = {
    "list.changed": "An account joined the target list, left it or changed its tier",
    "crossing.created": "An account crossed a threshold",
    "enrollment.created": "A play started on an account",
    "enrollment.finished": "A play on an account was completed, left or cancelled",
    "task.due": "Somebody was given a task, with the time it is due",
    "task.breached": "A task passed its due time",
    "escalation.opened": "A decision was put before its deciders",
    "escalation.resolved": "A decision was made or withdrawn",
    "treatment.changed": "The web page and the ads should treat an account in another way",
}
"""Each type with its meaning in words. A change here is a breaking change for receivers; another type is not."""

STEP: Final = "step.action"
"""A step of a play that is done on a surface instead of by a person."""
NOTICE: Final = "notice"
DIGEST: Final = "digest"
TEST: Final = "test"

NAMES: Final = {
    "list.changed": "List changed",
    "crossing.created": "Crossing",
    "enrollment.created": "Play started",
    "enrollment.finished": "Play finished",
    "task.due": "Task given",
    "task.breached": "Task late",
    "escalation.opened": "Escalation opened",
    "escalation.resolved": "Escalation resolved",
    "treatment.changed": "Other treatment",
    STEP: "Step of a play",
    NOTICE: "Notice to a person",
    DIGEST: "Digest to a person",
    TEST: "Test message",
}

ACTIONS: Final = {"email": "e-mail", "slack": "Slack", "webhook": "webhook"}
"""How `Step.surface` names what does a step. "slack:deal-desk" names one endpoint by its slug."""


def action_of(surface: str) -> tuple[str, str] | None:
    """The action and the endpoint's slug ("" = the first active one) that a step names; None: a person does it."""
    action, _, slug = surface.partition(":")
    return (action, slug.strip()) if action in ACTIONS else None
