"""What the action plane adds to pages of lower apps: panels on the account page, the timeline, the navigation's count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from abmops.lib import panels, timeline
from abmops.lib.timeline import Entry
from abmops.ui import navigation
from plays.domain import enrollment as life
from plays.models import EnrollmentEvent, Task

TOLD = ("enroll", "complete", "exit", "cancel", "stall")
"""The moves worth a line of the timeline."""


def register() -> None:
    """Called from `ready()`."""
    panels.register(
        slot="account", name="plays", title="Live plays", url_name="plays:account_panel", order=20
    )
    panels.register(
        slot="account.aside", name="tasks", title="Tasks", url_name="plays:account_tasks", order=20
    )
    timeline.register("plays", entries)
    navigation.count("plays:today", open_tasks)


def open_tasks(reader: Any, now: datetime) -> int:
    """How many tasks the reader owes and has not put to sleep."""
    return Task.objects.filter(owner=reader.pk).awake(now).count()


def entries(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    """What plays did on the account; done tasks are already there as touches."""
    events = (
        EnrollmentEvent.objects.filter(enrollment__account=account_id, at__lt=before, move__in=TOLD)
        .select_related("enrollment__play")
        .order_by("-at", "-pk")[:limit]
    )
    for event in events:
        verb = life.NAMES[event.move].lower() if event.move != "enroll" else "started"
        yield Entry(
            at=event.at,
            kind="play",
            text=f"{event.enrollment.play.name} {verb}",
            side=None,
            detail=event.cause,
            key=f"play:{event.pk}",
            url=reverse("plays:enrollment", args=[event.enrollment_id]),
        )
