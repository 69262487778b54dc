"""The few actions that belong to the pages themselves."""

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.ui.addresses import own_address
from abmops.ui.themes import CHOICES, COOKIE, KEPT_SECONDS


@login_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme with the person and go back; anything else means the device's own."""
    chosen = request.POST.get("theme", "")
    theme = chosen if chosen in CHOICES else ""
    get_user_model().objects.filter(pk=_reader(request)).update(theme=theme)
    response = HttpResponseRedirect(_back(request))
    if theme:
        response.set_cookie(
            COOKIE, theme, max_age=KEPT_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


@login_required
@require_POST
def tour(request: HttpRequest) -> HttpResponse:
    """End the first-visit tour for this person, or with `again` show it once more."""
    toured_at = None if "again" in request.POST else timezone.now()
    get_user_model().objects.filter(pk=_reader(request)).update(toured_at=toured_at)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse()
    return HttpResponseRedirect("/" if toured_at is None else _back(request))


def _reader(request: HttpRequest) -> int:
    assert request.user.pk is not None, "login_required has seen to it."
    return request.user.pk


def _back(request: HttpRequest) -> str:
    return own_address(request, request.POST.get("next", "")) or "/"
