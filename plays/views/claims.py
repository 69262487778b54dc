"""Holding a task while one works on it: a page that is open renews the claim, one that closes lets it go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import Conflict
from abmops.ui.access import page
from abmops.ui.asking_again import WhyForm, ask_again
from abmops.ui.toasts import toast
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays import services
from plays.views.doing import WORKERS, editable_task

PLAIN = "text/plain; charset=utf-8"


@page(*WORKERS)
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hold it, or hold it longer: 204, or 409 with who has it."""
    try:
        services.claim_task(task=editable_task(request, pk), by=reader(request), now=timezone.now())
    except Conflict as error:
        return HttpResponse(error.message, status=409, content_type=PLAIN)
    return HttpResponse(status=204)


@page(*WORKERS)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let go of one's own claim."""
    services.release_task(task=editable_task(request, pk), by=reader(request), now=timezone.now())
    return HttpResponse(status=204)


@page(*WORKERS)
@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponseBase:
    """RevOps works on what somebody else holds, for a reason."""
    task, form = editable_task(request, pk), WhyForm(request.POST)

    def act() -> None:
        services.take_over(
            task=task, by=reader(request), reason=form.cleaned_data["reason"], now=timezone.now()
        )

    if not (form.is_valid() and carried_out(form, act)):
        back = reverse("plays:task", args=[pk])
        return ask_again(request, form, title=f"Take over: {task.title}", act="Take over", back=back)
    toast(request, f"{task.title}: yours for the next minutes.")
    return redirect("plays:task", pk)
