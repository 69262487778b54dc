"""The rules of the list, written by RevOps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.toasts import toast
from accounts.models import Via
from accounts.selectors import target_list as facts
from accounts.services.changes import acting
from accounts.services.target_list.policy import write_policy
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from accounts.views.target_list.forms import PolicyForm
from accounts.views.target_list.tabs import tab_answer


@page(Role.REVOPS)
def policy(request: HttpRequest) -> HttpResponseBase:
    """Capacities, quarantine, read-throughs, and what proposes another tier."""
    user = reader(request)
    form = PolicyForm(request.POST or None, ceilings=facts.ceilings(), policy=facts.list_policy())
    if form.is_valid():
        with acting(by=user, via=Via.PAGE, what="Wrote the rules of the list"):
            done = carried_out(
                form, lambda: write_policy(ceilings=form.ceilings(), rules=form.rules(), by=user)
            )
        if done:
            toast(request, "The rules are in force.")
            return redirect("target_list:page")
    status = 422 if form.is_bound and form.errors else 200
    return tab_answer(
        request,
        "overview",
        "accounts/target_list/policy.html",
        {"form": form},
        now=timezone.now(),
        status=status,
    )
