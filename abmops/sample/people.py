"""How the sample's people work their queues: mostly in time, sometimes late, now and then not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from abmops.lib.choices import Channel, Direction, Job, Side, Urgency
from accounts.models import Via
from accounts.services.changes import acting
from accounts.services.touch import log_touch
from plays.models import Task
from plays.services import complete_task, skip_task

# The chance that somebody gets to a task at one of the day's moments.
CHANCE = {Urgency.URGENT: 0.82, Urgency.HOT: 0.58, Urgency.NORMAL: 0.34}
OUTCOMES = {
    Channel.CALL: (
        "Spoke for six minutes, wants the audit checklist.",
        "Left a message, will try again.",
        "Not the right person; sent to quality.",
    ),
    Channel.EMAIL: ("Sent.", "Sent, opened twice.", "Answered: look at it next quarter."),
    Channel.LINKEDIN: ("Accepted the same day.", "Request sent."),
}
LYING = timedelta(days=4)
SKIPS = ("Already spoken this week", "Wrong person", "Bad moment for the account")


def work_queues(now: datetime, random: Random, *, end: datetime) -> datetime:
    """Everybody looks at their open tasks once, in the hours after `now`; returns when the last was worked.

    On the last day they have only just begun, and a few things lie about for days.
    """
    last = now
    for task in Task.objects.unfinished().select_related("owner", "account", "contact").order_by("id"):
        at = now + timedelta(minutes=random.triangular(4, 280, 30))
        if (
            (task.pk % 11 == 0 and end - now < LYING)
            or at >= end
            or random.random() >= _chance(task, now, end)
        ):
            continue
        last = max(last, at)
        with acting(by=task.owner, via=Via.PAGE, at=at):
            _work(task, at, random)
    return last


def _work(task: Task, at: datetime, random: Random) -> None:
    if random.random() < 0.07:
        skip_task(task=task, by=task.owner, reason=random.choice(SKIPS), now=at)
        return
    complete_task(task=task, by=task.owner, outcome=_outcome(task, random), now=at)
    if task.side == Side.SALES and task.channel in (Channel.CALL, Channel.EMAIL) and random.random() < 0.09:
        _book_meeting(task, at, random)


def _chance(task: Task, now: datetime, end: datetime) -> float:
    chance = CHANCE[Urgency(task.urgency)] * (0.3 if end - now < timedelta(hours=20) else 1.0)
    chance += 0.18 if task.due_at - now < timedelta(hours=3) else 0.0
    return chance + (0.08 if task.account.tier == 1 else 0.0)


def _outcome(task: Task, random: Random) -> str:
    return random.choice(OUTCOMES.get(Channel(task.channel), ("Done.",)))


def _book_meeting(task: Task, now: datetime, random: Random) -> None:
    log_touch(
        account=task.account,
        contact=task.contact,
        side=Side.SALES,
        channel=Channel.MEETING,
        direction=random.choice((Direction.INBOUND, Direction.OUTBOUND)),
        occurred_at=now,
        person=task.owner if task.owner.job in (Job.AE, Job.SDR) else None,
        subject="Meeting booked: traceability walk-through",
        external_id=f"meeting:{task.pk}",
        now=now,
    )
