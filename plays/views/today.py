"""Today: a person's queue, in order, with what to do and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.ui.access import page
from accounts.models import User
from accounts.views.people import reader
from plays.models import Notice
from plays.selectors import today as work
from plays.services.clock import mark_read
from signals.selectors.evidence import told_by_id
from signals.views.feedback import verdicts_of

NOTICES_SHOWN = 3


@page()
def today(request: HttpRequest) -> HttpResponseBase:
    """The queue of the reader, or of the person named by RevOps."""
    now, user = timezone.now(), reader(request)
    person = person_of(request)
    context = queue_context(request, person=person, now=now) | {
        "breaching": work.breaching_next(person, now=now),
        "bursts": work.bursts_on(person),
        "notices": Notice.objects.visible_to(user).unread()[:NOTICES_SHOWN],
        "team": work.team_load(now=now) if user.has_role(Role.REVOPS) else [],
    }
    return render(request, "plays/today.html", context)


@page()
@require_POST
def read_notices(request: HttpRequest) -> HttpResponseBase:
    """The reader has seen what they were told."""
    mark_read(user=reader(request), now=timezone.now())
    return redirect("plays:today")


@page()
def changes(request: HttpRequest) -> HttpResponseBase:
    """News for a page that shows the queue: 204 while nothing has changed since its token."""
    now = timezone.now()
    person = person_of(request)
    counts = work.counts_of(person, now=now, midnight=midnight(now))
    told = request.GET.get("since", "")
    if told == work.since(counts, now=now):
        return HttpResponse(status=204)
    return queue_part(request, person=person, now=now, says=_news(told, counts.open))


def person_of(request: HttpRequest) -> User:
    """Whose queue: the reader's own, or for RevOps the one that `?person=` names."""
    user = reader(request)
    named = request.GET.get("person") or request.POST.get("person")
    if named and named.isdigit() and user.has_role(Role.REVOPS):
        return get_object_or_404(User, pk=int(named), is_active=True)
    return user


def midnight(now: datetime) -> datetime:
    """The start of the reader's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def queue_context(request: HttpRequest, *, person: User, now: datetime, says: str = "") -> dict[str, Any]:
    """What the queue partial needs."""
    everything = (request.GET.get("all") or request.POST.get("all")) == "1"
    queue = work.queue_of(person, now=now, midnight=midnight(now), everything=everything)
    crossings = work.crossings_behind(queue)
    return {
        "queue": queue,
        "verdicts": verdicts_of(reader(request), crossings=crossings),
        "told": told_by_id(crossings, now=now, zone=timezone.get_current_timezone()),
        "person": person,
        "is_own": person.pk == reader(request).pk,
        "everything": everything,
        "says": says,
        "now": now,
    }


def queue_part(request: HttpRequest, *, person: User, now: datetime, says: str = "") -> HttpResponse:
    """The queue alone, as the page includes it."""
    context = queue_context(request, person=person, now=now, says=says)
    return render(request, "plays/partials/queue.html", context)


def _news(told: str, open_now: int) -> str:
    before = told.partition("-")[0]
    more = open_now - int(before) if before.isdigit() else 0
    if more <= 0:
        return ""
    return "A new task is in your queue." if more == 1 else f"{more} new tasks are in your queue."
