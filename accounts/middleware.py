"""What every request tells the account graph: who is acting, and by which way they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Via
from accounts.services.changes import acting

Answer = Callable[[HttpRequest], HttpResponseBase]
_WAYS = (("/admin/", Via.ADMIN), ("/api/", Via.API))


class TellsWhoActs:
    """Every write of a request is one set of the change log, by the person or key behind it.

    Reads and the ingest doors, which write no account, are left alone.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD", "OPTIONS") or request.path.startswith("/v1/"):
            return self.get_response(request)
        via = next((way for start, way in _WAYS if request.path.startswith(start)), Via.PAGE)

        def caller() -> Any:
            return getattr(request, "user", None)

        with acting(by=caller, via=via, what=f"{request.method} {request.path}"):
            return self.get_response(request)
