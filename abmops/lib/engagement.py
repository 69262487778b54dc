"""Whom we have heard from: lower apps know contacts, upper apps know what contacts did."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

# (since, until) -> a lazy queryset of what people did in [since, until), with account, contact, occurred_at.
Heard = Callable[[datetime, datetime], Any]

_heard: dict[str, Heard] = {}


def register(name: str, heard: Heard) -> None:
    """Add what contacts did; called from an app's `ready()`."""
    _heard[name] = heard


def sources(since: datetime, until: datetime) -> list[Any]:
    """The querysets of all apps; nothing is read yet."""
    return [heard(since, until) for heard in _heard.values()]
