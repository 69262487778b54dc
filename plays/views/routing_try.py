"""The tester of routing: who would get this, and why not the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from abmops.lib.domains import registrable_domain
from abmops.ui.access import page
from accounts.models import Account, Territory
from plays.domain import routing
from plays.domain import vocabulary as words
from plays.domain.hours import due_after
from plays.domain.routing import Case, NobodyToRoute
from plays.selectors.staff import staff
from plays.views.routing import TIERS
from plays.views.settings_tabs import tab_page


class TryForm(forms.Form):
    """A case: an account, or what one would be like."""

    account = forms.CharField(
        required=False, max_length=253, help_text="Name or domain. Empty: the case is described below."
    )
    territory = forms.ModelChoiceField(Territory.objects.all(), required=False, empty_label="None")
    tier = forms.TypedChoiceField(choices=[("", "Any"), *TIERS], coerce=int, empty_value=None, required=False)
    country = forms.CharField(required=False, max_length=2, help_text="Two letters.")
    industry = forms.CharField(required=False, max_length=120)
    side = forms.ChoiceField(
        choices=[(key, name.capitalize()) for key, name in words.SIDES.items()], initial="sales"
    )
    role = forms.ChoiceField(
        label="The step asks for",
        choices=[(key, name[0].upper() + name[1:]) for key, name in words.ROLES.items()],
        initial="owner",
    )
    moment = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="When it opens; empty: now. It decides who is away and when a working day would end.",
    )
    sla = forms.FloatField(label="SLA, hours", initial=24, min_value=0.25, max_value=2400)

    def clean_account(self) -> Account | None:
        """The one account of this name or domain."""
        text = self.cleaned_data["account"].strip()
        if not text:
            return None
        domain = registrable_domain(text)
        found = Account.objects.filter(
            Q(domains__domain=domain) if domain else Q(name__iexact=text)
        ).select_related("owner", "territory")
        row = found.first() or Account.objects.filter(name__istartswith=text).order_by("name").first()
        if row is None:
            raise forms.ValidationError("No account has this name or domain.")
        return row


@page()
def routing_try(request: HttpRequest) -> HttpResponseBase:
    """Who would get it, and everything that was asked before."""
    asked = bool(request.GET)
    form = TryForm(request.GET if asked else None)
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        context |= _tried(form.cleaned_data, now=timezone.now())
    status = 422 if asked and form.errors else 200
    return tab_page(request, "try", "plays/settings/try.html", context, status=status)


def _tried(said: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """The same function that gives out work, on the people of now as they would be there at the moment."""
    moment = said["moment"] or now
    people = staff(now=now, on=moment)
    account: Account | None = said["account"]
    case = (
        people.case(account, side=said["side"], role=said["role"])
        if account
        else Case(
            side=said["side"],
            role=said["role"],
            territory_id=said["territory"].pk if said["territory"] else None,
            tier=said["tier"],
            country=said["country"],
            industry=said["industry"],
        )
    )
    try:
        found = routing.route(case, people.people, people.rules)
    except NobodyToRoute as error:
        return {"nobody": error.message}
    person = people.people[found.person_id]
    return {
        "account": account,
        "found": found,
        "person": person,
        "due": due_after(moment, said["sla"], people.calendar(person.id)),
        "moment": moment,
        "zone": str(people.calendar(person.id).zone),
    }
