"""What a threshold sets off, told by upper apps: the catalogue shows which plays a signal feeds, not knowing plays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fed:
    """One thing that a threshold feeds: what it is called, where it is seen, and whether it is at work."""

    name: str
    url: str
    is_live: bool = True


# Slugs of thresholds -> what each of them feeds; one query, whatever the number of them.
Feeds = Callable[[Sequence[str]], Mapping[str, Sequence[Fed]]]

_feeds: dict[str, Feeds] = {}


def register(name: str, feeds: Feeds) -> None:
    """Add somebody who is fed; called from an app's `ready()`."""
    _feeds[name] = feeds


def of(thresholds: Sequence[str]) -> dict[str, list[Fed]]:
    """What each threshold feeds, over everybody registered."""
    found: dict[str, list[Fed]] = {slug: [] for slug in thresholds}
    for feeds in _feeds.values():
        for slug, fed in feeds(thresholds).items():
            found.setdefault(slug, []).extend(fed)
    return found
