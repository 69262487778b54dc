"""How a task went, in one act: it is closed, the touch is logged, and what the outcome means happens at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from abmops.lib.choices import Channel, Direction
from abmops.lib.errors import FieldErrors
from abmops.work import services as work
from accounts.models import Account, AccountEvent, Contact, ContactOptOut, User
from accounts.services import events
from accounts.services.changes import acting
from accounts.services.contact.refusing import opt_out
from accounts.services.locking import take_turn
from accounts.services.meeting import call_off_meeting
from accounts.services.touch import log_touch
from plays.domain import hours
from plays.domain.meeting import LASTS
from plays.domain.outcomes import Outcome, outcome_named, outcomes_of
from plays.models import Enrollment, StepRun, Task
from plays.selectors.calendars import calendar_of
from plays.selectors.library import definition_of
from plays.services.enrollment.ending import react_to_events
from plays.services.enrollment.stepping import Opening, go_on, open_all
from plays.services.sla import timers
from plays.services.task.closing import close, end_step, locked, must_be_for, touch_of
from plays.services.task.wording import give_to

FARTHEST_MEETING = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of it. `also`: what happened besides, as sentences."""

    task: Task
    outcome: Outcome
    also: str = ""


@transaction.atomic
def record_outcome(
    *,
    task: Task,
    by: User,
    outcome: str,
    note: str = "",
    meeting_at: datetime | None = None,
    seen: int | None = None,
    now: datetime,
) -> Worked:
    """Close the task with one of its channel's outcomes; an empty one is plainly done.

    `seen`: the contact whom the person had before them. Conflict where the task goes to somebody else since then, so
    that nobody is told to have been gone to who was not.

    Conflict where it is closed already or somebody else holds it; FieldErrors for an outcome that the channel does not
    have, and for a meeting without its day.
    """
    found = _checked(task, outcome, meeting_at, now=now)
    if found.meaning in ("wrong", "said_no"):
        take_turn("contact")  # before the account's lock, as whoever changes a contact does
    account, fresh = locked(task, by=by, now=now)
    must_be_for(fresh, seen)
    if found.touches:
        said = found.label.lower() if found.key else ""
        fresh.touch = touch_of(fresh, account=account, by=by, said=said, now=now)
    text = f"{found.label}. {note.strip()}".strip() if found.key else note.strip()
    former = fresh.contact
    match found.meaning:
        case "wrong":
            fresh.effects = _taken_off(fresh, by=by, now=now)
        case "replied":
            fresh.effects = _answered(fresh, account=account, by=by, now=now)
        case "said_no":
            fresh.effects = _refused(fresh)
        case "meeting":
            fresh.effects = {"final": "A meeting is booked, and the plays that waited for it have ended."}
    close(fresh, state=Task.State.DONE, outcome=text, by=by, now=now, result=found.key)
    run = end_step(fresh, StepRun.State.DONE, now=now)
    also = ""
    if found.meaning == "said_no" and former is not None:
        source = f"Said so to {by}, {Channel(fresh.channel).label.lower()}"
        no = opt_out(contact=former, channel=fresh.channel, source=source, now=now, by=by)
        if fresh.effects.get("new"):
            fresh.effects = {"opt_out": no.pk}
            Task.objects.filter(pk=fresh.pk).update(effects=fresh.effects)
        also = f"{former} will not be gone to by {Channel(fresh.channel).label.lower()} any more."
    if found.meaning == "meeting":
        assert meeting_at is not None
        also = _book(fresh, account=account, meeting_at=meeting_at, now=now)
    if found.meaning == "off":
        also = _called_off(fresh, account=account, by=by, now=now)
    if run is not None and _is_live(run):
        again = None
        if found.meaning == "again":
            again = _try_again(run, fresh, now=now)
        elif found.meaning == "wrong":
            again = _try_another(run, fresh, account=account, by=by, now=now)
        if again is None:
            go_on(run, account=account, by=by, now=now)
        also = again or also
    return Worked(fresh, found, also)


def _checked(task: Task, key: str, meeting_at: datetime | None, *, now: datetime) -> Outcome:
    found = outcome_named(task.channel, key)
    if found is None:
        known = ", ".join(f"“{one.key}”" for one in outcomes_of(task.channel)) or "none"
        raise FieldErrors.one(
            "/result", f"This is no outcome of this channel. It has: {known}; leave it out for plainly done."
        )
    if found.asks_when and meeting_at is None:
        raise FieldErrors.one("/meeting_at", "Say when the meeting is.")
    if found.asks_when and meeting_at is not None and not now < meeting_at <= now + FARTHEST_MEETING:
        raise FieldErrors.one("/meeting_at", "Choose a moment that lies ahead, within a year.")
    return found


def _book(task: Task, *, account: Account, meeting_at: datetime, now: datetime) -> str:
    """Write that a meeting is booked, and let the plays that wait for it end now rather than with the next work.

    `services.task.meetings` takes it back.
    """
    written = events.record(
        [
            events.NewEvent(
                account_id=account.pk,
                kind=AccountEvent.Kind.MEETING_BOOKED,
                at=now,
                dedup_key=f"task-meeting:{task.pk}:{now.isoformat()}",
                payload={"touch": task.touch_id, "task": task.pk, "on": meeting_at.isoformat()},
            )
        ],
        now=now,
    )
    task.effects |= {"meeting": written[0].pk}
    task.save(update_fields=["effects"])
    before = set(Enrollment.objects.live().filter(account=account).values_list("pk", flat=True))
    react_to_events(event_ids=[event.pk for event in written], now=now)
    ended = before - set(Enrollment.objects.live().filter(account=account).values_list("pk", flat=True))
    if not ended:
        return ""
    return (
        "One play on this account has ended." if len(ended) == 1 else f"{len(ended)} plays here have ended."
    )


