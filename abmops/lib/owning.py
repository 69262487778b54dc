"""What a person owns: counted before they may go, listed and handed to others when they do.

An app registers a `Kind` for each of its tables whose rows somebody answers for. A test over the database's own foreign
keys to people holds the list complete.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

# user id -> what they own in words ("open tasks") with how many
Owning = Callable[[int], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Thing:
    """One row that a person answers for. `account_id`: it goes with that account, where that goes to somebody."""

    id: int
    name: str
    url: str = ""
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one sort that have one owner each.

    `things`: what a person has of it. `hand`: from the person to others, by row; gives what `back` needs, by row too:
    to the person again, what is still with whom it went to. Both hear last who does it, for kinds with a record; they
    write in the caller's transaction, with a fixed number of statements an heir.
    """

    key: str
    words: str
    things: Callable[[int, datetime], Sequence[Thing]]
    hand: Callable[[int, Mapping[int, int], int], Mapping[int, int]]
    back: Callable[[int, Mapping[int, int], int], None]


_registered: dict[str, Owning] = {}
_kinds: dict[str, Kind] = {}


def register(name: str, owning: Owning) -> None:
    """Called from an app's `ready()`."""
    _registered[name] = owning


def register_kind(kind: Kind) -> None:
    """Called from an app's `ready()`."""
    _kinds[kind.key] = kind


def kinds() -> Sequence[Kind]:
    """Every kind of things, in the order of registration."""
    return tuple(_kinds.values())


def owned_by(user_id: int, *, now: datetime) -> dict[str, int]:
    """Everything that would be left without its owner, what is zero left out."""
    found: dict[str, int] = {}
    for owning in _registered.values():
        found |= {what: n for what, n in owning(user_id).items() if n}
    for kind in _kinds.values():
        if things := kind.things(user_id, now):
            found[kind.words] = len(things)
    return found


def by_heir(given: Mapping[int, int]) -> dict[int, list[int]]:
    """The rows that each heir gets."""
    found: dict[int, list[int]] = {}
    for row, heir in given.items():
        found.setdefault(heir, []).append(row)
    return found
