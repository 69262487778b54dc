"""The rest of a queue: what sleeps, what has been closed today, and the whole of it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.views.people import reader
from plays.domain.outcomes import LABELS
from plays.models import Task
from plays.selectors import floor
from plays.selectors import today as work
from plays.services.task.undoing import UNDO_WITHIN
from plays.views.today import midnight, person_of, wanted_from

SHOWN = 50
HEADER = [
    "due_at", "late", "account", "tier", "task", "text", "why", "contact", "phone", "email", "channel", "side",
    "urgency", "play", "step", "owner", "score",
]  # fmt: skip


@page()
def snoozed(request: HttpRequest) -> HttpResponseBase:
    """What the person has put to sleep, the next to wake first, each with a button that wakes it now."""
    now, person = timezone.now(), person_of(request)
    found = Paginator(floor.asleep_of(person, now=now), SHOWN).get_page(request.GET.get("page"))
    return render(request, "plays/snoozed.html", _context(request, found, now=now))


@page()
def done_today(request: HttpRequest) -> HttpResponseBase:
    """What was closed today, the newest first; what was closed just now can be taken back."""
    now, person = timezone.now(), person_of(request)
    found = Paginator(floor.closed_since(person, start=midnight(now)), SHOWN).get_page(
        request.GET.get("page")
    )
    context = _context(request, found, now=now)
    context["undoable"] = {
        task.pk
        for task in found
        if task.closed_at
        and now - task.closed_at <= UNDO_WITHIN
        and not task.effects.get("final")
        and task.state != Task.State.CANCELLED
    }
    context["labels"] = LABELS
    return render(request, "plays/done_today.html", context)


def _context(request: HttpRequest, found: Any, *, now: Any) -> dict[str, Any]:
    user, person = reader(request), person_of(request)
    ids = [task.pk for task in found]
    return {
        "now": now,
        "found": found,
        "person": person,
        "is_own": person.pk == user.pk,
        "editable": set(Task.objects.editable_by(user).filter(pk__in=ids).values_list("pk", flat=True)),
    }


@page()
def tasks_csv(request: HttpRequest) -> HttpResponseBase:
    """The queue as a file, under the filters of the page and in its order; opt-outs leave their column empty."""
    now, person = timezone.now(), person_of(request)
    wanted = wanted_from(request.GET)
    mine = work.narrowed(
        Task.objects.filter(owner=person).awake(now), wanted, now=now, midnight=midnight(now)
    )
    rows = (
        work.in_order(mine)
        .select_related("account", "contact", "owner", "enrollment__play", "step_run")
        .prefetch_related("contact__opt_outs")
    )

    def cells() -> Iterator[list[object]]:
        for task in rows[:10_000]:
            who = task.contact
            call = who.phone if who and not who.refuses("call") else ""
            write = who.email if who and not who.refuses("email") else ""
            yield [
                timezone.localtime(task.due_at).isoformat(timespec="minutes"),
                "yes" if task.is_late(now) else "",
                task.account.name, task.account.tier, task.title, task.instructions, task.why,
                str(who) if who else "", call, write, task.channel, task.side, task.urgency,
                task.enrollment.play.name if task.enrollment else "",
                task.step_run.position + 1 if task.step_run else "",
                str(task.owner), round(getattr(task, "score_now", 0.0), 1),
            ]  # fmt: skip

    day = timezone.localtime(now - timedelta(0))
    return csv_answer(f"tasks-{day:%Y-%m-%d}", HEADER, cells())
