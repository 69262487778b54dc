"""A contact says no: whatever was about to go to them is told, in the transaction in which the no is written."""

from collections.abc import Callable, Sequence
from datetime import datetime

# (ids of contacts whose nos have just changed, now); the accounts of these contacts are locked by then.
Told = Callable[[Sequence[int], datetime], None]

_told: dict[str, Told] = {}


def register(name: str, told: Told) -> None:
    """Add who wants to know; called from an app's `ready()`."""
    _told[name] = told


def said_no(contacts: Sequence[int], *, now: datetime) -> None:
    """Tell everybody that these contacts said no to something. Part of the caller's transaction."""
    if contacts:
        for told in _told.values():
            told(contacts, now)
