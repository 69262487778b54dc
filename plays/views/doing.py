"""Carrying out what a person presses on a task, wherever the button stands: the queue, the task's page, call mode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import moments, typed
from abmops.ui.addresses import own_address
from abmops.ui.asking_again import ask_again, say_why
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays import services
from plays.domain.snoozing import CHOICES, until
from plays.models import Task
from plays.selectors.calendars import calendar_of
from plays.views.today import SKIP_REASONS

BY_HTMX = "HX-Request"
DAY_AND_TIME = forms.TextInput(attrs={"type": "datetime-local"})
WORKERS = (Role.MARKETER, Role.REP, Role.REVOPS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was pressed, with everything that came along."""

    do: str
    outcome: str = ""
    reason: str = ""
    note: str = ""
    until: str = ""
    meeting_at: datetime | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """What to say about it, and whether it can be undone."""

    said: str
    can_undo: bool = True


def editable_task(request: HttpRequest, pk: int) -> Task:
    """The task if the reader may work it; 404 where they may not see it, 403 where they may only look."""
    user = reader(request)
    task = get_object_or_404(
        Task.objects.visible_to(user).select_related("account", "owner", "contact"), pk=pk
    )
    if not Task.objects.editable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    return task


def asked(request: HttpRequest) -> Asked:
    """Read the form: a reason alone says skip, an outcome alone says done, a moment alone says snooze."""
    said = request.POST
    reason = said.get("reason", "").strip()
    reason = said.get("other", "").strip()[:300] or SKIP_REASONS.get(reason, reason)[:300]
    outcome, sleep = said.get("outcome", ""), said.get("until_at", "") or said.get("until", "")
    do = said.get("do", "")
    if not do:
        do = "skip" if reason else "done" if outcome else "snooze" if sleep else ""
    return Asked(
        do=do,
        outcome=outcome,
        reason=reason,
        note=said.get("note", "").replace("\0", "").strip()[:250],
        until=sleep,
        meeting_at=moment(said.get("meeting_at", "")),
        seen=typed.row_id(said.get("seen", "")) or None,
    )


def carry_out(ask: Asked, *, task: Task, by: User, now: datetime) -> Did:
    """Make the call; what to say about it. Raises what the services refuse."""
    name, zone = task.account.name, timezone.get_current_timezone()
    match ask.do:
        case "done":
            worked = services.record_outcome(
                task=task,
                by=by,
                outcome=ask.outcome,
                note=ask.note,
                meeting_at=ask.meeting_at,
                seen=ask.seen,
                now=now,
            )
            logged = (
                f" {task.get_channel_display()} logged on {name}." if worked.outcome.touches else f" {name}."
            )
            return Did(f"{worked.outcome.label}.{logged} {worked.also}".strip())
        case "skip":
            services.skip_task(task=task, by=by, reason=ask.reason, now=now)
            return Did(f"Skipped on {name}: {ask.reason}.")
        case "snooze":
            asleep = services.snooze_task(task=task, by=by, until=_wake(ask.until, task, now=now), now=now)
            assert asleep.snoozed_until is not None
            words = moments.due_words(asleep.snoozed_until, now=now, zone=zone)
            return Did(f"{name} snoozed until {words}.")
        case _:
            raise AbmopsError("Choose how it went, or skip, snooze or hand it on.")


def carried(request: HttpRequest, ask: Asked, *, task: Task, by: User, now: datetime) -> Did:
    """Make the call and say so with its undo. Raises what the services refuse."""
    did = carry_out(ask, task=task, by=by, now=now)
    toast(request, did.said, undo_url=reverse("plays:undo", args=[task.pk]) if did.can_undo else "")
    forget_counts(by)
    return did


class TypedForm(forms.Form):
    """What somebody typed about a task on its page, in the queue or in call mode: the fields with something in them."""

    note = forms.CharField(label="Note, kept with it", max_length=250, required=False)
    other = forms.CharField(label="Skip because", max_length=300, required=False)
    until_at = forms.CharField(label="Snooze until", required=False, widget=DAY_AND_TIME)
    meeting_at = forms.CharField(label="A meeting on", required=False, widget=DAY_AND_TIME)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        for name in [name for name in self.fields if not data.get(name, "").strip()]:
            del self.fields[name]


def asked_again(request: HttpRequest, error: AbmopsError, *, title: str, back: str) -> HttpResponse | None:
    """Say why not. Where something was typed and its page has been left for the answer: a page that still has it."""
    typed = TypedForm(request.POST)
    if not typed.fields or request.headers.get(BY_HTMX) == "true":
        complain(request, error.message)
        return None
    say_why(typed, error)
    return ask_again(request, typed, title=title, act="Try again", back=safe_back(request, otherwise=back))


def _wake(said: str, task: Task, *, now: datetime) -> datetime | None:
    """The moment that a choice or a date means; None for the owner's next working morning."""
    if not said:
        return None
    if said in CHOICES:
        return until(said, now=now, calendar=calendar_of(task.owner, now=now))
    found = moment(said)
    if found is None:
        raise AbmopsError("Give the day and the time, for example 2026-03-12 09:00.")
    return found


def moment(text: str) -> datetime | None:
    """A day and time as a browser's field gives it, in the reader's zone."""
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    if found is None:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def safe_back(request: HttpRequest, *, otherwise: str) -> str:
    """Where the form came from, among our own pages."""
    for target in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if own_address(request, target):
            return target
    return otherwise
