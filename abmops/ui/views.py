"""The few actions that belong to the pages themselves."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from abmops.ui.themes import CHOICES, COOKIE, KEPT_SECONDS

TOUR_COOKIE = "abmops_tour"


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme on this device and go back; anything but light or dark means the device's own."""
    response = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("theme", "")
    if chosen in CHOICES:
        response.set_cookie(
            COOKIE, chosen, max_age=KEPT_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


@require_POST
def end_tour(request: HttpRequest) -> HttpResponse:
    """Do not show the first-visit tour on this device again."""
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        TOUR_COOKIE, "seen", max_age=KEPT_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
    )
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
