"""Calls that come from browsers on other people's sites: let in without credentials, and told from servers' calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

HEADERS = "Authorization, Content-Type, Content-Encoding"
ONE_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser behind a call. Only a call with an `Origin` is a browser's: a server speaks for others."""

    user_agent: str
    peer: str
    forwarded_for: str


def visitor(request: HttpRequest) -> Visitor | None:
    """Whose browser called, or None where a server did."""
    if "Origin" not in request.headers:
        return None
    return Visitor(
        user_agent=request.headers.get("User-Agent", "")[:512],
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
    )


def open_to_browsers(view: View[P]) -> View[P]:
    """Let pages of any origin call a POST view and read its answer, errors too; without cookies, which `*` forbids."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        answer = HttpResponse(status=204) if request.method == "OPTIONS" else view(request, *args, **kwargs)
        if request.method == "OPTIONS":
            answer.headers["Allow"] = "POST, OPTIONS"
            answer.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            answer.headers["Access-Control-Allow-Headers"] = HEADERS
            answer.headers["Access-Control-Max-Age"] = str(ONE_DAY)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    return cast("View[P]", answered)
