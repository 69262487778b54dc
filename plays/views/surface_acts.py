"""What a person does with a surface: tries it, asks for its secret, switches it off and on."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.views.people import reader
from plays.models import Endpoint
from plays.services.outbox import endpoints, sealing


@page(Role.REVOPS)
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a test message; the page of the delivery shows what came of it."""
    endpoint = _endpoint(request, pk)
    try:
        delivery = endpoints.send_test(endpoint=endpoint, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
        return redirect("plays:surface", pk)
    toast(request, "The test message is on its way. Reload this page to see what came back.")
    return redirect("plays:delivery", delivery.pk)


@page(Role.REVOPS)
@never_cache
def secret(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A webhook's signing secret: asked for, then shown; or another one made."""
    endpoint = get_object_or_404(
        Endpoint.objects.visible_to(reader(request)), pk=pk, surface=Endpoint.Surface.WEBHOOK
    )
    now, told = timezone.now(), ""
    if request.method == "POST" and request.POST.get("action") == "rotate":
        told = endpoints.rotate_secret(endpoint=endpoint, now=now)
    elif request.method == "POST":
        told = sealing.signing_secret(endpoint)
    context = {
        "endpoint": endpoint,
        "secret": told,
        "former": len(sealing.signing_secrets(endpoint, now=now)) > 1,
        "hours": int(sealing.FORMER_SIGNS.total_seconds() // 3600),
        "now": now,
    }
    return render(request, "plays/surfaces/secret.html", context)


@page(Role.REVOPS)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Off or on; each is the other's undo."""
    endpoint, now = _endpoint(request, pk), timezone.now()
    try:
        if endpoint.is_active:
            endpoints.disable_endpoint(endpoint=endpoint, by=reader(request), now=now)
            toast(
                request, f"{endpoint.name} is switched off. What waits for it stays.", undo_url=request.path
            )
        else:
            count = endpoints.enable_endpoint(endpoint=endpoint, now=now)
            waited = f" {count} message{'s' if count != 1 else ''} had waited and go now." if count else ""
            toast(request, f"{endpoint.name} is switched on.{waited}")
    except AbmopsError as error:
        complain(request, error.message)
    return redirect("plays:surface", pk)


def _endpoint(request: HttpRequest, pk: int) -> Endpoint:
    return get_object_or_404(Endpoint.objects.visible_to(reader(request)), pk=pk)
