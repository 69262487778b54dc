"""The routing table, line by line."""

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
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.domain.countries import NAMES
from accounts.models import Territory, User
from accounts.models.user import WORKERS
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain import vocabulary as words
from plays.domain.rule_words import rule_sentence
from plays.domain.staffing import SEAT_NAMES, SEATS
from plays.models import RoutingRule
from plays.services.staff import routing as services
from plays.views.settings_tabs import form_page, tab_page

TIERS = ((1, "Tier 1"), (2, "Tier 2"), (3, "Tier 3"), (0, "Off the list"))


def sentence_of(rule: RoutingRule, territories: dict[int, str]) -> str:
    """A rule as a sentence."""
    return rule_sentence(
        tiers=rule.tiers,
        territories=[territories.get(pk, "a territory that is gone") for pk in rule.territories],
        countries=rule.countries,
        industries=rule.industries,
        sides=rule.sides,
        roles=rule.roles,
        target=rule.target,
        person=str(rule.person) if rule.person else "",
        seats=rule.seats,
        country_names=NAMES,
    )


@page()
def rules(request: HttpRequest) -> HttpResponseBase:
    """The lines in their order, and what stands before and after them."""
    places = dict(Territory.objects.values_list("id", "name"))
    rows = RoutingRule.objects.visible_to(reader(request)).select_related("person", "changed_by")
    shown = [(rule, sentence_of(rule, places)) for rule in rows]
    return tab_page(request, "routing", "plays/settings/routing.html", {"rules": shown})


@page()
def rules_csv(request: HttpRequest) -> HttpResponseBase:
    """The lines in their order, as sentences."""
    places = dict(Territory.objects.values_list("id", "name"))
    rows = RoutingRule.objects.visible_to(reader(request)).select_related("person")
    header = ["Position", "Rule", "In force", "What it says", "Why"]
    cells = (
        [row.position, row.name, "yes" if row.active else "no", sentence_of(row, places), row.reason]
        for row in rows
    )
    return csv_answer("routing-rules", header, cells)


class RuleForm(forms.Form):
    """A line of the table."""

    name = forms.CharField(max_length=120, help_text="As people will call it: Named accounts of the Nordics.")
    tiers = forms.TypedMultipleChoiceField(
        choices=TIERS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple, help_text="None: any."
    )
    territories = forms.ModelMultipleChoiceField(
        Territory.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, help_text="None: any."
    )
    countries = forms.CharField(required=False, help_text="Two-letter codes with commas: NO, SE. Empty: any.")
    industries = forms.CharField(
        required=False, help_text="As the accounts have them, with commas. Empty: any."
    )
    sides = forms.MultipleChoiceField(
        label="Steps of",
        choices=[(key, name.capitalize()) for key, name in words.SIDES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: any side.",
    )
    roles = forms.MultipleChoiceField(
        label="Steps that ask for",
        choices=[(key, name[0].upper() + name[1:]) for key, name in words.ROLES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: whatever they ask for.",
    )
    target = forms.ChoiceField(label="Goes to", choices=RoutingRule.Target.choices, widget=forms.RadioSelect)
    person = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody in particular")
    seats = forms.MultipleChoiceField(
        choices=[(seat, SEAT_NAMES[seat][0].upper() + SEAT_NAMES[seat][1:]) for seat in SEATS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        max_length=300, help_text="Why the rule is there. It is shown wherever it decides."
    )
    active = forms.BooleanField(required=False, initial=True, label="In force")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here().filter(role__in=WORKERS)

    def clean_countries(self) -> list[str]:
        """Known codes only."""
        codes: list[str] = self.cleaned_data["countries"].upper().replace(",", " ").split()
        if unknown := [one for one in codes if one not in NAMES]:
            raise forms.ValidationError(
                f"{', '.join(unknown)}: no such country. Use codes such as DE, AT, CH."
            )
        return codes

    def clean_industries(self) -> list[str]:
        """A list out of a line."""
        return [one.strip() for one in self.cleaned_data["industries"].split(",") if one.strip()]

    def said(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        places = self.cleaned_data["territories"]
        return self.cleaned_data | {"territories": [place.pk for place in places]}


@page(Role.REVOPS)
def rule(request: HttpRequest, pk: int | None = None) -> HttpResponseBase:
    """A new line, or another one."""
    row = get_object_or_404(RoutingRule, pk=pk) if pk else None
    first = (
        {name: getattr(row, name) for name in services.FIELDS}
        | {
            "countries": ", ".join(row.countries),
            "industries": ", ".join(row.industries),
            "person": row.person_id,
        }
        if row
        else {"target": RoutingRule.Target.TERRITORY}
    )
    form = RuleForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and carried_out(
        form,
        lambda: services.save_rule(said=form.said(), by=reader(request), now=timezone.now(), rule=row),
    ):
        toast(request, f"“{form.cleaned_data['name']}” is saved. It decides from the next task on.")
        return redirect("plays:routing")
    title = f"Change “{row}”" if row else "Add a routing rule"
    return form_page(
        request, "routing", form, title=title, act="Save", back=reverse("plays:routing"), wide=True
    )


@page(Role.REVOPS)
@require_POST
def rule_move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One place up or down."""
    row = get_object_or_404(RoutingRule, pk=pk)
    up = request.POST.get("way") != "down"
    if services.move_rule(rule=row, up=up, by=reader(request), now=timezone.now()):
        toast(request, f"“{row}” is asked {'earlier' if up else 'later'} now.")
    return redirect("plays:routing")


@page(Role.REVOPS)
def rule_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Asks first; then the line is gone."""
    row = get_object_or_404(RoutingRule.objects.select_related("person"), pk=pk)
    if request.method == "POST":
        services.remove_rule(rule=row)
        toast(request, f"“{row}” is gone. What it gave out stays where it is.")
        return redirect("plays:routing")
    places = dict(Territory.objects.values_list("id", "name"))
    intro = f"{sentence_of(row, places)} To stop it for a while, take it out of force instead."
    return form_page(
        request,
        "routing",
        forms.Form(),
        title=f"Remove “{row}”?",
        act="Remove",
        back=reverse("plays:routing"),
        intro=intro,
        danger=True,
    )
