"""Who may open a page: signed in, and holding one of its roles."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from abmops.lib.choices import Role
from abmops.ui.addresses import path_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

PEOPLE = (Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE)


class Moved(Exception):
    """What was asked for is at another address now; a page that raises it leads there."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


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
            _without_nul(request)
            try:
                return view(request, *args, **kwargs)
            except Moved as moved:
                return HttpResponseRedirect(moved.address)

        return cast("View[P]", guarded)

    return decorate


def _without_nul(request: HttpRequest) -> None:
    """Take the NUL character out of what was asked and sent: no field of ours can hold it, and nobody types it."""
    for name in ("GET", "POST"):
        said: QueryDict = getattr(request, name)
        if not any("\0" in text for key, values in said.lists() for text in (key, *values)):
            continue
        clean = QueryDict(mutable=True)
        for key, values in said.lists():
            clean.setlist(key.replace("\0", ""), [value.replace("\0", "") for value in values])
        setattr(request, name, clean)


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    """Afterwards to what was asked for; after a form to the page it was on, as its own address may be no page."""
    if request.headers.get("HX-Request") != "true":
        is_form = request.method not in ("GET", "HEAD")
        was_on = (path_of(request.headers.get("Referer", "")) or resolve_url("/")) if is_form else ""
        return redirect_to_login(was_on or request.get_full_path())
    back = redirect_to_login(path_of(request.headers.get("HX-Current-URL", "")) or resolve_url("/"))
    return HttpResponse(status=401, headers={"HX-Redirect": back.headers["Location"]})
