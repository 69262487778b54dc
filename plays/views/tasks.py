"""One task: its own page, and what a person does with it there and in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib import timeline
from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.addresses import own_address, path_of
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import Contact, User
from accounts.views.people import reader
from plays import services
from plays.domain.outcomes import outcome_named
from plays.domain.snoozing import CHOICES
from plays.models import Task
from plays.selectors import floor
from plays.selectors import today as work
from plays.selectors.rows import reachable, rows_of
from plays.views.doing import BY_HTMX, WORKERS, Did, asked, asked_again, carried, editable_task, safe_back
from plays.views.today import SKIP_REASONS, midnight, person_of, queue_part, row_context

TIMELINE_SHOWN = 8


@page()
def task(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET: everything that a person needs for it, on one page. POST: done, skip, snooze; hand on leads to its form."""
    return act(request, pk) if request.method == "POST" else look(request, pk)


def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The task's own page."""
    now, user = timezone.now(), reader(request)
    shown = get_object_or_404(Task.objects.visible_to(user), pk=pk)
    (row,) = rows_of([shown.pk], reader=user, now=now)
    context = row_context(request, [row], now=now) | {
        "row": row,
        "task": row.task,
        "entries": timeline.of(row.task.account_id, before=now, limit=TIMELINE_SHOWN),
        "others": reachable(row.task),
        "events": row.task.events.select_related("by"),
        "is_open": row.task.state in (Task.State.OPEN, Task.State.SNOOZED),
        "may_take_over": row.holder is not None and user.has_role(Role.REVOPS),
        "reasons": SKIP_REASONS,
        "snoozes": CHOICES,
        "tomorrow": timezone.localtime(now + timedelta(days=1)),
    }
    return render(request, "plays/task.html", context)


def act(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Carry out what was pressed; the answer is the row, the queue, or the page that it came from."""
    user, now = reader(request), timezone.now()
    if not user.has_role(*WORKERS):
        raise PermissionDenied
    found, ask = editable_task(request, pk), asked(request)
    if ask.do == "hand-on":
        return _go(request, f"{reverse('plays:hand_on', args=[pk])}?{urlencode({'next': _here(request)})}")
    if ask.do == "skip" and not ask.reason:
        return _go(request, reverse("plays:skip", args=[pk]))
    outcome = outcome_named(found.channel, ask.outcome)
    if ask.do == "done" and outcome is not None and outcome.asks_when and ask.meeting_at is None:
        return _go(request, f"{reverse('plays:task', args=[pk])}#meeting")
    try:
        did = carried(request, ask, task=found, by=user, now=now)
    except AbmopsError as error:
        title, back = f"{found.account.name}: {found.title}", reverse("plays:task", args=[pk])
        if again := asked_again(request, error, title=title, back=back):
            return again
        did = None
    return _answer(request, pk, did=did, now=now)


def _answer(request: HttpRequest, pk: int, *, did: Did | None, now: datetime) -> HttpResponse:
    target = request.headers.get("HX-Target", "") if request.headers.get(BY_HTMX) == "true" else ""
    if target == "queue":
        return queue_part(request, person=person_of(request), now=now)
    if target != f"task-{pk}":
        back = safe_back(request, otherwise=reverse("plays:today"))
        return _go(
            request, reverse("plays:today") if back.endswith(reverse("plays:task", args=[pk])) else back
        )
    person, user = person_of(request), reader(request)
    counts = work.counts_of(person, now=now, midnight=midnight(now))
    if not counts.open:
        answer = queue_part(request, person=person, now=now)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#queue", "outerHTML"
        return answer
    rows = []
    if did is None and Task.objects.filter(pk=pk, owner=person).awake(now).exists():
        rows = rows_of([pk], reader=user, now=now)
    context = row_context(request, rows, now=now) | {
        "row": rows[0] if rows else None,
        "queue": {"counts": counts},
        "is_own": person.pk == user.pk,
        "person": person,
        "oob": True,
        "typed": request.POST if did is None else {},
    }
    return render(request, "plays/partials/acted.html", context)


@page(*WORKERS)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take back done, skip or snooze; a booked meeting, which has ended plays, asks first on its own page."""
    found, user, now = editable_task(request, pk), reader(request), timezone.now()
    if found.state == Task.State.DONE and found.effects.get("meeting"):
        return _go(request, reverse("plays:meeting", args=[found.effects["meeting"]]))
    try:
        if found.state == Task.State.SNOOZED:
            services.wake_task(task=found, by=user, now=now)
        else:
            services.reopen_task(task=found, by=user, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{found.title}: back in the queue.")
        forget_counts(user)
    if request.headers.get(BY_HTMX) == "true" and request.headers.get("HX-Target") == "queue":
        return queue_part(request, person=person_of(request), now=now)
    return redirect(safe_back(request, otherwise=reverse("plays:today")))


@page(*WORKERS)
def skip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the reason, as a page: for a browser without popovers or scripts."""
    found = editable_task(request, pk)
    return render(request, "plays/skip.html", {"task": found, "reasons": SKIP_REASONS})


@page(*WORKERS)
@require_POST
def contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Somebody else at the account; the step's text is written anew for them."""
    found, user, now = editable_task(request, pk), reader(request), timezone.now()
    named = typed.row_id(request.POST.get("contact", ""))
    other = Contact.objects.known().filter(pk=named, account=found.account_id).first()
    try:
        if other is None:
            raise AbmopsError("Choose somebody of this account.")
        services.change_contact(task=found, contact=other, by=user, now=now)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"This goes to {other} now.")
    return redirect("plays:task", pk)


class HandOnForm(forms.Form):
    """To whom, and why."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label="To whom",
        empty_label="Choose somebody",
        widget=forms.Select(attrs={"autofocus": True}),
    )
    reason = forms.CharField(
        label="Why", max_length=200, required=False, help_text="They read it above the task."
    )

    def __init__(self, *args: object, people: list[User], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        field.choices = [("", "Choose somebody"), *((person.pk, named(person)) for person in people)]


def named(person: User) -> str:
    """A colleague with their seat and territory, as a choice reads."""
    seat = person.get_job_display() if person.job else person.get_role_display()
    place = f", {person.territory.name}" if person.territory else ""
    return f"{person}, {seat}{place}"


@page(*WORKERS)
def hand_on(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the task to somebody else; its due time stays."""
    found, user, now = editable_task(request, pk), reader(request), timezone.now()
    form = HandOnForm(request.POST if request.method == "POST" else None, people=floor.colleagues_of(found))
    if form.is_valid():
        try:
            services.hand_on_task(
                task=found, by=user, to=form.cleaned_data["to"], reason=form.cleaned_data["reason"], now=now
            )
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"{found.account.name} handed on to {form.cleaned_data['to']}.")
            forget_counts(user)
            return redirect(safe_back(request, otherwise=reverse("plays:today")))
    status, back = 422 if form.is_bound else 200, request.POST.get("next") or request.GET.get("next", "")
    context = {"task": found, "form": form, "back": own_address(request, back) or reverse("plays:today")}
    return render(request, "plays/hand_on.html", context, status=status)


def _here(request: HttpRequest) -> str:
    """The page that a press came from, as an address of ours."""
    said = request.headers.get("HX-Current-URL", "") or request.headers.get("Referer", "")
    return path_of(said) or reverse("plays:today")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get(BY_HTMX) == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
