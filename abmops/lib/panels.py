"""Slots on pages of lower apps that upper apps fill: the account page shows plays without importing them."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Panel:
    """One htmx-loaded part of a page: `url_name` is reversed with the page's own key as its only argument."""

    order: int
    name: str
    title: str = field(compare=False)
    url_name: str = field(compare=False)


_slots: dict[str, list[Panel]] = defaultdict(list)


def register(*, slot: str, name: str, title: str, url_name: str, order: int = 100) -> None:
    """Put a panel into a slot, once; called from an app's `ready()`."""
    panel = Panel(order=order, name=name, title=title, url_name=url_name)
    if panel not in _slots[slot]:
        _slots[slot].append(panel)


def of(slot: str) -> list[Panel]:
    """The panels of a slot, in order."""
    return sorted(_slots[slot])
