"""Territories with their countries, and the days that are no working days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.domain.countries import NAMES
from accounts.models import Holiday, Territory
from accounts.services import holidays as services
from accounts.services.territory import save_territory
from accounts.views.carrying_out import carried_out
from plays.views.settings_tabs import form_page, number, tab_page

PAGE_SIZE = 100


@page()
def territories(request: HttpRequest) -> HttpResponseBase:
    """Every territory with its people and accounts."""
    q = _asked(request)
    context = {"rows": _territories(q), "q": q}
    return tab_page(request, "territories", "plays/settings/territories.html", context)


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip().replace("\0", "")[:80]


def _territories(q: str) -> Any:
    """The territories that a search finds, with what is in each."""
    rows = Territory.objects.annotate(
        reps=Count("people", distinct=True, filter=Q(people__is_active=True)),
        held=Count("accounts", distinct=True),
        days=Count("holidays", distinct=True),
    )
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(slug__icontains=q) | Q(countries__contains=[q.upper()]))
    return rows


class TerritoryForm(forms.Form):
    """A part of the market."""

    name = forms.CharField(max_length=80)
    slug = forms.SlugField(help_text="Its short name in files and in the API, for example dach.")
    countries = forms.CharField(
        required=False,
        help_text="Two-letter codes with commas: DE, AT, CH. Their accounts without a territory fall into it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_countries(self) -> list[str]:
        """Known codes only."""
        codes = [one for one in self.cleaned_data["countries"].upper().replace(",", " ").split() if one]
        if unknown := [one for one in codes if one not in NAMES]:
            raise forms.ValidationError(
                f"{', '.join(unknown)}: no such country. Use codes such as DE, AT, CH."
            )
        return codes


@page(Role.REVOPS)
def territory(request: HttpRequest, pk: int | None = None) -> HttpResponseBase:
    """A new territory, or another name or other countries for one."""
    row = get_object_or_404(Territory, pk=pk) if pk else None
    first = {"name": row.name, "slug": row.slug, "countries": ", ".join(row.countries)} if row else None
    form = TerritoryForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and carried_out(
        form, lambda: save_territory(territory=row or Territory(), **form.cleaned_data)
    ):
        toast(request, f"{form.cleaned_data['name']} is saved. Accounts that had a territory keep it.")
        return redirect("plays:territories")
    title = f"Change {row}" if row else "Add a territory"
    return form_page(request, "territories", form, title=title, act="Save", back=reverse("plays:territories"))


class HolidayForm(forms.Form):
    """One day off."""

    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(max_length=80)
    territory = forms.ModelChoiceField(Territory.objects.all(), required=False, empty_label="Everybody")


class PasteForm(forms.Form):
    """Many at once."""

    text = forms.CharField(
        label="Lines of a CSV file",
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="A line each: 2026-12-25, Christmas Day, and the territory's name where it is not for everybody.",
    )


@page()
def holidays(request: HttpRequest) -> HttpResponseBase:
    """Days off from today on, or of a year."""
    today = timezone.localdate()
    year, place = number(request.GET.get("year", "")), request.GET.get("territory", "")
    rows = Holiday.objects.select_related("territory").order_by("day", "territory__name")
    rows = rows.filter(day__year=year) if year and 1900 < year < 2200 else rows.filter(day__gte=today)
    if place == "all":
        rows = rows.filter(territory=None)
    elif number(place):
        rows = rows.filter(territory=number(place))
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        return _add(request, form)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "year": year,
        "years": range(today.year - 1, today.year + 3),
        "territories": Territory.objects.all(),
        "place": place,
    }
    return tab_page(request, "holidays", "plays/settings/holidays.html", context)


@page(Role.REVOPS)
def _add(request: HttpRequest, form: HolidayForm) -> HttpResponseBase:
    if form.is_valid() and carried_out(form, lambda: services.add_holiday(**form.cleaned_data)):
        toast(request, f"{form.cleaned_data['day']:%-d %B %Y} is no working day. Due times that stand stay.")
        return redirect("plays:holidays")
    back = reverse("plays:holidays")
    return form_page(request, "holidays", form, title="Add a holiday", act="Add", back=back)


@page(Role.REVOPS)
def holidays_paste(request: HttpRequest) -> HttpResponseBase:
    """A pasted list."""
    form = PasteForm(request.POST if request.method == "POST" else None)
    pasted: list[services.Pasted] = []
    if form.is_valid() and carried_out(
        form, lambda: pasted.append(services.paste_holidays(text=form.cleaned_data["text"]))
    ):
        known = f" {pasted[0].known} were known already." if pasted[0].known else ""
        toast(request, f"{pasted[0].added} holidays are added.{known}")
        return redirect("plays:holidays")
    back = reverse("plays:holidays")
    return form_page(request, "holidays", form, title="Paste holidays", act="Add them", back=back)


@page()
def holidays_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them, in the columns that can be pasted again."""
    rows = Holiday.objects.select_related("territory").order_by("day")
    cells = ([f"{one.day:%Y-%m-%d}", one.name, one.territory.name if one.territory else ""] for one in rows)
    return csv_answer("holidays", ["Day", "Name", "Territory"], cells)


@page(Role.REVOPS)
def holiday_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Asks first; then it is a working day."""
    row = get_object_or_404(Holiday.objects.select_related("territory"), pk=pk)
    if request.method == "POST":
        services.remove_holiday(holiday=row)
        toast(request, f"{row.day:%-d %B %Y} is a working day again.")
        return redirect("plays:holidays")
    return form_page(
        request,
        "holidays",
        forms.Form(),
        title=f"Is {row.day:%-d %B %Y} a working day?",
        act="Remove the holiday",
        back=reverse("plays:holidays"),
        intro=f"{row.name}, for {row.territory or 'everybody'}. Due times that stand stay as they are.",
        danger=True,
    )


@page()
def territories_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as narrowed."""
    header = ["Territory", "Slug", "Countries", "People", "Accounts", "Holidays"]
    cells = (
        [one.name, one.slug, ", ".join(one.countries), one.reps, one.held, one.days]
        for one in _territories(_asked(request))
    )
    return csv_answer("territories", header, cells)
