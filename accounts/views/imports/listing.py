"""All imports, newest first, and the way to bring a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from abmops.lib.choices import Role, Side
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.models import Import
from accounts.selectors import imports as selectors
from accounts.services import importing
from accounts.views.forms import side_of
from accounts.views.people import reader

KEEPERS = (Role.REVOPS, Role.MARKETER)
PAGE_SIZE = 50
SORTS = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "file_name": "By file",
    "-total": "Largest first",
}


class UploadForm(forms.Form):
    """A file and what it is for."""

    file = forms.FileField(
        label="File", widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"})
    )
    kind = forms.ChoiceField(label="What it holds")
    side = forms.ChoiceField(
        label="For whom",
        choices=Side.choices,
        help_text="Whose change it counts as on the list and in the log.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One sentence; it stands at every change that the file makes.",
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"] = forms.ChoiceField(label="What it holds", choices=kinds)


@page(*KEEPERS)
def import_list(request: HttpRequest) -> HttpResponse:
    """The list, narrowed by kind, state and text."""
    user, asked = reader(request), request.GET
    sort = asked.get("sort", "-created_at")
    sort = sort if sort in SORTS else "-created_at"
    narrow = _narrow(request)
    found = selectors.matching(user, **narrow).order_by(sort, "-id")
    context = {
        "now": timezone.now(),
        "page": Paginator(found, PAGE_SIZE).get_page(asked.get("page")),
        "wanted": narrow | {"sort": sort},
        "kinds": [kind for kind in Import.Kind.choices if kind[0] in dict(importing.kinds_for(user))],
        "states": Import.State.choices,
        "sorts": SORTS.items(),
        "is_narrowed": any(narrow.values()),
    }
    return render(request, "accounts/imports/list.html", context)


def _narrow(request: HttpRequest) -> dict[str, str]:
    asked = request.GET
    kind, state = asked.get("kind", ""), asked.get("state", "")
    return {
        "q": asked.get("q", "").strip()[:120],
        "kind": kind if kind in Import.Kind.values else "",
        "state": state if state in Import.State.values else "",
    }


@page(*KEEPERS)
def import_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as narrowed."""
    header = [
        "Import",
        "File",
        "Kind",
        "State",
        "Rows",
        "New",
        "Changed",
        "Same",
        "Wrong",
        "By",
        "Side",
        "Why",
        "At",
    ]
    found = selectors.matching(reader(request), **_narrow(request)).order_by("-created_at", "-id")
    return csv_answer("imports", header, _lines(found.iterator(chunk_size=500)))


def _lines(found: Iterator[Import]) -> Iterator[list[Any]]:
    for one in found:
        yield [
            one.pk,
            one.file_name,
            one.get_kind_display(),
            one.get_state_display(),
            one.total,
            one.created,
            one.updated,
            one.unchanged,
            one.refused,
            one.by.email if one.by else "",
            one.side,
            one.reason,
            timezone.localtime(one.created_at).isoformat(timespec="seconds"),
        ]


@page(*KEEPERS)
def new_import(request: HttpRequest) -> HttpResponseBase:
    """Bring a file; on to its columns."""
    user, now = reader(request), timezone.now()
    kinds = importing.kinds_for(user)
    first = {"side": side_of(user), "kind": request.GET.get("kind", "")}
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds, initial=first)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = importing.upload(
                file=said["file"],
                kind=said["kind"],
                side=said["side"],
                reason=said["reason"],
                by=user,
                now=now,
            )
        except AbmopsError as error:
            form.add_error("file", error.message)
        else:
            toast(request, f"{made.file_name} is here. Now say what its columns hold.")
            return redirect("imports:columns", pk=made.pk)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/imports/new.html", {"form": form, "now": now}, status=status)
