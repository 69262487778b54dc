"""Scores that something waits for, told by upper apps: a score that rises past one of them is worth an event."""

from collections.abc import Callable, Iterable

# The scores that are waited for now; one query.
Asks = Callable[[], Iterable[float]]

_asks: dict[str, Asks] = {}


def register(name: str, asks: Asks) -> None:
    """Add somebody who waits for scores; called from an app's `ready()`."""
    _asks[name] = asks


def waited_for() -> tuple[float, ...]:
    """Every score that is waited for, lowest first."""
    return tuple(sorted({bar for asks in _asks.values() for bar in asks()}))
