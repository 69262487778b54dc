"""Somebody leaves: who would get what, and carrying it out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays.models import Departure
from plays.selectors.leaving import figures_of
from plays.selectors.staff import WORKERS
from plays.services.staff import leaving as services
from plays.services.staff.leaving import Heirs
from plays.views.settings_tabs import done, tab_page


class LeavingForm(forms.Form):
    """Who gets what."""

    accounts = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Dealt out: the same seat in each account's territory, evenly",
    )
    tasks = forms.ModelChoiceField(
        User.objects.none(),
        label="Open tasks",
        required=False,
        empty_label="By routing: each account's new owner, the rules, the pool",
    )
    things = forms.ModelChoiceField(
        User.objects.none(),
        label="Plays, thresholds, sources, rules and stand-ins",
        empty_label=None,
    )
    reason = forms.CharField(
        max_length=300, required=False, help_text="For the record, for example: last day 30 November."
    )

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True, role__in=WORKERS).exclude(pk=leaver.pk)
        for name in ("accounts", "tasks", "things"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = others.order_by("name")

    def heirs(self) -> Heirs:
        """What was chosen."""
        said = self.cleaned_data
        return Heirs(accounts=said["accounts"], tasks=said["tasks"], things=said["things"])


@page(Role.REVOPS)
def leaving(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the person has, who would get it, and the button that carries it out."""
    person, user, now = get_object_or_404(User, pk=pk), reader(request), timezone.now()
    form = LeavingForm(
        request.POST if request.method == "POST" else None, leaver=person, initial={"things": user.pk}
    )
    context: dict[str, Any] = {"person": person, "form": form}
    if request.method == "POST" and form.is_valid():
        carry_out = request.POST.get("do") == "leave"
        kept: list[Any] = []
        if carry_out and done(
            form,
            lambda: kept.append(
                services.leave(
                    user=person, heirs=form.heirs(), by=user, reason=form.cleaned_data["reason"], now=now
                )
            ),
        ):
            undo = reverse("plays:departure_undo", args=[kept[0].pk])
            toast(request, f"{person} has left, and everything is with others.", undo_url=undo)
            return redirect("plays:person", pk=pk)
        if not form.errors:
            planned: list[services.Plan] = []
            if done(form, lambda: planned.append(services.plan(user=person, heirs=form.heirs(), now=now))):
                context["plan"] = planned[0]
    context["figures"] = [(words, n) for words, n in figures_of(person.pk, now=now).items() if n]
    status = 422 if form.errors else 200
    return tab_page(request, "people", "plays/settings/leaving.html", context, status=status)


@page(Role.REVOPS)
@require_POST
def departure_undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """They are back, with everything that nobody has moved or finished since."""
    row = get_object_or_404(Departure.objects.select_related("user"), pk=pk)
    try:
        services.undo_departure(departure=row, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{row.user} is back, with what nobody has moved or finished since.")
    return redirect("plays:person", pk=row.user_id)
