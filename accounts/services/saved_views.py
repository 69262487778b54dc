"""Keeping ways of looking at a list: private ones, shared ones, and the one that a person begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from abmops.lib.errors import Refused
from accounts.models import DefaultView, SavedView, User
from accounts.selectors.saved_views import may_change

# How long one that was taken away can come back.
KEPT = timedelta(days=30)
_LONGEST = 2_000


@transaction.atomic
def save_view(
    *,
    owner: User,
    page: str,
    name: str,
    query: str,
    columns: Sequence[str],
    now: datetime,
    is_shared: bool = False,
) -> SavedView:
    """Keep a list's filters, sort and columns under a name of one's own."""
    if len(query) > _LONGEST:
        raise Refused("There are too many filters in this view to keep. Take some of them away.")
    view = SavedView(
        owner=owner, page=page, query=query, columns=list(columns), is_shared=is_shared, created_at=now
    )
    return _named(view, name)


@transaction.atomic
def rename_view(*, view: SavedView, by: User, name: str, is_shared: bool) -> SavedView:
    """Another name, or shared with everybody or no longer. Whoever began with it keeps it while they may see it."""
    _must_change(by, view)
    view.is_shared = is_shared
    return _named(view, name)


@transaction.atomic
def keep_changes(*, view: SavedView, by: User, query: str, columns: Sequence[str]) -> SavedView:
    """Let the view be what the list shows now."""
    _must_change(by, view)
    if len(query) > _LONGEST:
        raise Refused("There are too many filters in this view to keep. Take some of them away.")
    view.query, view.columns = query, list(columns)
    view.save(update_fields=["query", "columns"])
    return view


@transaction.atomic
def remove_view(*, view: SavedView, by: User, now: datetime) -> None:
    """Take it away; `restore_view` brings it back for 30 days."""
    _must_change(by, view)
    SavedView.objects.filter(removed_at__lt=now - KEPT).delete()
    view.removed_at = now
    view.save(update_fields=["removed_at"])


@transaction.atomic
def restore_view(*, view: SavedView, by: User) -> SavedView:
    """Bring it back, unless another has its name by now."""
    _must_change(by, view)
    view.removed_at = None
    return _named(view, view.name)


@transaction.atomic
def begin_with(*, user: User, page: str, view: SavedView | None) -> None:
    """Open the list with this view when nothing else is asked for; None: with the whole list, as everybody."""
    if view is None:
        DefaultView.objects.filter(user=user, page=page).delete()
    else:
        DefaultView.objects.update_or_create(user=user, page=page, defaults={"view": view})


def _named(view: SavedView, name: str) -> SavedView:
    view.name = " ".join(name.split())[:60]
    if not view.name:
        raise Refused("Give the view a name.")
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refused(f"There is a view called {view.name} already. Choose another name.") from None
    return view


def _must_change(by: User, view: SavedView) -> None:
    if not may_change(by, view):
        raise Refused(f"{view.name} is {view.owner.name}'s. Save your own under another name.")
