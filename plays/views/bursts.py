"""Bursts of marketing: planned, looked at, changed and called off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import TIERS, Lifecycle, Phase
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Territory, User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain import hours
from plays.models import Burst
from plays.models.burst import CHANNELS
from plays.selectors import bursts as reads
from plays.selectors.calendar.keys import PLANNERS
from plays.services.calendar import bursts
from plays.views.calendar_moving import clashes_told

SHOWN = 50


class BurstForm(forms.Form):
    """What runs, when, and on whom."""

    name = forms.CharField(max_length=120)
    channel = forms.ChoiceField(choices=[(one.value, one.label) for one in CHANNELS])
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the accounts will see, so that a rep can speak of it.",
        max_length=2_000,
    )
    owner = forms.ModelChoiceField(User.objects.none(), empty_label=None, label="Owned by")
    tiers = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=TIERS,
        widget=forms.CheckboxSelectMultiple,
        help_text="On whom: accounts of the target list. None ticked means all.",
    )
    phases = forms.MultipleChoiceField(
        required=False, choices=Phase.choices, widget=forms.CheckboxSelectMultiple
    )
    territories = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    lifecycles = forms.MultipleChoiceField(
        required=False, choices=Lifecycle.choices, widget=forms.CheckboxSelectMultiple, label="Lifecycle"
    )

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, territories = self.fields["owner"], self.fields["territories"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(territories, forms.MultipleChoiceField)
        owner.queryset = User.objects.filter(is_active=True, role__in=PLANNERS).order_by("name")
        territories.choices = [(one.slug, one.name) for one in Territory.objects.all()]
        if not is_new:
            for name in ("tiers", "phases", "territories", "lifecycles"):
                del self.fields[name]

    def told(self) -> dict[str, Any]:
        """As the service takes it."""
        data = self.cleaned_data
        said = {name: data[name] for name in ("name", "channel", "starts_on", "ends_on", "note", "owner")}
        wanted = {
            name: data[name] for name in ("tiers", "phases", "territories", "lifecycles") if data.get(name)
        }
        return said | ({"audience": wanted} if "tiers" in self.fields else {})


@page(*PLANNERS)
def new(request: HttpRequest) -> HttpResponseBase:
    """Plan one: first a look at whom it would reach, then for good."""
    user, now = reader(request), timezone.now()
    today = now.astimezone(hours.zone_named(user.time_zone)).date()
    form = BurstForm(
        request.POST if request.method == "POST" else None,
        initial={"owner": user, "starts_on": request.GET.get("day") or today, "tiers": [1]},
    )
    seen: bursts.Planned | None = None
    if request.method == "POST" and form.is_valid():
        fields = form.told()
        if "look" in request.POST:
            seen = bursts.preview(audience=fields["audience"], channel=fields["channel"], now=now)
        else:
            done: list[bursts.Planned] = []
            if carried_out(form, lambda: done.append(bursts.plan_burst(fields=fields, by=user, now=now))):
                planned = done[0]
                assert planned.burst is not None
                n_left = len(planned.left_out)
                left = f" {n_left:,} {'was' if n_left == 1 else 'were'} left out." if n_left else ""
                told = clashes_told(
                    f"burst:{planned.burst.pk}",
                    frozenset(account.pk for account in planned.taken),
                    day=planned.burst.starts_on,
                    user=user,
                    now=now,
                )
                n = len(planned.taken)
                said = f"“{planned.burst}” is planned on {n:,} account{'' if n == 1 else 's'}.{left}"
                toast(request, " ".join([said, *told]))
                return redirect("plays:burst", pk=planned.burst.pk)
    return render(request, "plays/burst_form.html", {"form": form, "seen": seen, "shown": SHOWN})


@page()
def burst(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One burst: when, on whom, who has left it and why."""
    user = reader(request)
    found = get_object_or_404(Burst.objects.visible_to(user).select_related("owner", "created_by"), pk=pk)
    members = found.members.select_related("account__owner").order_by("left_at", "account__name")
    now, zone = timezone.now(), hours.zone_named(user.time_zone)
    today = now.astimezone(zone).date()
    shown = Paginator(members, SHOWN).get_page(request.GET.get("page"))
    staying = list(found.members.filter(left_at__isnull=True).values_list("account", flat=True))
    is_over = found.ends_on < today or found.cancelled_at is not None
    resting = reads.Resting.of([] if is_over else staying, now=now)
    context = {
        "burst": found,
        "page": shown,
        "parts": reads.parts_of(found, list(shown), resting, zone=zone),
        "resting": len(resting.in_burst(staying, on=found.starts_on, zone=zone)),
        "on": len(staying),
        "left": found.members.filter(left_at__isnull=False).count(),
        "state": _state(found, today),
        "may_change": user.has_role(*PLANNERS),
        "is_over": found.ends_on < today,
    }
    return render(request, "plays/burst.html", context)


@page(*PLANNERS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Other words or days."""
    user = reader(request)
    found = get_object_or_404(Burst.objects.visible_to(user).select_related("owner"), pk=pk)
    initial = {
        name: getattr(found, name) for name in ("name", "channel", "starts_on", "ends_on", "note", "owner")
    }
    form = BurstForm(request.POST if request.method == "POST" else None, initial=initial, is_new=False)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: bursts.change_burst(burst=found, fields=form.told(), now=timezone.now())
        )
    ):
        toast(request, f"“{form.cleaned_data['name']}” is changed.")
        return redirect("plays:burst", pk=pk)
    return render(request, "plays/burst_form.html", {"form": form, "burst": found})


@page(*PLANNERS)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Call it off, for a reason."""
    found = get_object_or_404(Burst.objects.visible_to(reader(request)), pk=pk)
    try:
        bursts.cancel_burst(burst=found, reason=request.POST.get("reason", ""), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"“{found}” is called off.", undo_url=reverse("plays:burst_restore", args=[found.pk]))
    return redirect("plays:burst", pk=pk)


@page(*PLANNERS)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo calling it off."""
    found = get_object_or_404(Burst.objects.visible_to(reader(request)), pk=pk)
    try:
        bursts.restore_burst(burst=found, now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"“{found}” is planned again.")
    return redirect("plays:burst", pk=pk)


def _state(burst: Burst, today: Any) -> str:
    if burst.cancelled_at is not None:
        return "called off"
    if burst.starts_on > today:
        return "planned"
    return "running" if burst.ends_on >= today else "over"
