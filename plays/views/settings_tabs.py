"""The tab bar of People & routing, and what its forms share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.headings import Heading, heading
from accounts.views.people import reader

TABS = (
    ("people", "People", "plays:people"),
    ("territories", "Territories", "plays:territories"),
    ("holidays", "Holidays", "plays:holidays"),
    ("routing", "Routing rules", "plays:routing"),
    ("try", "Who would get this?", "plays:routing_try"),
)


def tab_page(
    request: HttpRequest, tab: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of People & routing: `template` extends `plays/settings/base.html`, `tab` is marked."""
    shared = {
        "now": timezone.now(),
        "tabs": [(label, reverse(url), name == tab) for name, label, url in TABS],
        "may_set": reader(request).has_role(Role.REVOPS),
    }
    return render(request, template, {**shared, **context}, status=status)


def form_page(
    request: HttpRequest,
    tab: str,
    form: forms.Form,
    *,
    title: str,
    act: str,
    back: str,
    intro: str = "",
    template: str = "plays/settings/form.html",
    **more: Any,
) -> HttpResponse:
    """A page with one form and the way back."""
    context = {"form": form, "title": title, "act": act, "back": back, "intro": intro, **more}
    return tab_page(request, tab, template, context, status=422 if form.errors else 200)


def headings(query: QueryDict, sort: str, columns: tuple[tuple[str, str, bool], ...]) -> list[Heading]:
    """The headings of a table: (name or empty, title, whether it holds numbers). Numbers begin with the largest."""
    return [
        heading(name, title, query=query, sort=sort, down_first=is_number, is_number=is_number)
        if name
        else Heading(title, is_number=is_number)
        for name, title, is_number in columns
    ]


def number(text: str) -> int | None:
    """A row's number out of an address, or None."""
    return int(text) if text.isdecimal() and len(text) < 10 else None
