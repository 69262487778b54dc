"""What a person does with a task from the pages: by htmx the queue comes back, by a plain form the page."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import moments
from abmops.ui.access import page
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays import services
from plays.models import Task
from plays.selectors import today as work
from plays.views.today import person_of, queue_part

WORKERS = (Role.MARKETER, Role.REP, Role.REVOPS)

SKIP_REASONS = {
    "spoken": "Already spoken this week",
    "person": "Wrong person",
    "timing": "Bad moment for the account",
    "noise": "The signal was noise",
}


def editable_task(request: HttpRequest, pk: int) -> Task:
    """The task if the reader may work it; 404 where they may not see it, 403 where they may only look."""
    user = reader(request)
    task = get_object_or_404(Task.objects.visible_to(user).select_related("account", "owner"), pk=pk)
    if not Task.objects.editable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    return task


@page(*WORKERS)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Done, skip with a reason, snooze; hand on leads to its form."""
    task, user, now = editable_task(request, pk), reader(request), timezone.now()
    reason = _reason(request)
    do = request.POST.get("do") or ("skip" if reason else "")
    if do == "hand-on":
        return _go(request, reverse("plays:hand_on", args=[pk]))
    if do == "skip" and not reason:
        return _go(request, reverse("plays:skip", args=[pk]))
    try:
        said = _do(do, task=task, by=user, reason=reason, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, said, undo_url=reverse("plays:undo", args=[pk]))
        forget_counts(user)
    return _back(request, now=now)


def _do(do: str, *, task: Task, by: User, reason: str, now: datetime) -> str:
    """Make the call; what to say about it."""
    name = task.account.name
    match do:
        case "done":
            done = services.complete_task(task=task, by=by, now=now)
            return f"Done. {done.get_channel_display()} logged on {name}."
        case "skip":
            services.skip_task(task=task, by=by, reason=reason, now=now)
            return f"Skipped on {name}: {reason}."
        case "snooze":
            asleep = services.snooze_task(task=task, by=by, now=now)
            assert asleep.snoozed_until is not None
            until = moments.due_words(asleep.snoozed_until, now=now, zone=timezone.get_current_timezone())
            return f"{name} snoozed until {until}."
        case _:
            raise AbmopsError("Choose done, skip, snooze or hand on.")


def _reason(request: HttpRequest) -> str:
    given = request.POST.get("reason", "").strip()
    return request.POST.get("other", "").strip()[:300] or SKIP_REASONS.get(given, given)[:300]


@page(*WORKERS)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take back done, skip or snooze."""
    task, user, now = editable_task(request, pk), reader(request), timezone.now()
    try:
        if task.state == Task.State.SNOOZED:
            services.wake_task(task=task, by=user, now=now)
        else:
            services.reopen_task(task=task, by=user, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{task.title}: back in the queue.")
        forget_counts(user)
    return redirect(_safe_back(request))


@page(*WORKERS)
def skip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the reason, as a page: for a browser without popovers or scripts."""
    task = editable_task(request, pk)
    return render(request, "plays/skip.html", {"task": task, "reasons": SKIP_REASONS})


class HandOnForm(forms.Form):
    """To whom, and why."""

    to = forms.ModelChoiceField(User.objects.none(), label="To whom", empty_label="Choose somebody")
    reason = forms.CharField(
        label="Why", max_length=200, required=False, help_text="They read it above the task."
    )

    def __init__(self, *args: object, people: list[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        field.choices = [("", "Choose somebody"), *((person.pk, _named(person)) for person in people)]


def _named(person: User) -> str:
    seat = person.get_job_display() if person.job else person.get_role_display()
    place = f", {person.territory.name}" if person.territory else ""
    return f"{person}, {seat}{place}"


@page(*WORKERS)
def hand_on(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the task to somebody else; its due time stays."""
    task, user, now = editable_task(request, pk), reader(request), timezone.now()
    form = HandOnForm(request.POST if request.method == "POST" else None, people=work.colleagues_of(task))
    if form.is_valid():
        try:
            services.hand_on_task(
                task=task, by=user, to=form.cleaned_data["to"], reason=form.cleaned_data["reason"], now=now
            )
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"{task.account.name} handed on to {form.cleaned_data['to']}.")
            forget_counts(user)
            return redirect("plays:today")
    status = 422 if form.is_bound else 200
    return render(request, "plays/hand_on.html", {"task": task, "form": form}, status=status)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _back(request: HttpRequest, *, now: datetime) -> HttpResponse:
    """The queue again: the part for htmx, the page otherwise; from other pages, back to them."""
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "queue":
        return queue_part(request, person=person_of(request), now=now)
    return _go(request, _safe_back(request))


def _safe_back(request: HttpRequest) -> str:
    """Where the form came from, among our own pages."""
    back = request.POST.get("next", "")
    return (
        back
        if back.startswith("/") and not back.startswith("//") and "\\" not in back
        else reverse("plays:today")
    )
