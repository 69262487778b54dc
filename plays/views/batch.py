"""Several tasks of a queue at once: done, skipped, snoozed, handed on; and all of it taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.navigation import forget_counts
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays import services
from plays.models import Task
from plays.selectors import floor
from plays.views.doing import WORKERS, asked, carry_out, safe_back
from plays.views.tasks import HandOnForm
from plays.views.today import SKIP_REASONS

AT_MOST = 100
SAID = {"done": "done", "skip": "skipped", "snooze": "snoozed"}


@page(*WORKERS)
@require_POST
def batch(request: HttpRequest) -> HttpResponseBase:
    """Do one thing with all that were chosen; what cannot be done is named, the rest is done."""
    user, now = reader(request), timezone.now()
    chosen, ask = _chosen(request, request.POST.getlist("pick")), asked(request)
    back = safe_back(request, otherwise=reverse("plays:today"))
    if not chosen:
        complain(request, "Choose at least one task first.")
        return redirect(back)
    if ask.do == "hand-on":
        return _hand_on(request, chosen, back=back, now=now)
    if ask.do not in SAID:
        complain(request, "Choose what to do with them.")
        return redirect(back)
    if ask.do == "skip" and not ask.reason:
        return render(
            request, "plays/skip_many.html", {"tasks": chosen, "reasons": SKIP_REASONS, "back": back}
        )
    ask = replace(ask, outcome="", meeting_at=None)
    _each(request, chosen, lambda task: carry_out(ask, task=task, by=user, now=now), said=SAID[ask.do])
    return redirect(back)


@page(*WORKERS)
@require_POST
def undo(request: HttpRequest) -> HttpResponseBase:
    """Take back what was done with several at once."""
    user, now = reader(request), timezone.now()

    def back_again(task: Task) -> None:
        if task.state == Task.State.SNOOZED:
            services.wake_task(task=task, by=user, now=now)
        else:
            services.reopen_task(task=task, by=user, now=now)

    chosen = _chosen(request, request.GET.get("tasks", "").split(","))
    _each(request, chosen, back_again, said="back in the queue", can_undo=False)
    return redirect(safe_back(request, otherwise=reverse("plays:today")))


def _hand_on(request: HttpRequest, chosen: list[Task], *, back: str, now: datetime) -> HttpResponseBase:
    form = HandOnForm(request.POST if "to" in request.POST else None, people=floor.colleagues_of(chosen[0]))
    if not form.is_valid():
        context = {"tasks": chosen, "form": form, "back": back}
        return render(request, "plays/hand_on_many.html", context, status=422 if form.is_bound else 200)
    to, reason, by = form.cleaned_data["to"], form.cleaned_data["reason"], reader(request)
    _each(
        request,
        chosen,
        lambda task: services.hand_on_task(task=task, by=by, to=to, reason=reason, now=now),
        said=f"handed on to {to}",
        can_undo=False,
    )
    return redirect(back)


def _chosen(request: HttpRequest, said: Iterable[str]) -> list[Task]:
    ids = typed.row_ids(said)[:AT_MOST]
    rows = Task.objects.editable_by(reader(request)).filter(pk__in=ids)
    return list(rows.select_related("account", "owner", "contact").order_by("due_at", "pk"))


def _each(
    request: HttpRequest,
    tasks: list[Task],
    act: Callable[[Task], object],
    *,
    said: str,
    can_undo: bool = True,
) -> None:
    """Each in a transaction of its own, so that one that somebody else has closed stops none of the others."""
    did: list[int] = []
    refused: list[str] = []
    for task in tasks:
        try:
            act(task)
        except AbmopsError as error:
            refused.append(f"{task.account.name}: {error.message}")
        else:
            did.append(task.pk)
    if did:
        address = f"{reverse('plays:batch_undo')}?tasks={','.join(map(str, did))}"
        words = "One task" if len(did) == 1 else f"{len(did)} tasks"
        toast(request, f"{words} {said}.", undo_url=address if can_undo else "")
    if refused:
        more = f" And {len(refused) - 3} more." if len(refused) > 3 else ""
        complain(request, " ".join(refused[:3]) + more)
    user: User = reader(request)
    forget_counts(user)
