"""The house's doors: who may use plain HTTP, how long a session lasts, and what a silent view allows."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # DRF reads the default permissions while it loads its views
    from rest_framework.views import APIView

Answer = Callable[[HttpRequest], HttpResponseBase]

STARTED = "abmops.started"
SEEN = "abmops.seen"
# A session's expiry is pushed on at most this often: a page view is not a write.
RENEW_EVERY_SECONDS = 300


class Nobody(BasePermission):
    """Lets nobody in: the default, so that a view that forgets its permissions is closed, not open."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Never."""
        del request, view
        return False


class MachinesUseHttps:
    """Where HTTPS is required, answers 403 to an API call over HTTP.

    A redirect would hide that the key has gone over the network in clear text.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on, or refuse."""
        if settings.HTTPS and request.path.startswith(settings.MACHINE_PATHS) and not request.is_secure():
            return HttpResponse(
                '{"type": "about:blank", "title": "Use HTTPS.", "status": 403, "code": "https_required"}',
                status=403,
                content_type="application/problem+json",
            )
        return self.get_response(request)


class Doors:
    """Goes straight to the view for calls to the doors of machines, which have no session, no form and no page.

    Everything behind this middleware is for people; leaving it out halves what a call costs.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on, or answer here."""
        if not request.path_info.startswith(settings.DOOR_PATHS):
            return self.get_response(request)
        request.get_host()  # a host that is not ours is refused here as everywhere
        found = request.resolver_match = resolve(request.path_info, "signals.doors")
        answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        return answer


class SessionLimits:
    """Ends a signed-in session after SESSION_IDLE without a request and after SESSION_ABSOLUTE in any case."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look only where a session cookie came: a call with a key costs no query."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._hold(request, timezone.now())
        return self.get_response(request)

    @staticmethod
    def _hold(request: HttpRequest, now: datetime) -> None:
        moment = now.timestamp()
        started = request.session.setdefault(STARTED, moment)
        if moment - started > settings.SESSION_ABSOLUTE.total_seconds():
            logout(request)
        elif moment - request.session.get(SEEN, 0) > RENEW_EVERY_SECONDS:
            request.session[SEEN] = moment  # saving it moves the expiry
