"""Starting a play by hand, and opening a step that a guardrail holds back: past a rule only with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.domains import registrable_domain
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.views.people import reader
from plays import services
from plays.domain.guardrails import SETTABLE
from plays.domain.rules import title_of
from plays.models import Enrollment, Play, StepRun
from plays.services.enrollment.starting import TurnedDown
from plays.services.guardrail import overriding


def _named(rule: str, said: str) -> str:
    """The rule's title and what it says; its title once, where the sentence begins with it."""
    title = title_of(rule)
    return said if said.startswith(f"{title}:") else f"{title}: {said}"


class AsideField(forms.MultipleChoiceField):
    """The rules that are in the way, each with what it says; ticking one sets it aside."""

    def __init__(self, in_the_way: Iterable[tuple[str, str]]) -> None:
        choices = [(rule, _named(rule, said)) for rule, said in in_the_way if rule in SETTABLE]
        super().__init__(
            label="Set aside",
            required=False,
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            help_text="Only where you know better than the rule. It stays on the record with your reason.",
        )

    def valid_value(self, value: Any) -> bool:
        """What nobody may set aside is not even offered; the rest may have changed since the page was drawn."""
        return str(value) in SETTABLE


class StartForm(forms.Form):
    """Which account, and why by hand. What is in the way is asked about once it is known."""

    account = forms.CharField(
        label="Account", max_length=253, help_text="Its domain, for example acme.com.", strip=True
    )
    reason = forms.CharField(label="Why by hand", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["override"] = AsideField(())

    def offer(self, refusal: TurnedDown) -> None:
        """Show what is in the way, to be set aside; nothing, where one of it is set aside by nobody."""
        if final := [said for rule, said in refusal.in_the_way if rule not in SETTABLE]:
            others = [said for said in final if said != refusal.message]
            self.add_error(None, " ".join([*others, "Nobody sets this aside."]))
            return
        self.fields["override"] = AsideField(refusal.in_the_way)
        self._bound_fields_cache.pop("override", None)  # type: ignore[attr-defined]  # drawn with the choices of now

    def shown(self) -> list[forms.BoundField]:
        """The fields that have something to ask."""
        has_choice = bool(self.fields["override"].choices)  # type: ignore[attr-defined]
        return [field for field in self.visible_fields() if field.name != "override" or has_choice]


@page(Role.REVOPS, Role.REP, Role.MARKETER)
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Start the play on an account, for a reason; what is in the way is shown, and may be set aside."""
    user = reader(request)
    found = get_object_or_404(Play.objects.visible_to(user).select_related("current"), pk=pk)
    form = StartForm(
        request.POST if request.method == "POST" else None,
        initial={"account": request.GET.get("account", "")},
    )
    if form.is_valid() and (begun := _begun(request, form, found, user)) is not None:
        return begun
    status = 422 if form.is_bound else 200
    return render(request, "plays/start.html", {"play": found, "form": form}, status=status)


def _begun(request: HttpRequest, form: StartForm, play: Play, user: User) -> HttpResponseBase | None:
    account = _account(form.cleaned_data["account"])
    if account is None:
        form.add_error("account", "No account has this domain.")
        return None
    if not Account.objects.editable_by(user).filter(pk=account.pk).exists():
        whose = f"{account.owner}, who owns it," if account.owner else "somebody of its territory"
        form.add_error("account", f"{account.name} is not yours. Ask {whose} or RevOps to start it there.")
        return None
    try:
        enrollment = services.start_play(
            play=play,
            account=account,
            by=user,
            reason=form.cleaned_data["reason"],
            override=form.cleaned_data["override"],
            now=timezone.now(),
        )
    except TurnedDown as refusal:
        form.add_error(None, refusal.message)
        form.offer(refusal)
        return None
    except AbmopsError as error:
        form.add_error(None, error.message)
        return None
    toast(request, f"{play.name} runs on {account.name}.")
    return redirect(reverse("plays:enrollment", args=[enrollment.pk]))


def _account(text: str) -> Account | None:
    domain = registrable_domain(text)
    return Account.objects.filter(domains__domain=domain).select_related("owner").first() if domain else None


class AnywayForm(forms.Form):
    """Which rules are set aside for this step, and why."""

    def __init__(self, *args: Any, in_the_way: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["override"] = AsideField(in_the_way)
        self.fields["reason"] = forms.CharField(
            label="Why all the same", max_length=1_000, widget=forms.Textarea(attrs={"rows": 3})
        )


@page(Role.REVOPS, Role.REP, Role.MARKETER)
def open_anyway(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Open the step that a guardrail holds back, for a reason."""
    user, now = reader(request), timezone.now()
    found = get_object_or_404(
        Enrollment.objects.visible_to(user).select_related("play", "account", "version"), pk=pk
    )
    if not Enrollment.objects.editable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    run = StepRun.objects.filter(enrollment=found, state=StepRun.State.PENDING).exclude(held="").first()
    if run is None:
        complain(request, "No guardrail holds a step of this play back any more.")
        return redirect("plays:enrollment", pk=pk)
    run.enrollment = found
    noes = overriding.in_the_way(run, now=now)
    form = AnywayForm(request.POST or None, in_the_way=[(no.rule, no.sentence) for no in noes])
    if form.is_valid():
        try:
            task = overriding.open_step_anyway(
                run=run,
                rules=form.cleaned_data["override"],
                by=user,
                reason=form.cleaned_data["reason"],
                now=now,
            )
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"“{task.title}” is open: {task.owner} has it.")
            return redirect("plays:enrollment", pk=pk)
    context = {
        "enrollment": found,
        "run": run,
        "form": form,
        "never": [no for no in noes if no.rule not in SETTABLE],
        "now": now,
    }
    return render(request, "plays/open_anyway.html", context, status=422 if form.is_bound else 200)
