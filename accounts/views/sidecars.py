"""List drift: the systems that keep a copy of the list, what each of them held, and how far it was off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from abmops.lib.choices import TIERS, Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.domain.drift import FIELDS, KEYS
from accounts.domain.tables.table import titles_of
from accounts.models import Import, Sidecar, SidecarReading, User
from accounts.selectors.sidecars import sidecars
from accounts.services import sidecar as services
from accounts.services import sidecar_file as files
from accounts.views.people import reader
from accounts.views.target_list.tabs import tab_answer

KEEPERS = (Role.REVOPS, Role.MARKETER)
READINGS_SHOWN = 52
SAMPLE_ROWS = 5
S = Import.State


class SidecarForm(forms.Form):
    """A system that keeps its own copy of the list."""

    name = forms.CharField(max_length=120, help_text="As people call it: HubSpot, LinkedIn Ads, Outreach.")
    kind = forms.ChoiceField(choices=Sidecar.Kind.choices)
    owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="Who brings it back into line.",
    )
    tiers = forms.TypedMultipleChoiceField(
        choices=TIERS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Which tiers it should hold. None chosen: the whole list.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here()


class FileForm(forms.Form):
    """What the system holds, as it exports it."""

    file = forms.FileField(
        label="CSV or Excel file",
        help_text="Export the accounts that the system holds, with their domain or id.",
    )


class ColumnsForm(forms.Form):
    """Which column holds what."""

    def __init__(self, *args: Any, titles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not in the file"), *((str(number), title) for number, title in enumerate(titles))]
        for name, label in FIELDS.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        """At least one column that names the account, and none twice."""
        said: dict[str, Any] = super().clean() or {}
        chosen = [value for value in said.values() if value]
        if not any(said.get(name) for name in KEYS):
            raise forms.ValidationError(
                "Choose the column that names the account: its id, its domain or its name."
            )
        if len(set(chosen)) < len(chosen):
            raise forms.ValidationError("Two fields are in one column. Choose a column for each.")
        return said

    def columns(self) -> dict[str, int]:
        """Field to column."""
        return {name: int(value) for name, value in self.cleaned_data.items() if value}


@page()
def systems(request: HttpRequest) -> HttpResponse:
    """Every system with its newest reading."""
    context = {"systems": sidecars(), "may_keep": reader(request).has_role(*KEEPERS)}
    return tab_answer(request, "drift", "accounts/sidecars/list.html", context, now=timezone.now())


@page()
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """One system: its drift over time."""
    sidecar = get_object_or_404(Sidecar.objects.select_related("owner"), slug=slug)
    readings = list(sidecar.readings.select_related("by")[:READINGS_SHOWN])
    context = {
        "sidecar": sidecar,
        "readings": readings,
        "newest": readings[0] if readings else None,
        "chart": _chart(readings[::-1]) if len(readings) > 1 else None,
        "may_keep": reader(request).has_role(*KEEPERS),
    }
    return tab_answer(request, "drift", "accounts/sidecars/system.html", context, now=timezone.now())


def _chart(readings: list[SidecarReading]) -> dict[str, Any]:
    """Findings by reading, oldest first: what lacks, what is too much, what is wrong."""
    zone = timezone.get_current_timezone()

    def line(name: str, style: str, *kinds: str) -> dict[str, Any]:
        values = [sum(getattr(reading, kind) for kind in kinds) for reading in readings]
        return {"name": name, "values": values, "line": style}

    return {
        "labels": [f"{reading.at.astimezone(zone):%Y-%m-%d}" for reading in readings],
        "series": [
            line("Missing", "t1", "missing"),
            line("Extra", "t2", "extra", "unknown"),
            line("Wrong", "t3", "wrong_tier", "wrong_owner"),
        ],
        "unit": "count",
        "room": 56,
    }


@page(*KEEPERS)
def define(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """A new system, or another name, owner or tiers for one."""
    row = get_object_or_404(Sidecar, slug=slug) if slug else None
    first = {"name": row.name, "kind": row.kind, "owner": row.owner_id, "tiers": row.tiers} if row else None
    form = SidecarForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        saved = services.put_sidecar(**form.cleaned_data, sidecar=row)
        toast(request, f"{saved} is {'changed' if row else 'watched for drift from now on'}.")
        return redirect("sidecars:system" if row else "sidecars:upload", slug=saved.slug)
    title = f"Change {row}" if row else "Add a system"
    context = {"form": form, "title": title, "act": "Save", "sidecar": row}
    return _form(request, context, is_wrong=bool(form.errors))


@page(*KEEPERS)
def upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The file of what the system holds."""
    sidecar = get_object_or_404(Sidecar, slug=slug)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            import_ = files.keep_file(
                sidecar=sidecar, file=form.cleaned_data["file"], by=reader(request), now=timezone.now()
            )
        except AbmopsError as error:
            form.add_error("file", error.message)
        else:
            return redirect("sidecars:columns", slug=slug, pk=import_.pk)
    context = {"form": form, "title": f"What does {sidecar} hold?", "act": "Upload", "sidecar": sidecar}
    return _form(request, context, is_wrong=bool(form.errors))


