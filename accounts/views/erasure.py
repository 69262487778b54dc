"""Erasing a person on request: the page that asks first, and the list of what was erased, which names nobody."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import Contact, Erasure
from accounts.services.erasing.asking import erase_contact, what_is_known
from accounts.views.people import reader

PAGE_SIZE = 50


@page(Role.REVOPS)
def erase(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask, with what is held of the person; then forget them."""
    contact = get_object_or_404(Contact.objects.known().select_related("account"), pk=pk)
    status = 200
    if request.method == "POST":
        try:
            erase_contact(
                contact=contact,
                by=reader(request),
                request=request.POST.get("request", ""),
                now=timezone.now(),
            )
        except AbmopsError as error:
            complain(request, error.message)
            status = 422
        else:
            toast(request, "The person is forgotten. What else names them is cleaned within a minute.")
            return redirect("committees:erasures")
    context = {"contact": contact, "known": sorted(what_is_known(contact).items())}
    return render(request, "accounts/contacts/erase.html", context, status=status)


@page(Role.REVOPS, Role.EXECUTIVE)
def erasures(request: HttpRequest) -> HttpResponse:
    """Every erasure: when, by whom, on whose request, how many rows; no personal data."""
    rows = Erasure.objects.select_related("by").order_by("-at", "-pk")
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/contacts/erasures.html", {"page": shown, "now": timezone.now()})


@page(Role.REVOPS, Role.EXECUTIVE)
def erasures_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file."""
    rows = Erasure.objects.select_related("by").order_by("-at", "-pk")
    header = ["Erased at", "By", "Request", "Contact number", "Done at", "Rows cleaned"]
    cells = (
        [
            row.at.isoformat(timespec="seconds"),
            row.by.name if row.by else "",
            row.request,
            row.contact_id,
            row.done_at.isoformat(timespec="seconds") if row.done_at else "",
            row.rows,
        ]
        for row in rows.iterator(chunk_size=500)
    )
    return csv_answer("erasures", header, cells)
