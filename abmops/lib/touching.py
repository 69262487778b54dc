"""Touches are written after the fact, changed or taken out: whoever counts them is told, in the same transaction."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

# (ids of accounts of which touches have just changed, at most `AT_ONCE`; now); nothing is locked for it.
Told = Callable[[Sequence[int], datetime], None]

AT_ONCE: Final = 1_000

_told: dict[str, Told] = {}


def register(name: str, told: Told) -> None:
    """Add who wants to know; called from an app's `ready()`."""
    _told[name] = told


def recount(accounts: Iterable[int | None], *, now: datetime) -> None:
    """Tell everybody that what was done on these accounts is not what it was. Part of the caller's transaction."""
    ids = sorted({pk for pk in accounts if pk is not None})
    for start in range(0, len(ids), AT_ONCE):
        for told in _told.values():
            told(ids[start : start + AT_ONCE], now)
