"""A booked meeting: that it was not booked after all, was called off, or is on another day."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.ui.access import page
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import toast
from accounts.models import AccountEvent, Touch
from accounts.services.meeting import same_meeting
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.selectors.booked import Booked, booked
from plays.services.task import meetings
from plays.views.doing import WORKERS


class WhyForm(forms.Form):
    """Why it is not what was recorded."""

    reason = forms.CharField(label="Why", max_length=300, help_text="It stands in the account's history.")


class DayForm(forms.Form):
    """The day and time that a meeting is moved to."""

    on = forms.DateTimeField(
        label="Day and time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label="Why", max_length=300, required=False)


@page()
def meeting(request: HttpRequest, pk: int) -> HttpResponseBase:
    """When it is, what it ended, what was said of it, and what can be said of it now."""
    return _drawn(request, _found(request, pk))


@page()
def meeting_of_touch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The meeting that a touch is; one that was logged before meetings were told has none."""
    touch = get_object_or_404(Touch.objects.select_related("account"), pk=pk)
    rows = AccountEvent.objects.filter(
        account=touch.account_id, kind=AccountEvent.Kind.MEETING_BOOKED, payload__touch=touch.pk
    )
    found = rows.order_by("pk").first()
    if found is None:
        return redirect("accounts:account", touch.account_id)
    return redirect("plays:meeting", found.pk)


@page(*WORKERS)
@require_POST
def not_booked(request: HttpRequest, pk: int) -> HttpResponseBase:
    """It was recorded by mistake."""
    found, user, now = _mine(request, pk), reader(request), timezone.now()
    form = WhyForm(request.POST, auto_id="not-%s")
    said: list[str] = []

    def act() -> None:
        said.extend(
            meetings.not_booked(event=found.event, reason=form.cleaned_data["reason"], by=user, now=now)
        )

    if not (form.is_valid() and carried_out(form, act)):
        return _drawn(request, found, not_booked_form=form)
    toast(request, " ".join(["The meeting is taken back.", *said]))
    forget_counts(user)
    return redirect("plays:meeting", pk)


@page(*WORKERS)
@require_POST
def call_off(request: HttpRequest, pk: int) -> HttpResponseBase:
    """It will not take place."""
    found, form = _mine(request, pk), WhyForm(request.POST, auto_id="off-%s")
    if form.is_valid() and carried_out(
        form,
        lambda: meetings.call_off(
            event=found.event, reason=form.cleaned_data["reason"], by=reader(request), now=timezone.now()
        ),
    ):
        toast(request, "The meeting is called off. It was booked, so plays that it ended stay ended.")
        return redirect("plays:meeting", pk)
    return _drawn(request, found, call_off_form=form)


@page(*WORKERS)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """It is at another time."""
    found, form = _mine(request, pk), DayForm(request.POST, auto_id="move-%s")
    if form.is_valid() and carried_out(
        form,
        lambda: meetings.move(
            event=found.event,
            on=form.cleaned_data["on"],
            reason=form.cleaned_data["reason"],
            by=reader(request),
            now=timezone.now(),
        ),
    ):
        toast(request, "The meeting has its new day.")
        return redirect("plays:meeting", pk)
    return _drawn(request, found, move_form=form)


def _found(request: HttpRequest, pk: int) -> Booked:
    rows = AccountEvent.objects.filter(kind=AccountEvent.Kind.MEETING_BOOKED).select_related("account")
    event, now = get_object_or_404(rows, pk=pk), timezone.now()
    same = same_meeting(event)
    task = meetings.task_of([event, *same])
    return booked(event, reader=reader(request), task=task, ended=meetings.ended_by(same), now=now)


def _mine(request: HttpRequest, pk: int) -> Booked:
    found = _found(request, pk)
    if not found.may_act:
        raise PermissionDenied
    return found


def _drawn(request: HttpRequest, found: Booked, **sent: forms.Form) -> HttpResponse:
    first = {"on": timezone.localtime(found.on)} if found.on else {}
    context = {
        "found": found,
        "account": found.event.account,
        "not_booked_form": WhyForm(auto_id="not-%s"),
        "call_off_form": WhyForm(auto_id="off-%s"),
        "move_form": DayForm(initial=first, auto_id="move-%s"),
        "now": timezone.now(),
        **sent,
    }
    return render(request, "plays/meeting.html", context, status=422 if sent else 200)
