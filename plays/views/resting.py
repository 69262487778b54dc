"""Pausing and resuming from wherever the thing is shown; and the page of everything that rests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.asking_again import ask_again
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.selectors.duplicates import called
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays import services
from plays.models import Enrollment, Pause, Play
from plays.models.pause import SCOPES
from plays.selectors import pauses as resting

Subject = Play | Account | User | Enrollment
PER_PAGE: Final = 50


class PauseForm(forms.Form):
    """Why something is paused, and until the morning of which day; without a day until somebody resumes it."""

    reason = forms.CharField(
        label="Why", max_length=300, error_messages={"required": "Say why it is paused."}
    )
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="That morning; empty: until somebody resumes it.",
        error_messages={"invalid": "Give a date as year-month-day."},
    )

    def moment(self) -> datetime | None:
        """The morning of the day, on the reader's wall."""
        day = self.cleaned_data.get("until")
        return datetime.combine(day, time(7), timezone.get_current_timezone()) if day else None


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def pause(request: HttpRequest, scope: str, subject: int) -> HttpResponseBase:
    """Let it rest, for a reason."""
    user, now = reader(request), timezone.now()
    if scope not in SCOPES:
        raise Http404
    thing = _thing(scope, subject)
    subject = thing.pk  # an account that was merged away since the form was drawn is another one now
    if not resting.may_pause(user, scope, subject):
        raise PermissionDenied
    form, back, begun = PauseForm(request.POST), _back(request, scope, subject), list[Pause]()

    def act() -> None:
        reason, until = form.cleaned_data["reason"], form.moment()
        begun.append(services.pause(subject=thing, by=user, reason=reason, until=until, now=now))

    if not (form.is_valid() and carried_out(form, act)):
        return ask_again(request, form, title=f"Pause {_named(thing)}", act="Pause", back=back)
    undo = reverse("plays:resume", args=[begun[0].pk])
    toast(request, f"{_named(thing)} is paused. Its clocks stand.", undo_url=undo)
    return redirect(back)


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take it up where it stood."""
    user = reader(request)
    found = get_object_or_404(Pause.objects.visible_to(user), pk=pk)
    scope, subject = found.scope, found.subject_id
    if not resting.may_pause(user, scope, subject):
        raise PermissionDenied
    try:
        services.resume(pause=found, by=user, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{_named(_thing(scope, subject))} goes on. Due times moved by the working time lost.")
    return redirect(_back(request, scope, subject))


@page()
def pauses(request: HttpRequest) -> HttpResponseBase:
    """Everything that rests now, or rested: what, why, by whom and until when."""
    shown, user = Paginator(_found(request), PER_PAGE).get_page(request.GET.get("page")), reader(request)
    asked = {name: request.GET.get(name, "") for name in ("q", "scope", "when", "sort")}
    context = asked | {
        "page": shown,
        "scopes": resting.SCOPE_NAMES.items(),
        "narrowed": any(asked.values()),
        "mine": resting.may_resume(user, [one for one in shown if one.ended_at is None]),
        "now": timezone.now(),
    }
    return render(request, "plays/pauses.html", context)


@page()
def pauses_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file."""

    def rows() -> Iterator[list[object]]:
        for one in _found(request).iterator(chunk_size=500):
            yield [
                resting.SCOPE_NAMES[one.scope], str(one.subject), one.reason, str(one.by or ""), one.started_at,
                one.until, one.ended_at, str(one.ended_by or ""),
            ]  # fmt: skip

    header = ("What", "Which", "Why", "By", "Since", "Until", "Ended", "Ended by")
    return csv_answer("pauses", header, rows())


def _found(request: HttpRequest) -> QuerySet[Pause]:
    rows = Pause.objects.visible_to(reader(request)).select_related(
        "play", "account", "person", "enrollment__play", "enrollment__account", "by", "ended_by"
    )
    rows = rows.filter(ended_at__isnull=request.GET.get("when", "") != "ended")
    if (scope := request.GET.get("scope", "")) in SCOPES:
        rows = rows.filter(**{f"{scope}__isnull": False})
    if words := request.GET.get("q", "").strip():
        rows = rows.filter(
            Q(reason__icontains=words)
            | Q(play__name__icontains=words)
            | Q(account__name__icontains=words)
            | Q(person__name__icontains=words)
            | Q(enrollment__account__name__icontains=words)
        )
    if request.GET.get("sort", "") == "until":
        rows = rows.order_by(F("until").asc(nulls_last=True), "-pk")
    return rows


def _thing(scope: str, pk: int) -> Subject:
    match scope:
        case "play":
            return get_object_or_404(Play, pk=pk)
        case "account":
            if (account := called(Account.objects.all(), pk)) is None:
                raise Http404
            return account
        case "person":
            return get_object_or_404(User, pk=pk)
        case _:
            return get_object_or_404(Enrollment.objects.select_related("play", "account"), pk=pk)


def _named(thing: Subject) -> str:
    return f"{thing.play.name} on {thing.account.name}" if isinstance(thing, Enrollment) else str(thing)


def _back(request: HttpRequest, scope: str, subject: int) -> str:
    """Where the reader came from; else the page of the thing."""
    for said in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if came_from := own_address(request, said):
            return came_from
    pages = {"play": "plays:play", "account": "accounts:account", "enrollment": "plays:enrollment"}
    return reverse(pages[scope], args=[subject]) if scope in pages else reverse("plays:pauses")
