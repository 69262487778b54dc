"""An account's phase: where it stands, what is missing for the next, how it came there, and a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from abmops.lib.choices import Phase, Role
from abmops.ui.access import page
from abmops.ui.partials import part
from abmops.ui.toasts import toast
from accounts.domain.phase import LADDER, OUT_LIFECYCLES
from accounts.models import Account
from accounts.services.phase import set_phase
from accounts.views.account_page import visible_account
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain.rules import title_of
from plays.models import Override
from plays.selectors import facts as facts_of
from plays.selectors.phases import missing_of, moves_of
from plays.selectors.pressure import ledger
from plays.services.guardrail.guarding import look_again

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Rung:
    """A phase of the ladder as drawn: passed, current or to come."""

    label: str
    state: str


@page()
def panel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The account page's phase, its touches of the week, and the guardrails set aside for it."""
    now, user = timezone.now(), reader(request)
    account = visible_account(request, pk)
    policy = facts_of.policy()
    names = dict(Phase.choices)
    overrides = Override.objects.visible_to(user).filter(account=account).select_related("by", "play")
    context = {
        "account": account,
        "rungs": _rungs(account.phase),
        "missing": missing_of([account], now=now).get(account.pk),
        "moves": [(move, names.get(move.to, move.to)) for move in moves_of(account, limit=SHOWN)],
        "touches": len(ledger([account.pk], now=now).get(account.pk, ())),
        "cap": policy.touches_per_week,
        "overrides": [(row, title_of(row.rule)) for row in overrides[:SHOWN]],
        "may_edit": user.has_role(Role.REVOPS, Role.REP, Role.MARKETER)
        and Account.objects.editable_by(user).filter(pk=account.pk).exists(),
        "now": now,
    }
    return part(request, "plays/partials/account_phase.html", context, title=f"Phase of {account.name}")


def _rungs(phase: str) -> list[Rung]:
    here = LADDER.index(phase) if phase in LADDER else -1
    names = dict(Phase.choices)
    return [
        Rung(str(names[rung]), "done" if place < here else "current" if place == here else "")
        for place, rung in enumerate(LADDER)
    ]


class PhaseForm(forms.Form):
    """Another phase, and why."""

    phase = forms.ChoiceField(label="Phase")
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the history of the account. What happened before now will not move the phase up again.",
    )

    def __init__(self, *args: Any, current: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["phase"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(value, label) for value, label in Phase.choices if value != current]


@page(Role.REVOPS, Role.REP, Role.MARKETER)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Set the phase by hand, up or back, with a reason."""
    user, now = reader(request), timezone.now()
    account = visible_account(request, pk)
    if not Account.objects.editable_by(user).filter(pk=account.pk).exists():
        raise PermissionDenied
    form = PhaseForm(request.POST or None, current=account.phase)
    if form.is_valid() and carried_out(
        form,
        lambda: set_phase(
            account=account,
            phase=form.cleaned_data["phase"],
            reason=form.cleaned_data["reason"],
            by=user,
            now=now,
        ),
    ):
        look_again(accounts=[account.pk], now=now)
        label = dict(Phase.choices)[form.cleaned_data["phase"]]
        toast(request, f"{account.name} is in the {str(label).lower()} phase now.")
        return redirect("accounts:account", account.pk)
    context = {"account": account, "form": form, "is_out": account.lifecycle in OUT_LIFECYCLES, "now": now}
    return render(request, "plays/phase_change.html", context, status=422 if form.is_bound else 200)
