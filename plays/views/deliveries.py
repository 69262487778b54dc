"""Deliveries: what went out, what waits, and what was given up, with replay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from abmops.ui.toasts import complain, toast
from accounts.views.people import reader
from plays.domain.outgoing import NAMES
from plays.models import Delivery, Endpoint
from plays.selectors import outbox
from plays.selectors.outbox import SORTS, Wanted
from plays.services.outbox import replaying
from plays.services.outbox.addressing import message_of

PAGE_SIZE = 50


def wanted_of(query: QueryDict) -> Wanted:
    """From the address."""
    state, type_, surface = query.get("state", ""), query.get("type", ""), query.get("surface", "")
    sort = query.get("sort", "-at")
    return Wanted(
        q=query.get("q", "").replace("\0", "").strip()[:120],
        state=state if state in Delivery.State.values else "",
        type=type_ if type_ in NAMES else "",
        surface=typed.row_id(surface) or None,
        sort=sort if sort.removeprefix("-") in SORTS else "-at",
    )


@page(Role.REVOPS)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """The list; what was given up can be sent again, chosen or all as narrowed."""
    user, wanted = reader(request), wanted_of(request.GET)
    rows = outbox.deliveries(user, wanted)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "wanted": wanted,
        "page": shown,
        "dead": rows.filter(state="dead").count() if wanted.state in ("", "dead") else 0,
        "given_up": outbox.given_up(user),
        "states": Delivery.State.choices,
        "types": tuple(NAMES.items()),
        "surfaces": Endpoint.objects.visible_to(user),
        "sorts": [
            heading(name, label, query=request.GET, sort=wanted.sort, down_first=name == "at")
            for name, (_, label) in SORTS.items()
        ],
        "address": request.GET.urlencode(),
        "tab": "deliveries",
        "now": timezone.now(),
    }
    return render(request, "plays/deliveries/list.html", context)


@page(Role.REVOPS)
def deliveries_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as narrowed."""
    header = ["id", "put_at", "what", "surface", "to", "account", "state", "attempts", "ended_at", "answer"]
    rows = outbox.deliveries(reader(request), wanted_of(request.GET))

    def lines() -> Iterator[list[Any]]:
        for one in rows.iterator(chunk_size=500):
            yield [
                str(one.pk), one.put_at.isoformat(timespec="seconds"), one.type, one.endpoint.name,
                one.user.email if one.user else "", one.account.name if one.account else "", one.state, one.attempts,
                one.ended_at.isoformat(timespec="seconds") if one.ended_at else "", one.answer,
            ]  # fmt: skip

    return csv_answer("deliveries", header, lines())


@page(Role.REVOPS)
def delivery(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One: what was said, and every attempt."""
    one = get_object_or_404(
        Delivery.objects.visible_to(reader(request)).select_related(
            "endpoint", "account", "user", "contact", "step_run", "dismissed_by"
        ),
        pk=pk,
    )
    message = message_of(one)
    context = {
        "delivery": one,
        "message": message,
        "body": json.dumps(message.data, indent=2, ensure_ascii=False, sort_keys=True)
        if message.data
        else "",
        "attempts": outbox.attempts_of(one),
        "now": timezone.now(),
    }
    return render(request, "plays/deliveries/one.html", context)


@page(Role.REVOPS)
@require_POST
def replay(request: HttpRequest) -> HttpResponseBase:
    """Send again what was given up: the chosen, or all as narrowed."""
    done = replaying.replay(ids=_chosen(request), now=timezone.now())
    off = (
        f"{_messages(done.off, 'stays', 'stay')} given up, because the surface is switched off. Switch it on first."
        if done.off
        else ""
    )
    if done.sent:
        toast(
            request,
            f"{_messages(done.sent, 'goes', 'go')} out again, under the same id as before. {off}".strip(),
        )
    else:
        complain(request, off or "Nothing was sent again: choose messages that were given up.")
    return redirect(_back(request))


@page(Role.REVOPS)
@require_POST
def dismiss(request: HttpRequest) -> HttpResponseBase:
    """Lay aside what was given up and nobody needs any more: the chosen, or all as narrowed."""
    now = timezone.now()
    count = replaying.dismiss(ids=_chosen(request), by=reader(request), now=now)
    if count:
        undo = f"{reverse('plays:deliveries_bring_back')}?{urlencode({'at': now.isoformat()})}"
        toast(request, f"{_messages(count, 'is', 'are')} dismissed, and will not be sent.", undo_url=undo)
    else:
        complain(request, "Nothing was dismissed: choose messages that were given up.")
    return redirect(_back(request))


@page(Role.REVOPS)
@require_POST
def bring_back(request: HttpRequest) -> HttpResponseBase:
    """Undo: what the reader dismissed at that moment stands given up again."""
    try:
        at = parse_datetime(request.GET.get("at", "").replace(" ", "+"))
    except ValueError:
        at = None
    count = replaying.bring_back(by=reader(request), at=at) if at is not None and at.tzinfo else 0
    if count:
        toast(request, f"{_messages(count, 'stands', 'stand')} given up again.")
    else:
        complain(request, "There was nothing to bring back.")
    return redirect(_back(request))


def _chosen(request: HttpRequest) -> list[UUID]:
    user = reader(request)
    if request.POST.get("do") == "all":
        dead = outbox.deliveries(user, wanted_of(request.GET)).filter(state="dead")
        return list(dead.values_list("pk", flat=True)[: replaying.MOST])
    ids = [pk for text in request.POST.getlist("pick") if (pk := _uuid(text)) is not None]
    return list(Delivery.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def _messages(count: int, one: str, many: str) -> str:
    return f"{count:,} message {one}" if count == 1 else f"{count:,} messages {many}"


@page(Role.REVOPS)
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Take back one that waits."""
    one = get_object_or_404(Delivery.objects.visible_to(reader(request)), pk=pk)
    try:
        replaying.take_back(delivery=one, by=str(reader(request)), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, "The message is taken back. It will not be sent.")
    return redirect("plays:delivery", pk)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(request: HttpRequest) -> str:
    return own_address(request, request.headers.get("Referer", "")) or reverse("plays:deliveries")
