"""One account timeline over all apps: each app registers a provider of entries, the page and API merge them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from abmops.lib.choices import Side


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `side` is None for the account's own acts."""

    at: datetime
    kind: str
    text: str
    side: Side | None = None
    detail: str = ""
    key: str = ""
    url: str = ""
    extra: dict[str, Any] = field(default_factory=dict, compare=False)


# (account_id, before, limit) -> newest first entries with at < before, at most `limit`.
Provider = Callable[[int, datetime, int], Iterable[Entry]]

_providers: dict[str, Provider] = {}

# An entry of the kind -> its address, or "" where it has none: a lower app's line that leads to an upper app's page.
Link = Callable[[Entry], str]

_links: dict[str, Link] = {}


def register(name: str, provider: Provider) -> None:
    """Add a provider of entries; called from an app's `ready()`."""
    _providers[name] = provider


def link(kind: str, to: Link) -> None:
    """Say where entries of a kind lead that have no address of their own; called from an app's `ready()`."""
    _links[kind] = to


def _linked(entry: Entry) -> Entry:
    url = "" if entry.url or entry.kind not in _links else _links[entry.kind](entry)
    return replace(entry, url=url) if url else entry


def of(account_id: int, *, before: datetime, limit: int) -> list[Entry]:
    """The newest `limit` entries of an account before a moment, over all providers."""
    entries = [entry for provider in _providers.values() for entry in provider(account_id, before, limit)]
    newest = sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)[:limit]
    return [_linked(entry) for entry in newest]
