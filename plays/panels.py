"""What the action plane adds to pages of lower apps: panels, a column, timeline entries, the navigation's count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from abmops.lib import columns, panels, timeline
from abmops.lib.choices import Side
from abmops.lib.columns import Cell, Column
from abmops.lib.timeline import Entry
from abmops.ui import navigation
from accounts.selectors import saved_views
from plays import feeding, listing, phase_column
from plays.domain import enrollment as life
from plays.models import BurstAccount, Enrollment, EnrollmentEvent, Task

TOLD = ("enroll", "complete", "exit", "cancel", "stall", "pause", "resume", "restore", "hand_over")
"""The moves worth a line of the timeline."""


VISIT = frozenset({"person", "all", "view", "since"})
"""What of Today's address belongs to a visit, not to a view that is kept."""


def register() -> None:
    """Put this app's parts on the pages of accounts and crossings; called from `ready()`."""
    panels.register(
        slot="account", name="plays", title="Live plays", url_name="plays:account_panel", order=20
    )
    panels.register(
        slot="account.aside", name="tasks", title="Tasks", url_name="plays:account_tasks", order=20
    )
    panels.register(slot="account.aside", name="phase", title="Phase", url_name="plays:phase_panel", order=10)
    panels.register(
        slot="account.peek", name="peek-plays", title="Plays", url_name="plays:peek_panel", order=20
    )
    panels.register(
        slot="crossing", name="decision", title="Decision", url_name="plays:crossing_panel", order=20
    )
    panels.register(
        slot="account.assign", name="hand-task", title="A task", url_name="plays:hand_task", order=20
    )
    timeline.register("plays", entries)
    timeline.register("plays.bursts", burst_entries)
    saved_views.LISTS["plays:today"] = saved_views.KeptList("Today", "view=all", VISIT)
    navigation.count("plays:today", open_tasks)
    listing.register()
    phase_column.register()
    feeding.register()
    columns.register(Column(order=80, name="plays", title="Plays", cells=live_plays, label="Live plays"))


def open_tasks(reader: Any, now: datetime) -> int:
    """How many tasks the reader owes and has not put to sleep."""
    return Task.objects.filter(owner=reader.pk).awake(now).count()


def live_plays(account_ids: Sequence[int], now: datetime) -> dict[int, Cell]:
    """How many plays run on each account; stalled ones are marked."""
    del now
    rows = (
        Enrollment.objects.live()
        .filter(account__in=account_ids)
        .values("account", "state")
        .annotate(n=Count("pk"))
        .order_by()
    )
    live: dict[int, int] = {}
    stalled: set[int] = set()
    for row in rows:
        live[row["account"]] = live.get(row["account"], 0) + row["n"]
        if row["state"] == life.STALLED:
            stalled.add(row["account"])
    return {
        account: Cell(
            str(n),
            url=f"{reverse('accounts:account', args=[account])}#plays",
            tone="warn" if account in stalled else "",
            title="One of them has stalled" if account in stalled else "",
            plain=n,
        )
        for account, n in live.items()
    }


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
            side=Side.REVOPS,
            detail=event.cause,
            key=f"play:{event.pk}",
            url=reverse("plays:enrollment", args=[event.enrollment_id]),
        )


def burst_entries(account_id: int, before: datetime, limit: int) -> Iterable[Entry]:
    """Bursts that the account left, and that it came back into; that it was reached is there as a touch."""
    rows = BurstAccount.objects.filter(Q(left_at__lt=before) | Q(back_at__lt=before), account=account_id)
    told = []
    for row in rows.select_related("burst"):
        for verb, at, why in (
            ("Left", row.left_at, row.left_reason),
            ("Back in", row.back_at, row.back_reason),
        ):
            if at is not None and at < before:
                told.append((at, f"{verb} {row.burst}", why, row))
    for at, text, why, row in sorted(told, key=lambda one: one[0], reverse=True)[:limit]:
        yield Entry(
            at=at,
            kind="play",
            text=text,
            side=Side.MARKETING,
            detail=why,
            key=f"burst:{text.partition(' ')[0]}:{row.pk:012d}",
            url=reverse("plays:burst", args=[row.burst_id]),
        )
