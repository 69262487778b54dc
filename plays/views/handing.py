"""A job given by hand from another page: whoever looks at an account hands it to a person without leaving."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Channel, Role, Side, Urgency
from abmops.lib.errors import AbmopsError
from abmops.ui import moments
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.navigation import forget_counts
from abmops.ui.partials import part
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.views.account_page import visible_account
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays import services
from plays.models import Task
from plays.views.doing import WORKERS, editable_task

WAYS = (Channel.CALL, Channel.EMAIL, Channel.LINKEDIN, Channel.MEETING, Channel.DIRECT_MAIL, Channel.OTHER)


class TaskForm(forms.Form):
    """What somebody is to do, and who."""

    title = forms.CharField(label="What to do", max_length=300)
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who", empty_label="The account's owner, else the pool"
    )
    channel = forms.ChoiceField(label="How", choices=[(way.value, way.label) for way in WAYS])
    urgency = forms.ChoiceField(choices=Urgency.choices)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here().filter(role__in=(Role.REP, Role.MARKETER, Role.REVOPS))


@page(*WORKERS)
def hand_task(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A small form; a POST puts the job into somebody's queue."""
    account, user = visible_account(request, pk), reader(request)
    may = Account.objects.editable_by(user).filter(pk=account.pk).exists()
    form = TaskForm(request.POST if request.method == "POST" else None)
    made: list[Task] = []
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if form.is_valid():
            carried_out(form, lambda: made.append(_add(form, account, user, timezone.now())))
    if made:
        forget_counts(made[0].owner)
        toast(request, _told(made[0]), undo_url=reverse("plays:take_back", args=[made[0].pk]))
        if request.headers.get("HX-Request") != "true":
            return redirect("accounts:account", account.pk)
    context = {
        "account": account,
        "form": form,
        "may": may,
        "made": made[0] if made else None,
        "told": _told(made[0]) if made else "",
    }
    return part(request, "plays/partials/hand_task.html", context, title=f"A task on {account.name}")


def _add(form: TaskForm, account: Account, user: User, now: datetime) -> Task:
    said = form.cleaned_data
    owner: User | None = said["owner"]
    side = Side.MARKETING if owner is not None and owner.role == Role.MARKETER else Side.SALES
    return services.add_task(
        account=account,
        owner=owner,
        channel=said["channel"],
        side=side,
        title=said["title"].strip(),
        urgency=said["urgency"],
        by=user,
        now=now,
    )


def _told(task: Task) -> str:
    due = moments.due_words(task.due_at, now=task.created_at, zone=timezone.get_current_timezone())
    return f"“{task.title}” is in the queue of {task.owner}, due {due}."


@page(*WORKERS)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo: the job is taken out of the queue again."""
    task, user = editable_task(request, pk), reader(request)
    try:
        services.cancel_task(task=task, by=user, reason="Taken back.", now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"“{task.title}” is taken back.")
        forget_counts(task.owner)
    return redirect(
        own_address(request, request.headers.get("Referer", ""))
        or reverse("accounts:account", args=[task.account_id])
    )
