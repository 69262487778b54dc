"""Surfaces: the places outside that the program speaks to, how each does, and their settings."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays import surfaces as ways
from plays.domain.outgoing import EVENTS, NAMES
from plays.models import Endpoint
from plays.models.endpoint import MAIL
from plays.selectors import outbox
from plays.services.outbox import endpoints, sealing
from plays.views.surface_form import KINDS, EndpointForm


@page(Role.REVOPS)
def surfaces(request: HttpRequest) -> HttpResponseBase:
    """All of them, with how they do."""
    now, user = timezone.now(), reader(request)
    context = {
        "rows": list(outbox.endpoints(user, now=now)),
        "kinds": KINDS,
        "mail_problem": ways.named("email").problem(),
        "given_up": outbox.given_up(user),
        "tab": "surfaces",
        "now": now,
    }
    return render(request, "plays/surfaces/list.html", context)


@page(Role.REVOPS)
def surfaces_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file; no secret is in it."""
    now = timezone.now()
    header = [
        "name",
        "kind",
        "address",
        "events",
        "owner",
        "on",
        "sent_24h",
        "given_up_24h",
        "waiting",
        "last_sent",
    ]
    rows = outbox.endpoints(reader(request), now=now)
    return csv_answer(
        "surfaces",
        header,
        (
            [
                one.name, one.surface, outbox.shown(one), " ".join(one.types), one.owner.email if one.owner else "",
                "yes" if one.is_active else "no", one.sent_day, one.dead_day, one.waiting,  # type: ignore[attr-defined]
                one.last_sent.isoformat(timespec="seconds") if one.last_sent else "",  # type: ignore[attr-defined]
            ]
            for one in rows
        ),
    )  # fmt: skip


@page(Role.REVOPS)
@never_cache
def add(request: HttpRequest, surface: str) -> HttpResponseBase:
    """A form for one kind of surface; the new webhook's secret is shown at the next page."""
    kind = next((one for one in KINDS if one["surface"] == surface), None)
    if kind is None:
        return redirect("plays:surfaces")
    user = reader(request)
    initial = {"owner": user.pk, "types": list(EVENTS) if surface == "webhook" else ["escalation.opened"]}
    form = EndpointForm(
        request.POST if request.method == "POST" else None, surface=surface, is_new=True, initial=initial
    )
    made: list[Endpoint] = []
    if form.is_valid():
        said = form.cleaned_data
        carried_out(
            form,
            lambda: made.append(
                endpoints.add_endpoint(
                    name=said["name"],
                    surface=surface,
                    target=said.get("target", ""),
                    secret=said.get("secret", ""),
                    types=said["types"],
                    owner=said["owner"] or user,
                    now=timezone.now(),
                )
            ),
        )
    if made:
        toast(request, f"{made[0].name} is added. Send it a test message to see that it arrives.")
        return redirect("plays:surface", made[0].pk)
    context = {
        "form": form,
        "kind": kind,
        "title": f"Add: {kind['title']}",
        "act": "Add it",
        "now": timezone.now(),
    }
    return render(request, "plays/surfaces/form.html", context, status=422 if form.errors else 200)


@page(Role.REVOPS)
@never_cache
def surface(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One surface: how it does, its last messages, its settings."""
    now, user = timezone.now(), reader(request)
    endpoint = get_object_or_404(outbox.endpoints(user, now=now), pk=pk)
    is_mail = endpoint.slug == MAIL
    initial = {
        "name": endpoint.name,
        "target": endpoint.target,
        "types": endpoint.types,
        "owner": endpoint.owner_id,
    }
    form = EndpointForm(
        request.POST if request.method == "POST" else None,
        surface=endpoint.surface,
        is_new=False,
        is_mail=is_mail,
        initial=initial,
    )
    if form.is_valid() and _changed(form, endpoint):
        toast(request, f"{form.cleaned_data['name']} is saved.")
        return redirect("plays:surface", pk)
    context = {
        "endpoint": endpoint,
        "shown": outbox.shown(endpoint),
        "form": form,
        "is_mail": is_mail,
        "is_webhook": endpoint.surface == Endpoint.Surface.WEBHOOK,
        "problem": ways.named(endpoint.surface).problem(),
        "events": [NAMES[name] for name in endpoint.types],
        "recent": outbox.deliveries(user, outbox.Wanted(surface=pk))[:10],
        "former": len(sealing.signing_secrets(endpoint, now=now)) > 1,
        "site": settings.SITE_URL,
        "now": now,
    }
    return render(request, "plays/surfaces/one.html", context, status=422 if form.errors else 200)


def _changed(form: EndpointForm, endpoint: Endpoint) -> bool:
    said = form.cleaned_data
    return carried_out(
        form,
        lambda: endpoints.change_endpoint(
            endpoint=endpoint,
            name=said["name"],
            target=said.get("target", endpoint.target),
            secret=said.get("secret", ""),
            types=said.get("types", []),
            owner=said["owner"],
            now=timezone.now(),
        ),
    )
