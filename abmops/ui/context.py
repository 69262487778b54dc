"""What every template may rely on: `now`, `theme`, `nav`."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from abmops.ui.navigation import Navigation, navigation_for
from abmops.ui.themes import theme_of


def page(request: HttpRequest) -> dict[str, Any]:
    """`now` is asked once a page; `nav` costs nothing until a template draws it (an htmx partial does not)."""
    now = timezone.now()

    def nav() -> Navigation:
        if not request.user.is_authenticated:
            return Navigation(groups=(), foot=())
        return navigation_for(request.user, path=request.path, now=now)

    return {"now": now, "theme": theme_of(request), "nav": SimpleLazyObject(nav)}