def _called_off(task: Task, *, account: Account, by: User, now: datetime) -> str:
    """The account's next booked meeting does not take place either; undo puts it on again."""
    rows = AccountEvent.objects.standing().filter(
        account=account, kind=AccountEvent.Kind.MEETING_BOOKED, payload__has_key="on"
    )
    days = {row.pk: datetime.fromisoformat(row.payload["on"]) for row in rows if not row.payload.get("off")}
    coming = [row for row in rows if row.pk in days and days[row.pk] > now - LASTS]
    if not coming:
        return ""
    event = min(coming, key=lambda row: days[row.pk])
    written = call_off_meeting(event=event, reason=f"{task.title}: called off.", by=by, now=now)
    react_to_events(event_ids=[written.pk], now=now)
    task.effects |= {"called_off": event.pk}
    task.save(update_fields=["effects"])
    return "The meeting that was booked is called off, too."


def _is_live(run: StepRun) -> bool:
    return Enrollment.objects.live().filter(pk=run.enrollment_id).exists()


def _answered(task: Task, *, account: Account, by: User, now: datetime) -> dict[str, object]:
    """Their answer as a touch of theirs, and as news for plays."""
    inbound = log_touch(
        account=account,
        contact=task.contact,
        side=task.side,
        channel=task.channel,
        direction=Direction.INBOUND,
        occurred_at=now,
        person=by,
        subject=f"Answer to: {task.title}",
        now=now,
    )
    if task.contact_id is not None:
        events.record(
            [
                events.NewEvent(
                    account_id=account.pk,
                    kind=AccountEvent.Kind.CONTACT_ENGAGED,
                    at=now,
                    dedup_key=f"answer:{inbound.pk}",
                    payload={"contact": task.contact_id, "touch": inbound.pk},
                )
            ],
            now=now,
        )
    return {"inbound": inbound.pk}


def _taken_off(task: Task, *, by: User, now: datetime) -> dict[str, object]:
    """Take the number or the address that is no good off the contact; what it was stays for an undo."""
    field = "phone" if task.channel == Channel.CALL else "email"
    contact = task.contact
    if contact is None or not getattr(contact, field):
        return {}
    was = getattr(contact, field)
    what = "Wrong number taken off" if field == "phone" else "Address that does not exist taken off"
    with acting(by=by, what=what):
        Contact.objects.filter(pk=contact.pk).update(
            **{field: "" if field == "phone" else None}, updated_at=now
        )
    return {"contact": contact.pk, field: was}


def _refused(task: Task) -> dict[str, object]:
    """Whether their no is news: one that stood before outlives an undo."""
    if task.contact is None:
        return {}
    stood = ContactOptOut.objects.filter(contact=task.contact, channel=task.channel).exists()
    return {} if stood else {"new": True}


def _next_try(run: StepRun, *, opens_at: datetime) -> StepRun:
    return StepRun.objects.create(
        enrollment_id=run.enrollment_id,
        key=run.key,
        position=run.position,
        cycle=run.cycle + 1,
        opens_at=opens_at,
    )


def _try_again(run: StepRun, task: Task, *, now: datetime) -> str | None:
    """The same step once more at the same time on the owner's next working day; None where its tries are used up."""
    enrollment = Enrollment.objects.select_related("version").get(pk=run.enrollment_id)
    tries = definition_of(enrollment.version).steps[run.position].tries
    used = StepRun.objects.filter(enrollment=enrollment, key=run.key).count()
    if used >= tries:
        return None
    opens_at = hours.due_after(now, 24, calendar_of(task.owner, now=now))
    following = _next_try(run, opens_at=opens_at)
    work.put_many([timers.step_due(following)])
    return f"Try {used + 1} of {tries} comes back on the next working day."


def _try_another(run: StepRun, task: Task, *, account: Account, by: User, now: datetime) -> str | None:
    """The same step at once with somebody else who can be reached this way; None where there is nobody."""
    other = next_contact(account, channel=task.channel, without=task.contact_id)
    if other is None:
        return None
    enrollment = Enrollment.objects.select_related("version", "play").get(pk=run.enrollment_id)
    following = _next_try(run, opens_at=now)
    opening = Opening(following, enrollment, definition_of(enrollment.version))
    for opened in open_all([opening], accounts={account.pk: account}, now=now):
        whole = Task.objects.select_related(
            "account", "owner", "contact", "step_run", "enrollment__version"
        ).get(pk=opened.pk)
        if whole.contact_id != other.pk:
            give_to(whole, other, by=by, now=now)
    return f"{other} is next in your queue."


def next_contact(account: Account, *, channel: str, without: int | None) -> Contact | None:
    """Who else can be reached this way, the most influential first; blockers last."""
    rows = Contact.objects.contactable(channel).filter(account=account)
    if without is not None:
        rows = rows.exclude(pk=without)
    match channel:
        case Channel.CALL:
            rows = rows.exclude(phone="")
        case Channel.EMAIL:
            rows = rows.filter(email__isnull=False)
    ranked = rows.order_by(F("influence").desc(nulls_last=True), "pk")
    return ranked.exclude(role="blocker").first() or ranked.first()
