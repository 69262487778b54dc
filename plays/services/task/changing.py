"""What a person does with a task besides closing it: snoozed, handed on, moved; and jobs given by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from abmops.lib.errors import FieldErrors, Refused
from abmops.work import services as work
from accounts.models import Account, Contact, User
from plays.domain import hours
from plays.models import Task, TaskEvent
from plays.selectors.calendars import calendar_of
from plays.selectors.staff import staff
from plays.services.enrollment.pausing import settle_clocks
from plays.services.enrollment.stepping import due_at
from plays.services.outbox import announcing
from plays.services.sla import timers
from plays.services.staff.passing import CHANGED, grace_of, hold, reminder_of
from plays.services.task.closing import locked

LONGEST_SNOOZE = timedelta(days=30)


@transaction.atomic
def snooze_task(*, task: Task, by: User, until: datetime | None = None, now: datetime) -> Task:
    """Out of the queue until a moment, by default the owner's next working morning. The clock to its due time
    goes on.
    """
    _, fresh = locked(task, by=by, now=now)
    wake = until or hours.next_opening(now, calendar_of(fresh.owner, now=now))
    if not now < wake <= now + LONGEST_SNOOZE:
        raise FieldErrors.one("/until", f"Choose a moment within the next {LONGEST_SNOOZE.days} days.")
    fresh.state, fresh.snoozed_until, fresh.updated_at = Task.State.SNOOZED, wake, now
    fresh.claimed_by = fresh.claimed_until = None
    fresh.save(update_fields=["state", "snoozed_until", "updated_at", "claimed_by", "claimed_until"])
    TaskEvent.objects.create(
        task=fresh, kind=TaskEvent.Kind.SNOOZED, text=f"Until {wake.isoformat()}.", by=by, at=now
    )
    return fresh


@transaction.atomic
def wake_task(*, task: Task, by: User, now: datetime) -> Task:
    """Back into the queue before its moment; undoes a snooze."""
    _, fresh = locked(task, by=by, now=now)
    if fresh.state == Task.State.SNOOZED:
        fresh.state, fresh.snoozed_until, fresh.updated_at = Task.State.OPEN, None, now
        fresh.save(update_fields=["state", "snoozed_until", "updated_at"])
        TaskEvent.objects.create(
            task=fresh, kind=TaskEvent.Kind.REOPENED, text="Taken out of the snooze.", by=by, at=now
        )
    return fresh


@transaction.atomic
def hand_on_task(*, task: Task, by: User, to: User, reason: str = "", now: datetime) -> Task:
    """Somebody else owes it from now on; the due time stays, so that nothing is won by handing on."""
    if to.why_no_work:
        raise FieldErrors.one("/to", f"{to} cannot be given tasks: {to.why_no_work}")
    _, fresh = locked(task, by=by, now=now)
    if fresh.owner_id == to.pk:
        raise Refused(f"{to} already owns this task.")
    text = f"From {fresh.owner} to {to}. {reason.strip()}".strip()[:300]
    work.cancel_many(dedup_keys=[timers.task_overdue(fresh).dedup_key or ""])
    hold(fresh, to.pk, now=now)
    fresh.owner, fresh.routed = to, f"{to}: handed on by {by}."[:300]
    if fresh.breached_at is not None:
        fresh.grace_ends_at = grace_of(fresh, staff(now=now), since=now)
        if fresh.stopped_at is None:
            work.put_many([timers.task_overdue(fresh)])
    fresh.save(update_fields=CHANGED)
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.HANDED_ON, text=text, by=by, at=now)
    if settle_clocks(account_id=fresh.account_id, by=by, now=now):
        fresh.refresh_from_db(fields=["due_at", "stopped_at", "remind_at", "grace_ends_at"])
    return fresh


@transaction.atomic
def move_task(*, task: Task, by: User, due: datetime, reason: str, now: datetime) -> Task:
    """Another due time, for a reason; its clock is set anew. A breach that has been found stays on the
    record.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why the due time moves.")
    _, fresh = locked(task, by=by, now=now)
    if due == fresh.due_at:
        return fresh
    work.cancel_many(dedup_keys=timers.keys_of(fresh))
    text = f"From {fresh.due_at.isoformat()} to {due.isoformat()}. {reason.strip()}"[:300]
    people = staff(now=now)
    fresh.due_at, fresh.updated_at = due, now
    fresh.remind_at = reminder_of(fresh, people)
    if fresh.breached_at is not None:
        fresh.grace_ends_at = grace_of(fresh, people, since=max(due, now))
    fresh.save(update_fields=["due_at", "updated_at", "remind_at", "grace_ends_at"])
    work.put_many(timers.clocks_of(fresh))
    TaskEvent.objects.create(task=fresh, kind=TaskEvent.Kind.MOVED, text=text, by=by, at=now)
    return fresh


@transaction.atomic
def add_task(
    *,
    account: Account,
    owner: User | None,
    channel: str,
    side: str,
    title: str,
    by: User,
    now: datetime,
    contact: Contact | None = None,
    instructions: str = "",
    urgency: str = "normal",
    due: datetime | None = None,
) -> Task:
    """A job given by hand, outside of any play. Without an owner it is routed like a step; due in a working
    day.
    """
    if owner is not None and owner.why_no_work:
        raise FieldErrors.one("/owner", f"{owner} cannot be given tasks: {owner.why_no_work}")
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    _must_be_contactable(contact, account, channel)
    people = staff(now=now)
    if owner is None:
        routed = people.route(people.case(account, side=side, role="owner"))
        owner_id, reason = routed.person_id, routed.reason
    else:
        owner_id, reason = owner.pk, f"{owner}: named by {by}."
    task = Task.objects.create(
        account=account,
        contact=contact,
        owner_id=owner_id,
        routed=reason[:300],
        channel=channel,
        side=side,
        title=title,
        instructions=instructions,
        why=f"Given by {by}."[:300],
        urgency=urgency,
        due_at=due or due_at(24, urgency, people.calendar(owner_id), now=now),
        created_at=now,
        updated_at=now,
    )
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.OPENED, text=task.routed, by=by, at=now)
    announcing.tasks_due([task], now=now)
    task.remind_at = reminder_of(task, people)
    task.save(update_fields=["remind_at"])
    work.put_many(timers.clocks_of(task))
    if settle_clocks(account_id=account.pk, by=by, now=now):
        task.refresh_from_db(fields=["stopped_at"])
    return task


def _must_be_contactable(contact: Contact | None, account: Account, channel: str) -> None:
    """Stop a job for somebody who may not be gone to this way, by what is known under the account's lock."""
    if contact is None:
        return
    if contact.account_id != account.pk:
        raise FieldErrors.one("/contact", "Not of this account.")
    if not Contact.objects.contactable(channel).filter(pk=contact.pk, account=account.pk).exists():
        why = contact.refuses(channel) or "said no"
        raise FieldErrors.one("/contact", f"{contact} {why}. Choose somebody else, or another way.")
