"""Who may open a page: signed in, and holding one of its roles."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from abmops.lib.choices import Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

PEOPLE = (Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE)


def page(*roles: Role) -> Callable[[View[P]], View[P]]:
    """A view for people of these roles; none named: all people, not integrations.

    Others are asked to sign in, or told that the page is not theirs. Where an htmx call finds its session ended, the
    whole page goes to sign-in.
    """
    allowed = roles or PEOPLE

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return _sign_in(request)
            if not (user.is_superuser or user.role in allowed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path())
    here = urlsplit(request.headers.get("HX-Current-URL", "/"))
    back = redirect_to_login(f"{here.path}?{here.query}" if here.query else here.path or resolve_url("/"))
    return HttpResponse(status=401, headers={"HX-Redirect": back.headers["Location"]})
