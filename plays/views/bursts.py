"""Bursts of marketing: planned, looked at, changed and called off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
from abmops.ui.asking_again import WhyForm, ask_again
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import Territory, User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain import hours
from plays.models import Burst
from plays.models.burst import CHANNELS
from plays.selectors import bursts as reads
from plays.selectors.bursts import Part
from plays.selectors.calendar.keys import PLANNERS
from plays.services.calendar import bursts
from plays.views.calendar_moving import clashes_told

SHOWN = 50
STATES = {"waits": "Waits", "rests": "Rests", "reached": "Reached", "left": "Left for good"}
SORTS = {"name": "Name", "tier": "Tier", "owner": "Owner", "state": "State"}


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
        owner.queryset = User.objects.here().filter(role__in=PLANNERS)
        territories.choices = [(one.slug, one.name) for one in Territory.objects.all()]
        if not is_new:
            for name in ("tiers", "phases", "territories", "lifecycles"):
                del self.fields[name]

    def told(self) -> dict[str, Any]:
        """The fields in the form in which the service takes them, the audience apart."""
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
    user, now = reader(request), timezone.now()
    found, parts, zone = _with_parts(request, pk, now=now)
    today = now.astimezone(zone).date()
    shown = _narrowed(request, parts)
    context = {
        "burst": found,
        "page": Paginator(shown, SHOWN).get_page(request.GET.get("page")),
        "resting": sum(part.state == "rests" for part in parts),
        "on": sum(part.state != "left" for part in parts),
        "left": sum(part.state == "left" for part in parts),
        "q": request.GET.get("q", ""),
        "of": request.GET.get("of", ""),
        "sort": request.GET.get("sort", "name"),
        "states": STATES.items(),
        "sorts": SORTS.items(),
        "state": _state(found, today),
        "may_change": user.has_role(*PLANNERS),
        "is_over": found.ends_on < today,
    }
    return render(request, "plays/burst.html", context)


@page()
def accounts_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its accounts as narrowed."""
    found, parts, _ = _with_parts(request, pk, now=timezone.now())
    header = (
        "Account", "Domain", "Tier", "Owner", "State", "Reached at", "Left at", "Why", "Back at", "Why back"
    )  # fmt: skip
    rows = (
        (
            one.account.name, one.account.domain, one.account.tier, one.account.owner or "", STATES[part.state],
            one.begun_at.isoformat(timespec="seconds") if one.begun_at else "",
            one.left_at.isoformat(timespec="seconds") if one.left_at else "", one.left_reason or part.rests,
            one.back_at.isoformat(timespec="seconds") if one.back_at else "", one.back_reason,
        )
        for part in _narrowed(request, parts)
        for one in [part.member]
    )  # fmt: skip
    return csv_answer(f"burst-{found.pk}-accounts", header, rows)


def _with_parts(request: HttpRequest, pk: int, *, now: datetime) -> tuple[Burst, list[Part], ZoneInfo]:
    """The burst and what each of its accounts does in it, in the reader's zone."""
    user = reader(request)
    zone = hours.zone_named(user.time_zone)
    found = get_object_or_404(Burst.objects.visible_to(user).select_related("owner", "created_by"), pk=pk)
    members = list(found.members.select_related("account__owner").order_by("account__name", "pk"))
    is_over = found.ends_on < now.astimezone(zone).date() or found.cancelled_at is not None
    staying = [] if is_over else [member.account_id for member in members if member.left_at is None]
    return found, reads.parts_of(found, members, reads.Resting.of(staying, now=now), zone=zone), zone


def _narrowed(request: HttpRequest, parts: Sequence[Part]) -> list[Part]:
    """As the address asks: by words of the account or its owner, by state, in an order."""
    wanted, of = request.GET.get("q", "").strip().casefold()[:120], request.GET.get("of", "")
    rows = [
        part
        for part in parts
        if of in ("", part.state) or of not in STATES
        if wanted in f"{part.member.account.name} {part.member.account.owner or 'SDR pool'}".casefold()
    ]
    match request.GET.get("sort"):
        case "tier":
            rows.sort(key=lambda part: part.member.account.tier or 9)
        case "owner":
            rows.sort(key=lambda part: str(part.member.account.owner or "").casefold())
        case "state":
            rows.sort(key=lambda part: list(STATES).index(part.state))
    return rows


@page(*PLANNERS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a burst other words or other days."""
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
    form = WhyForm(request.POST)
    if not (
        form.is_valid()
        and carried_out(
            form, lambda: bursts.cancel_burst(burst=found, now=timezone.now(), **form.cleaned_data)
        )
    ):
        back = reverse("plays:burst", args=[pk])
        return ask_again(
            request, form, title=f"Call off “{found}”", act="Call it off", back=back, danger=True
        )
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
