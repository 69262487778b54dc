"""What every template may rely on: `now`, `theme`, `nav`, `show_tour`."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from abmops.ui.navigation import Navigation, navigation_for
from abmops.ui.themes import theme_of

TOUR_ON = "plays:today"


def page(request: HttpRequest) -> dict[str, Any]:
    """`now` is asked once a page; `nav` costs nothing until it is drawn, which an htmx partial does not."""
    now = timezone.now()
    # A request that fails before it is known who asks has no user; its error page is drawn all the same.
    user: Any = getattr(request, "user", AnonymousUser())

    def nav() -> Navigation:
        if not user.is_authenticated:
            return Navigation(groups=(), foot=())
        return navigation_for(user, path=request.path, now=now)

    match = request.resolver_match
    on_tour_page = match is not None and match.view_name == TOUR_ON and user.is_authenticated
    return {
        "now": now,
        "theme": theme_of(user, request.COOKIES),
        "nav": SimpleLazyObject(nav),
        "show_tour": on_tour_page and user.toured_at is None,
    }
