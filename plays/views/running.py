"""What people do with a play that runs on an account: hand it over, stop it, and take back that it was stopped."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.asking_again import WhyForm, ask_again
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays import services
from plays.models import Enrollment


class HandOverForm(forms.Form):
    """Who takes it over, and a word to them."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label="To",
        empty_label="Choose",
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose who takes it over."),
    )
    reason = forms.CharField(label="A word to them", max_length=200, required=False)

    def __init__(self, data: QueryDict, *, takers: QuerySet[User]) -> None:
        super().__init__(data)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = takers


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All of it is somebody else's from now on."""
    user, found = reader(request), _editable(request, pk)
    form = HandOverForm(request.POST, takers=takers(found))

    def act() -> None:
        services.hand_over(enrollment=found, by=user, now=timezone.now(), **form.cleaned_data)

    if not (form.is_valid() and carried_out(form, act)):
        title = f"Hand over {found.play.name} on {found.account.name}"
        back = reverse("plays:enrollment", args=[pk])
        return ask_again(request, form, title=title, act="Hand the whole play over", back=back)
    to = form.cleaned_data["to"]
    toast(request, f"{found.play.name} on {found.account.name} is {to}'s now, with every step to come.")
    return redirect("plays:enrollment", pk=pk)


def takers(found: Enrollment) -> QuerySet[User]:
    """Who can take a whole play over: everybody who can owe a task, but for whoever has it already."""
    people = User.objects.here().filter(role__in=(Role.REP, Role.MARKETER, Role.REVOPS))
    return people.exclude(pk=found.handed_to_id or 0).order_by("name", "email")


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stop it, for a reason."""
    found, form = _editable(request, pk), WhyForm(request.POST)
    named = f"{found.play.name} on {found.account.name}"

    def act() -> None:
        services.cancel_enrollment(
            enrollment=found, by=reader(request), reason=form.cleaned_data["reason"], now=timezone.now()
        )

    if not (form.is_valid() and carried_out(form, act)):
        back = reverse("plays:enrollment", args=[pk])
        return ask_again(
            request, form, title=f"Stop {named}", act="Stop this play here", back=back, danger=True
        )
    undo = reverse("plays:restore", args=[pk])
    toast(request, f"{found.play.name} stopped on {found.account.name}.", undo_url=undo)
    return redirect("plays:enrollment", pk=pk)


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo that it was stopped."""
    found = _editable(request, pk)
    try:
        services.restore_enrollment(enrollment=found, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(
            request,
            f"{found.play.name} goes on at {found.account.name}, due later by the time it was stopped.",
        )
    return redirect("plays:enrollment", pk=pk)


def _editable(request: HttpRequest, pk: int) -> Enrollment:
    found = get_object_or_404(
        Enrollment.objects.visible_to(reader(request)).select_related("play", "account"), pk=pk
    )
    if not Enrollment.objects.editable_by(reader(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return found
