"""The play library and one play: what it says, how far its accounts got, and starting it by hand."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.domains import registrable_domain
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Account
from accounts.views.people import reader
from plays import services
from plays.models import Enrollment, Play
from plays.selectors import pages
from plays.services.starting import OVERRIDABLE

LIVE_SHOWN = 50


@page()
def library(request: HttpRequest) -> HttpResponseBase:
    """Every play with its trigger, sequence and figures."""
    now = timezone.now()
    shown = pages.library_for(reader(request), now=now)
    return render(request, "plays/library.html", {"plays": shown, "now": now})


@page()
def play(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One play: definition in sentences, the flow with its funnel, versions, live enrollments."""
    now, user = timezone.now(), reader(request)
    shown = pages.play_for(user, pk, now=now)
    if shown is None:
        raise Http404
    live = (
        Enrollment.objects.visible_to(user)
        .live()
        .filter(play=pk)
        .select_related("account", "version", "owner")
    )
    context = {
        "shown": shown,
        "versions": shown.play.versions.select_related("created_by"),
        "live": live[:LIVE_SHOWN],
        "may_change": user.has_role(Role.REVOPS),
        "may_start": user.has_role(Role.REVOPS, Role.REP, Role.MARKETER)
        and shown.play.status == Play.Status.ACTIVE,
        "now": now,
    }
    return render(request, "plays/play.html", context)


@page(Role.REVOPS)
@require_POST
def set_status(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Activate, pause or retire."""
    found = get_object_or_404(Play.objects.visible_to(reader(request)).select_related("current"), pk=pk)
    status = request.POST.get("status", "")
    try:
        if status not in Play.Status.values:
            raise AbmopsError("Choose active, paused or retired.")
        services.set_status(play=found, status=status, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{found.name} is now {found.get_status_display().lower()}.")
    return redirect("plays:play", pk=pk)


class StartForm(forms.Form):
    """Which account, and why by hand."""

    account = forms.CharField(
        label="Account", max_length=253, help_text="Its domain, for example acme.com.", strip=True
    )
    reason = forms.CharField(label="Why by hand", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    override = forms.MultipleChoiceField(
        label="Set aside",
        required=False,
        choices=[(rule, rule.replace("_", " ").capitalize()) for rule in sorted(OVERRIDABLE)],
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where you know better than the rule; it stays on the record.",
    )


@page(Role.REVOPS, Role.REP, Role.MARKETER)
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Start the play on an account, for a reason."""
    user, now = reader(request), timezone.now()
    found = get_object_or_404(Play.objects.visible_to(user).select_related("current"), pk=pk)
    form = StartForm(
        request.POST if request.method == "POST" else None,
        initial={"account": request.GET.get("account", "")},
    )
    if form.is_valid():
        account = _account(form.cleaned_data["account"])
        if account is None:
            form.add_error("account", "No account has this domain.")
        elif not Account.objects.editable_by(user).filter(pk=account.pk).exists():
            raise PermissionDenied
        else:
            try:
                enrollment = services.start_play(
                    play=found,
                    account=account,
                    by=user,
                    reason=form.cleaned_data["reason"],
                    override=form.cleaned_data["override"],
                    now=now,
                )
            except AbmopsError as error:
                form.add_error(None, error.message)
            else:
                toast(request, f"{found.name} runs on {account.name}.")
                return redirect(reverse("plays:enrollment", args=[enrollment.pk]))
    status = 422 if form.is_bound else 200
    return render(request, "plays/start.html", {"play": found, "form": form}, status=status)


def _account(text: str) -> Account | None:
    domain = registrable_domain(text)
    return Account.objects.filter(domains__domain=domain).first() if domain else None
