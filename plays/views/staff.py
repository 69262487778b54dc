"""People: where they sit, when they work, how much they hold, when they are away."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Job, Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.models import Absence, Territory, User
from accounts.models.user import WORKERS
from accounts.services import absences as services
from accounts.services import people as seats
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain.staffing import SEAT_NAMES
from plays.models import Departure
from plays.selectors import pauses
from plays.selectors import people as listed
from plays.views.settings_tabs import form_page, headings, number, tab_page

PAGE_SIZE = 50
WEEKDAYS = tuple(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")))
COLUMNS = (
    ("name", "Person", False),
    ("", "Seat", False),
    ("", "Territory", False),
    ("", "Works", False),
    ("accounts", "Accounts", True),
    ("open", "Open tasks", True),
    ("late", "Late", True),
    ("", "Away", False),
)


def asked_from(request: HttpRequest) -> listed.Asked:
    """What the address asks for; what it does not know it leaves out."""
    query = request.GET
    sort = query.get("sort", "name")
    seat = query.get("seat", "")
    return listed.Asked(
        q=query.get("q", "").strip().replace("\0", "")[:120],
        seat=seat if seat in listed.SEATS else "",
        territory=number(query.get("territory", "")),
        show=query.get("show", "") if query.get("show") in ("away", "left") else "",
        sort=sort if sort.removeprefix("-") in listed.SORTS else "name",
    )


@page()
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody, with what they carry."""
    asked, now = asked_from(request), timezone.now()
    found = Paginator(listed.people(asked, now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "page": found,
        "rows": listed.with_absences(list(found), now=now),
        "headings": headings(request.GET, asked.sort, COLUMNS),
        "seats": [(key, SEAT_NAMES.get(key, key)) for key in listed.SEATS],
        "territories": Territory.objects.all(),
    }
    return tab_page(request, "people", "plays/settings/people.html", context)


@page()
def people_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as narrowed and sorted."""
    now = timezone.now()
    header = [
        "Name", "Email", "Role", "Seat", "Territory", "Time zone", "Opens", "Closes", "Accounts", "Open tasks",
        "Late", "Capacity", "Away now",
    ]  # fmt: skip
    rows = listed.with_absences(list(listed.people(asked_from(request), now=now)), now=now)
    cells = (
        [
            row.user.name,
            row.user.email,
            row.user.get_role_display(),
            row.user.get_job_display(),
            row.user.territory.name if row.user.territory else "",
            row.user.time_zone,
            f"{row.user.opens:%H:%M}",
            f"{row.user.closes:%H:%M}",
            row.accounts,
            row.open,
            row.late,
            row.room,
            "yes" if row.is_away else "no",
        ]
        for row in rows
    )
    return csv_answer("people", header, cells)


@page()
def person(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One person."""
    now, user = timezone.now(), reader(request)
    found = get_object_or_404(listed.people(listed.Asked(show="any"), now=now), pk=pk)
    row = listed.with_absences([found], now=now)[0]
    context = {
        "row": row,
        "person": found,
        "weekdays": [name for day, name in WEEKDAYS if day in found.weekdays],
        "past": Absence.objects.filter(user=found, ends_on__lt=now.date()).select_related("stand_in")[:10],
        "stands_in": Absence.objects.filter(stand_in=found, ends_on__gte=now.date()).select_related("user"),
        "may_edit": found.pk == user.pk or user.has_role(Role.REVOPS),
        "rest": pauses.control(user, scope="person", pk=pk) if found.is_active else None,
        "departures": Departure.objects.filter(user=found).select_related("by", "undone_by"),
    }
    return tab_page(request, "people", "plays/settings/person.html", context)


class WeekForm(forms.Form):
    """When somebody works."""

    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Due times run in this zone, on these days, between these hours."
    )
    opens = forms.TimeField(label="Works from", widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(label="until", widget=forms.TimeInput(attrs={"type": "time"}))
    weekdays = forms.TypedMultipleChoiceField(
        label="On", choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


@page()
def week(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Working hours: one's own, or anybody's for RevOps."""
    found = _editable(request, pk)
    first = {name: getattr(found, name) for name in ("time_zone", "opens", "closes", "weekdays")}
    form = WeekForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and carried_out(
        form, lambda: seats.set_week(person=found, by=reader(request), **form.cleaned_data)
    ):
        toast(request, f"The working hours of {found} are changed. Due times that stand stay as they are.")
        return redirect("plays:person", pk=pk)
    return form_page(request, "people", form, title=f"Working hours of {found}", act="Save", back=_back(pk))


class SeatForm(forms.Form):
    """Where somebody sits."""

    job = forms.ChoiceField(
        label="Seat",
        choices=[("", "None"), *Job.choices],
        required=False,
        help_text="Steps of plays ask for seats.",
    )
    territory = forms.ModelChoiceField(
        Territory.objects.all(),
        required=False,
        empty_label="None",
        help_text="Whose accounts come here first.",
    )
    capacity = forms.IntegerField(
        min_value=1,
        max_value=2000,
        required=False,
        help_text="Open tasks that may be held before a pool passes the person over. Empty: what the seat may hold.",
    )


@page(Role.REVOPS)
def seat(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Seat, territory and capacity."""
    found = get_object_or_404(User, pk=pk)
    first = {"job": found.job, "territory": found.territory_id, "capacity": found.capacity}
    form = SeatForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and carried_out(
        form, lambda: seats.set_seat(person=found, by=reader(request), **form.cleaned_data)
    ):
        toast(request, f"The seat of {found} is changed. Open tasks stay where they are.")
        return redirect("plays:person", pk=pk)
    return form_page(request, "people", form, title=f"Seat of {found}", act="Save", back=_back(pk))


class AbsenceForm(forms.Form):
    """When somebody is away."""

    starts_on = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    stand_in = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody: routing finds who",
        help_text="Gets what falls due before the return, and everything urgent.",
    )
    note = forms.CharField(max_length=120, required=False, help_text="Shown to colleagues.")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stand_in"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here().filter(role__in=WORKERS).exclude(pk=person.pk)


@page()
def absence(request: HttpRequest, pk: int, absence_pk: int | None = None) -> HttpResponseBase:
    """A new absence, or another one."""
    found = _editable(request, pk)
    row = get_object_or_404(Absence, pk=absence_pk, user=found) if absence_pk else None
    names = ("starts_on", "ends_on", "stand_in", "note")
    first = {name: getattr(row, name) for name in names} if row else None
    form = AbsenceForm(request.POST if request.method == "POST" else None, initial=first, person=found)
    if form.is_valid() and carried_out(
        form,
        lambda: services.save_absence(user=found, by=reader(request), absence=row, **form.cleaned_data),
    ):
        first, last = form.cleaned_data["starts_on"], form.cleaned_data["ends_on"]
        verb = "was" if last < timezone.now().date() else "is"
        toast(request, f"{found} {verb} away from {first:%-d %B %Y} to {last:%-d %B %Y}.")
        return redirect("plays:person", pk=pk)
    intro = (
        "On the morning of the first day what falls due before the return is handed on, and what is urgent. "
        "It stays with whoever took it up."
    )
    title = f"{found} is away"
    return form_page(request, "people", form, title=title, act="Save", back=_back(pk), intro=intro)


@page()
def absence_remove(request: HttpRequest, pk: int, absence_pk: int) -> HttpResponseBase:
    """Asks first; not away after all."""
    found = _editable(request, pk)
    row = get_object_or_404(Absence, pk=absence_pk, user=found)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        form, lambda: services.remove_absence(absence=row, by=reader(request))
    ):
        toast(request, f"{found} is not away then. What was handed on stays where it is.")
        return redirect("plays:person", pk=pk)
    days = f"{row.starts_on:%-d %B} to {row.ends_on:%-d %B %Y}"
    return form_page(
        request,
        "people",
        form,
        title=f"{found} is not away from {days} after all?",
        act="Remove the absence",
        back=_back(pk),
        intro="Work that was handed on because of it stays with who took it.",
        danger=True,
    )


def _editable(request: HttpRequest, pk: int) -> User:
    found, user = get_object_or_404(User, pk=pk), reader(request)
    if found.pk != user.pk and not user.has_role(Role.REVOPS):
        raise PermissionDenied
    return found


def _back(pk: int) -> str:
    return reverse("plays:person", args=[pk])
