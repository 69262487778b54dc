"""The background edges: the kinds of work that the action plane takes up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.work import kinds
from abmops.work import services as work
from abmops.work.kinds import Kind, Lane
from abmops.work.models import WorkItem
from plays import services
from plays.services.calendar import bursts, resting, treating
from plays.services.notice import reading
from plays.services.notice.digests import put_digests
from plays.services.outbox import sending
from plays.services.outbox.publishing import forget_old
from plays.services.play import migrating
from plays.services.task import meetings


def decide(items: Sequence[WorkItem], now: datetime) -> None:
    """Decide which play answers each crossing."""
    services.decide_crossings(crossing_ids=_subjects(items), now=now)


def account_event(items: Sequence[WorkItem], now: datetime) -> None:
    """Account events to exits and plays."""
    services.react_to_events(event_ids=_subjects(items), now=now)


def decide_again(items: Sequence[WorkItem], now: datetime) -> None:
    """Held occasions whose hold may have ended."""
    services.decide_again(account_ids=_subjects(items), now=now)


def step_due(items: Sequence[WorkItem], now: datetime) -> None:
    """Open the steps whose wait is over."""
    services.open_due_steps(run_ids=_subjects(items), now=now)


def task_due(items: Sequence[WorkItem], now: datetime) -> None:
    """Tasks whose due time has come."""
    services.mark_breached(timers_due=_timers(items), now=now)


def enrollment_stall(items: Sequence[WorkItem], now: datetime) -> None:
    """Tasks that are late beyond the stall grace."""
    services.mark_stalled(timers_due=_timers(items), now=now)


def task_reminder(items: Sequence[WorkItem], now: datetime) -> None:
    """Tasks whose due time comes near."""
    services.remind(timers_due=_timers(items), now=now)


def task_overdue(items: Sequence[WorkItem], now: datetime) -> None:
    """Late tasks whose grace has run out."""
    graces = {
        (item.subject_id, datetime.fromisoformat(item.payload["due_at"]), item.payload["owner"])
        for item in items
        if item.subject_id is not None
    }
    services.hand_on_overdue(graces=graces, now=now)


def pause_over(items: Sequence[WorkItem], now: datetime) -> None:
    """End the pauses whose date has come."""
    services.end_due_pauses(pause_ids=_subjects(items), now=now)


def deliver(items: Sequence[WorkItem], now: datetime) -> None:
    """Make an attempt at each message that is due."""
    for item in items:
        sending.send_due(item=item, now=now)


def digests(now: datetime) -> None:
    """Digests of everybody whose hour has come."""
    put_digests(now=now)


def burst_begins(items: Sequence[WorkItem], now: datetime) -> None:
    """Bursts whose first morning has come."""
    bursts.begin_bursts(burst_ids=_subjects(items), now=now)


def meeting_taken_back(items: Sequence[WorkItem], now: datetime) -> None:
    """Meetings that are none any more where they came from."""
    meetings.taken_back(event_ids=_subjects(items), now=now)


def marketing_look(items: Sequence[WorkItem], now: datetime) -> None:
    """Accounts of which a meeting has been, or that the night found changed."""
    resting.look_at_marketing(account_ids=_subjects(items), now=now)


def treatments(now: datetime) -> None:
    """Treatments that time alone has changed."""
    treating.treat_all(now=now)


def migrate_play(items: Sequence[WorkItem], now: datetime) -> None:
    """Running enrollments to the active version of their play, a batch an item."""
    for item in items:
        migrating.migrate_next(
            version_id=item.subject_id or 0, by_id=item.payload["by"], after=item.payload["after"], now=now
        )


def old_deliveries(now: datetime) -> None:
    """Forget deliveries that were sent long ago."""
    forget_old(now=now)


def old_notices(now: datetime) -> None:
    """What people were told long ago."""
    reading.forget_old(now=now)


def _subjects(items: Sequence[WorkItem]) -> list[int]:
    return [item.subject_id for item in items if item.subject_id is not None]


def _timers(items: Sequence[WorkItem]) -> set[tuple[int, datetime]]:
    """(task, the due time that the timer was set for)."""
    return {
        (item.subject_id, datetime.fromisoformat(item.payload["due_at"]))
        for item in items
        if item.subject_id is not None
    }


def register() -> None:
    """Tell the work list which function does which kind of work."""
    # A signal often puts an event too: what it crossed is answered first, and the rest of it seen after.
    kinds.register(
        Kind(name="decide", lane=Lane.REACT, handler=decide, head_start=timedelta(milliseconds=250))
    )
    for name, handler, batch in (
        ("account_event", account_event, 50),
        ("step_due", step_due, 200),
        ("task_due", task_due, 200),
        ("task_reminder", task_reminder, 200),
        ("task_overdue", task_overdue, 100),
        ("enrollment_stall", enrollment_stall, 200),
        ("pause_over", pause_over, 10),
        (migrating.KIND, migrate_play, 1),
        (bursts.KIND, burst_begins, 5),
        (meetings.KIND, meeting_taken_back, 20),
    ):
        kinds.register(
            Kind(name=name, lane=Lane.REACT, handler=handler, batch=batch, lease=timedelta(seconds=30))
        )
    kinds.register(
        Kind(
            name="deliver",
            lane=Lane.DELIVER,
            handler=deliver,
            lease=timedelta(seconds=30),
            outside=True,
            max_attempts=20,
        )
    )
    work.periodic("plays.treatments", every=timedelta(days=1), offset=timedelta(hours=4), handler=treatments)
    work.periodic("digests", every=timedelta(minutes=5), handler=digests)
    work.periodic("plays.old_notices", every=timedelta(hours=1), handler=old_notices)
    work.periodic("plays.old_deliveries", every=timedelta(hours=1), handler=old_deliveries)
    kinds.register(Kind(name=treating.KIND, lane=Lane.REACT, handler=marketing_look, batch=50, coalesce=True))
    kinds.register(Kind(name="decide_again", lane=Lane.REACT, handler=decide_again, batch=50, coalesce=True))
