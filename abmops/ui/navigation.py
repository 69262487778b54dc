"""The main navigation: one table of places, and the counts that apps register for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from abmops.lib.choices import Role

COUNTS_KEPT_SECONDS = 15
EVERYBODY = frozenset(Role.values)
REVOPS = frozenset({Role.REVOPS.value})
KEEPERS = frozenset({Role.REVOPS.value, Role.MARKETER.value})


class Reader(Protocol):
    """The signed-in person, as far as the navigation cares."""

    pk: Any
    role: str
    is_superuser: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation, shown to some roles and only once its URL exists.

    `also`: pages that lie in this place without standing below its address.
    """

    label: str
    url_name: str
    roles: frozenset[str] = EVERYBODY
    also: tuple[str, ...] = ()

    def url(self) -> str | None:
        """Its address, or None while no app offers it."""
        return _url(self.url_name)

    def open_to(self, reader: Reader) -> bool:
        """Whether the reader's role may see it; a superuser sees everything."""
        return reader.is_superuser or reader.role in self.roles


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as drawn. `current` is the value of aria-current: "page", "true" for a page below, or ""."""

    label: str
    url: str
    count: int
    current: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its lines."""

    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    """The whole of it for one reader on one page."""

    groups: tuple[Group, ...]
    foot: tuple[Entry, ...]


GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "Work",
        (
            Place("Today", "plays:today"),
            Place("Calendar", "plays:calendar"),
            Place("Accounts", "accounts:list"),
            Place("Signals", "signals:list"),
            Place("Late and at risk", "plays:late"),
        ),
    ),
    (
        "Program",
        (
            Place("Target list", "target_list:page"),
            Place("Customer profile", "icp:page"),
            Place("Thresholds", "signals:thresholds"),
            Place("Play library", "plays:library"),
            Place("Guardrails", "plays:guardrails"),
        ),
    ),
    (
        "Data",
        (
            Place("Imports", "imports:list", KEEPERS),
            Place("Duplicates", "duplicates:list"),
            Place("Committees", "committees:list"),
            Place("Data gaps", "gaps:list"),
            Place("List drift", "sidecars:list"),
            Place("Changes", "changes:list"),
        ),
    ),
    ("Results", (Place("Scoreboard", "scoreboard:page"),)),
    ("Decide", (Place("Escalations", "governance:escalations"),)),
    (
        "Settings",
        (
            Place(
                "People & routing",
                "plays:people",
                also=("plays:territories", "plays:holidays", "plays:routing"),
            ),
            Place("Notices", "plays:notices", also=("plays:notice_wishes",)),
            Place("Surfaces", "plays:surfaces", REVOPS, also=("plays:deliveries",)),
        ),
    ),
)
FOOT: tuple[Place, ...] = (
    Place("Health", "work:health", REVOPS),
    Place("Administration", "admin:index", REVOPS),
)

# (reader, now) -> how many things wait for the reader at a place; one query.
Counter = Callable[[Any, datetime], int]

_counters: dict[str, Counter] = {}


def count(url_name: str, counter: Counter) -> None:
    """Show a number beside a place; called from an app's `ready()`."""
    _counters[url_name] = counter


def counts_for(reader: Reader, *, now: datetime) -> dict[str, int]:
    """The numbers beside the places, at most `COUNTS_KEPT_SECONDS` old: when warm they cost no query."""
    key = f"ui:nav-counts:{reader.pk}"
    kept: dict[str, int] | None = cache.get(key)
    if kept is None:
        kept = {name: counter(reader, now) for name, counter in _counters.items()}
        cache.set(key, kept, COUNTS_KEPT_SECONDS)
    return kept


def forget_counts(reader: Reader) -> None:
    """Count afresh on the reader's next page, for a change that the reader has just made."""
    cache.delete(f"ui:nav-counts:{reader.pk}")


def navigation_for(reader: Reader, *, path: str, now: datetime) -> Navigation:
    """The lines that the reader may follow, the one of `path` marked."""
    counts = counts_for(reader, now=now)
    here = _nearest(path)

    def drawn(places: tuple[Place, ...]) -> tuple[Entry, ...]:
        entries = []
        for place in places:
            url = place.url()
            if url is not None and place.open_to(reader):
                entries.append(
                    Entry(place.label, url, counts.get(place.url_name, 0), _current(url, path, here))
                )
        return tuple(entries)

    groups = tuple(Group(label, drawn(places)) for label, places in GROUPS)
    return Navigation(groups=tuple(group for group in groups if group.entries), foot=drawn(FOOT))


def _nearest(path: str) -> str:
    """The place that a page lies in: the longest address that begins its own; Today only for itself."""
    places = [place for _, group in (*GROUPS, ("", FOOT)) for place in group]
    urls = {
        url: place.url() or ""
        for place in places
        for name in (place.url_name, *place.also)
        if (url := _url(name))
    }
    return urls.get(
        max((url for url in urls if url != "/" and path.startswith(url)), key=len, default=""), ""
    )


def _url(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _current(url: str, path: str, here: str) -> str:
    if path == url:
        return "page"
    return "true" if url == here else ""
