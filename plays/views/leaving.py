"""Somebody leaves: who would get what, by rule and by hand, and carrying it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib import owning
from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Territory, User
from accounts.models.user import WORKERS
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain import dealing
from plays.models import Departure
from plays.selectors.leaving import figures_of, keys_of
from plays.services.staff import leaving as services
from plays.services.staff import sharing
from plays.services.staff.sharing import ACCOUNTS, TASKS, Heirs, Plan
from plays.views.settings_tabs import number, tab_page

PICK: Final = "to-"
MOST_CHOICES: Final = 6_000
"""So many options stand on the page at most: rows by hand times people to choose from."""
FEWEST_ROWS, MOST_ROWS = 50, 250
TIER_FIELDS: Final = {
    1: "Tier 1 goes to",
    2: "Tier 2 goes to",
    3: "Tier 3 goes to",
    0: "Off the list goes to",
}


class LeavingForm(forms.Form):
    """Who gets what, by rule."""

    accounts = forms.ChoiceField(label="Accounts", choices=tuple(dealing.RULES.items()))
    tasks = forms.ChoiceField(label="Open tasks", choices=tuple(sharing.TASK_RULES.items()))
    among = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Who shares",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nobody chosen: accounts are shared by colleagues of the same seat, else by every rep.",
    )
    rest = forms.ChoiceField(
        label="Everything else",
        choices=(("one", "To one person, named below"), ("load", "Evenly among those chosen")),
        help_text="Plays, thresholds, sources, surfaces, rules, bursts, escalations and the like.",
    )
    things = forms.ModelChoiceField(User.objects.none(), label="The one person", empty_label=None)
    reason = forms.CharField(
        max_length=300,
        required=False,
        help_text="Needed to carry it out, for the record. For example: last day 30 November.",
    )

    def __init__(self, *args: Any, leaver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.here().filter(role__in=WORKERS).exclude(pk=leaver.pk)
        for tier, label in TIER_FIELDS.items():
            self.fields[f"tier_{tier}"] = forms.ModelChoiceField(
                others, label=label, required=False, empty_label="Each tier evenly"
            )
        for name in ("among", "things"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = others
        self.order_fields(["accounts", *self.tiers, "tasks", "among", "rest", "things", "reason"])

    @property
    def tiers(self) -> list[str]:
        """The fields that count only by tier."""
        return [f"tier_{tier}" for tier in TIER_FIELDS]

    def heirs(self, picks: Mapping[tuple[str, int], int]) -> Heirs:
        """What was chosen."""
        said = self.cleaned_data
        return Heirs(
            things=said["things"],
            among=tuple(said["among"]),
            accounts=said["accounts"],
            tasks=said["tasks"],
            is_spread=said["rest"] == "load",
            tiers={tier: heir for tier in TIER_FIELDS if (heir := said[f"tier_{tier}"]) is not None},
            picks=picks,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that can be given to somebody by hand."""

    field: str
    name: str
    url: str
    note: str
    heir: str
    picked: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one kind that the page shows; `more` go by the rule."""

    title: str
    rows: list[Row]
    more: int


@page(Role.REVOPS)
def leaving(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the person has, who would get it, and the button that carries it out."""
    person, user, now = get_object_or_404(User, pk=pk), reader(request), timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = LeavingForm(posted, leaver=person, initial={"things": user.pk})
    context: dict[str, Any] = {"person": person, "form": form}
    if posted is not None and form.is_valid():
        heirs = form.heirs(picks_of(posted))
        kept: list[Departure] = []
        if posted.get("do") == "leave" and carried_out(
            form,
            lambda: kept.append(
                services.leave(user=person, heirs=heirs, by=user, reason=form.cleaned_data["reason"], now=now)
            ),
        ):
            undo = reverse("plays:departure_undo", args=[kept[0].pk])
            toast(request, f"{person} has left, and everything is with others.", undo_url=undo)
            return redirect("plays:person", pk=pk)
        planned: list[Plan] = []
        if _may_plan(form) and carried_out(
            form, lambda: planned.append(sharing.plan(user=person, heirs=heirs, now=now))
        ):
            chosen = heirs.among or tuple(form.fields["things"].queryset)  # type: ignore[attr-defined]
            context |= {
                "plan": planned[0],
                "sections": sections_of(planned[0], heirs, len(chosen)),
                "choices": chosen,
            }
    context["figures"] = list(figures_of(person.pk, now=now).items())
    context["keys"] = keys_of(person.pk, now=now)
    status = 422 if form.errors else 200
    return tab_page(request, "people", "plays/settings/leaving.html", context, status=status)


def _may_plan(form: LeavingForm) -> bool:
    """What a rule refused is said once; a reason that is missing does not take the preview away."""
    return not set(form.errors) - {"reason"}


def picks_of(posted: QueryDict) -> dict[tuple[str, int], int]:
    """What was given by hand: fields like to-accounts-12, the person their value; empty is by the rule."""
    kinds = {ACCOUNTS, TASKS, *(kind.key for kind in owning.kinds())}
    picks = {}
    for name in posted:
        kind, _, row = name.removeprefix(PICK).rpartition("-")
        one, heir = number(row), number(posted.get(name, ""))
        if name.startswith(PICK) and kind in kinds and one is not None and heir is not None:
            picks[kind, one] = heir
    return picks


def sections_of(plan: Plan, heirs: Heirs, choices: int) -> list[Section]:
    """Everything that moves, kind by kind, as much of it as a page can hold."""
    most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_CHOICES // max(choices, 1)))

    def row(kind: str, one: int, name: str, url: str, note: str, heir: int | None) -> Row:
        return Row(f"{PICK}{kind}-{one}", name, url, note, plan.name(heir), heirs.picks.get((kind, one)))

    places = dict(Territory.objects.values_list("pk", "name"))
    accounts = [
        row(
            ACCOUNTS, one.pk, one.name, f"/accounts/{one.pk}/",
            " · ".join(
                part
                for part in (f"Tier {one.tier}" if one.tier else "Off the list", places.get(one.territory_id or 0))
                if part
            ),
            plan.accounts[one.pk],
        )
        for one in sorted(plan.rows.values(), key=lambda one: (one.tier or 9, one.name))
    ]  # fmt: skip
    tasks = [
        row(TASKS, one.task.pk, one.task.title, f"/accounts/{one.task.account_id}/", one.task.account.name, one.to_id)
        for one in plan.tasks
    ]  # fmt: skip
    found = [("Accounts", accounts), ("Open tasks", tasks)]
    for kind in owning.kinds():
        rows = [
            row(kind.key, one.id, one.name, one.url, "", plan.things[kind.key][one.id])
            for one in plan.found[kind.key]
        ]
        found.append((kind.words[0].upper() + kind.words[1:], rows))
    return [Section(title, rows[:most], len(rows[most:])) for title, rows in found if rows]


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
