"""Small things for every page: the reader's time zone, toasts that ride on htmx answers, buttons opened as pages."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from abmops.ui.addresses import page_above
from abmops.ui.navigation import forget_counts

Answer = Callable[[HttpRequest], HttpResponseBase]


class ReaderZone:
    """Draws every time of a page in the signed-in person's zone; a zone that is gone falls back to UTC.

    What a person posts may change the numbers beside their places: they are counted afresh on the next page.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = getattr(request.user, "time_zone", "") if request.user.is_authenticated else ""
        try:
            timezone.activate(zoneinfo.ZoneInfo(zone or "UTC"))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.activate(zoneinfo.ZoneInfo("UTC"))
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if request.method == "POST" and request.user.is_authenticated:
            forget_counts(request.user)
        return response


class HtmxToasts:
    """Appends waiting messages to an htmx answer, out of band; a redirect leaves them for the next page, and so does a
    page that asks for its news by itself.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            request.headers.get("HX-Request") == "true"
            and "X-Live" not in request.headers
            and isinstance(response, HttpResponse)
            and 200 <= response.status_code < 300
            and response.status_code != 204
            and response.headers.get("Content-Type", "").startswith("text/html")
            and not {"HX-Redirect", "HX-Refresh", "HX-Location"} & set(response.headers)
        ):
            drawn = render_to_string("partials/toasts_oob.html", request=request).strip()
            if drawn:
                response.content += drawn.encode()
        return response


class ButtonsAddresses:
    """Where a browser opens an address that only takes a form, a page that says so and leads to where the form stands.

    Programs keep the bare 405.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            not isinstance(response, HttpResponseNotAllowed)
            or request.method not in ("GET", "HEAD")
            or request.headers.get("HX-Request") == "true"
            or "text/html" not in request.headers.get("Accept", "")
        ):
            return response
        page = render(request, "405.html", {"home": page_above(request.path)}, status=405)
        page["Allow"] = response["Allow"]
        return page
