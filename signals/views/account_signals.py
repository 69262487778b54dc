"""The signals of one account, newest first, as narrowed; RevOps takes out those that were never worth storing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import Account, Contact, User
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from signals.models import Signal, SignalRemoval, SignalType, Source
from signals.views.feedback import verdicts_of

PAGE_SIZE = 50
SORTS = {"-at": ("-occurred_at", "-id"), "at": ("occurred_at", "id"), "-points": ("-points", "-id")}


def _narrowed(
    user: User, account: Account, query: QueryDict
) -> tuple[QuerySet[Signal], dict[str, SignalType | Source | Contact | None]]:
    """The account's signals by type, source and person, and what the address names of those."""
    person = query.get("contact", "")
    number = int(person) if person.isdecimal() and len(person) < 18 else 0
    chosen: dict[str, SignalType | Source | Contact | None] = {
        "type": SignalType.objects.filter(slug=query.get("type", "")).first(),
        "source": Source.objects.filter(slug=query.get("source", "")).first(),
        "contact": Contact.objects.filter(pk=number, account=account).first() if number else None,
    }
    rows = Signal.objects.visible_to(user).filter(account=account)
    rows = rows.filter(**{name: row for name, row in chosen.items() if row is not None})
    order = SORTS.get(query.get("sort", ""), SORTS["-at"])
    return rows.select_related("type", "source", "contact").order_by(*order), chosen


@page()
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """The signals of one account; by type, source or person when the address says so."""
    shown, user = visible_account(request, pk), reader(request)
    found, chosen = _narrowed(user, shown, request.GET)
    page_shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    removals = SignalRemoval.objects.filter(account=shown)
    context = {
        "now": timezone.now(),
        "account": shown,
        "page": page_shown,
        "verdicts": verdicts_of(user, signal_ids=[one.pk for one in page_shown.object_list]),
        "chosen_type": chosen["type"],
        "chosen_source": chosen["source"],
        "chosen_contact": chosen["contact"],
        "types": SignalType.objects.order_by("name"),
        "sources": Source.objects.order_by("name"),
        "sort": request.GET.get("sort", "-at"),
        "may_remove": user.has_role(Role.REVOPS),
        "removed": sum(removals.values_list("signals", flat=True)),
    }
    return render(request, "signals/of_account.html", context)


@page()
def of_account_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All of them as narrowed."""
    shown = visible_account(request, pk)
    found, _ = _narrowed(reader(request), shown, request.GET)

    def lines() -> Iterator[list[Any]]:
        for row in found.iterator(chunk_size=1000):
            moments = [one.isoformat(timespec="seconds") for one in (row.occurred_at, row.received_at)]
            who = (row.contact.email or row.contact.name) if row.contact else ""
            about = row.topic or row.properties.get("path") or row.properties.get("title") or ""
            yield [row.type.name, str(about), who, row.source.name, row.points, *moments, row.message_id]

    header = ["signal", "about", "person", "source", "points", "occurred", "received", "message_id"]
    return csv_answer("signals", header, lines())