@page(*KEEPERS)
def columns(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Which column holds what: as last time for the same header, else guessed by the titles."""
    sidecar = get_object_or_404(Sidecar, slug=slug)
    import_ = get_object_or_404(Import, pk=pk, kind=Import.Kind.SIDECAR, target=slug)
    if import_.state == S.RUNNING or (import_.state == S.DONE and request.method != "POST"):
        return redirect("sidecars:being_read", slug=slug, pk=pk)
    titles, guess = titles_of(import_.header), services.columns_like_last(sidecar, import_.header)
    said = {name: int(column) for column, name in import_.mapping.items()}
    first = {name: str(column) for name, column in (said or guess).items()}
    form = ColumnsForm(request.POST or None, titles=titles, initial=first)
    if form.is_valid():
        try:
            files.start_reading(
                sidecar=sidecar,
                import_=import_,
                columns=form.columns(),
                by=reader(request),
                now=timezone.now(),
            )
        except AbmopsError as error:
            complain(request, error.message)
            return redirect("sidecars:upload", slug=slug)
        return redirect("sidecars:being_read", slug=slug, pk=pk)
    context = {
        "form": form,
        "title": "Which column holds what?",
        "act": "Compare with the list",
        "sidecar": sidecar,
        "sample_titles": titles,
        "sample": files.sample_of(import_, rows=SAMPLE_ROWS),
    }
    return _form(request, context, is_wrong=bool(form.errors))


@page(*KEEPERS)
def being_read(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """What has become of an uploaded file: still being read, read, or why it could not be."""
    sidecar = get_object_or_404(Sidecar, slug=slug)
    import_ = get_object_or_404(Import, pk=pk, kind=Import.Kind.SIDECAR, target=slug)
    if import_.state == S.UPLOADED:
        return redirect("sidecars:columns", slug=slug, pk=pk)
    if import_.state == S.DONE:
        reading = SidecarReading.objects.filter(source=import_).first()
        return (
            redirect("sidecars:reading", pk=reading.pk) if reading else redirect("sidecars:system", slug=slug)
        )
    context = {"sidecar": sidecar, "import": import_, "is_at_work": import_.state == S.RUNNING}
    return tab_answer(request, "drift", "accounts/sidecars/being_read.html", context, now=timezone.now())


@page(*KEEPERS)
def progress(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The part that renews itself each second; the whole page once the file has been read."""
    import_ = get_object_or_404(Import, pk=pk, kind=Import.Kind.SIDECAR, target=slug)
    if import_.state != S.RUNNING:
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    return render(request, "accounts/sidecars/partials/progress.html", {"import": import_})


def _form(request: HttpRequest, context: dict[str, Any], *, is_wrong: bool) -> HttpResponse:
    status = 422 if is_wrong else 200
    return tab_answer(
        request, "drift", "accounts/sidecars/form.html", context, now=timezone.now(), status=status
    )
