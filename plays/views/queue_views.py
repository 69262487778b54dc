"""Ways of looking at the queue that people keep: which of them an address means, and what it asks for in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, QueryDict

from abmops.ui import typed
from accounts.models import SavedView
from accounts.selectors import saved_views
from accounts.views.people import reader

PAGE: Final = "plays:today"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address of the queue asks for. A saved view stands for its own query until something else is asked for.

    `views`: those that the reader may choose from. `may_keep`: whether the reader may let `saved` be what is shown now.
    """

    query: QueryDict
    views: list[SavedView]
    saved: SavedView | None
    may_keep: bool

    @property
    def is_changed(self) -> bool:
        """The address has gone on from the saved view."""
        return self.saved is not None and not saved_views.says_the_same(self.saved, self.query)

    @property
    def whose(self) -> str:
        """The part of an address that says whose queue it is, with its ampersand."""
        person = typed.row_id(self.query.get("person", ""))
        return f"&person={person}" if person else ""


def asked(request: HttpRequest) -> Asked:
    """What the address asks for; nothing asked of one's own queue: the view that the reader begins with. One query."""
    user = reader(request)
    query: QueryDict = request.GET
    views = saved_views.of(user, PAGE)
    number = query.get("saved", "")
    saved = next((view for view in views if str(view.pk) == number), None)
    if saved is None and not set(query) - {"saved"}:
        saved = saved_views.starts_with(views)
    if saved is not None and not set(query) - {"saved", "person"}:
        full = QueryDict(saved.query, mutable=True)
        if "person" in query:
            full["person"] = query.get("person", "")
        full["saved"] = str(saved.pk)
        query = full
    return Asked(query, views, saved, saved is not None and saved_views.may_change(user, saved))
