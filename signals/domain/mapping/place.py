"""Where a value lies in what somebody sent: `domain`, `company.name`, `../domain`, `$.week`, `.`.

A path is looked up in the element at hand; `../` goes to what holds it, `$.` to the whole body, `.` is the element
itself. A key is found as it is written, or else without regard to case and to what joins its words, so that
`composite_score` also finds the column “Composite Score”.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_PATH = 200
MAX_LEVELS = 8


class Misplaced(ValueError):
    """A path that cannot be read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path, read. `up` counts `../`; `from_top` is `$`."""

    text: str
    up: int
    from_top: bool
    rest: str

    def of(self, scopes: Sequence[object]) -> object:
        """The value there, or None. `scopes` are the body, then each element down to the one at hand."""
        if self.from_top:
            return look_up(scopes[0], self.rest)
        if self.up >= len(scopes):
            return None
        return look_up(scopes[-1 - self.up], self.rest)

    def around(self, scopes: Sequence[object]) -> object:
        """What it is looked for in."""
        return scopes[0] if self.from_top else scopes[-1 - min(self.up, len(scopes) - 1)]


def read(text: str) -> Place:
    """A path as it is written; Misplaced where it is none."""
    path = text.strip()
    if not path or len(path) > MAX_PATH:
        raise Misplaced(f"A path has 1 to {MAX_PATH} characters, such as domain or ../company.name.")
    if path == "$" or path.startswith("$."):
        return Place(path, 0, from_top=True, rest=path[2:])
    up, rest = 0, path
    while rest.startswith("../"):
        up, rest = up + 1, rest[3:]
    if up > MAX_LEVELS:
        raise Misplaced(f"{path[:60]} goes up more than {MAX_LEVELS} levels.")
    if rest == "..":
        up, rest = up + 1, ""
    if "[]" in rest:
        raise Misplaced(f"{path[:60]} names a list. Lists are taken apart under “items” only.")
    return Place(path, up, from_top=False, rest="" if rest == "." else rest)


def look_up(value: object, path: str) -> object:
    """The value at a dotted path, or None. A key that holds the dots itself goes before; a number counts in a list."""
    while path:
        if isinstance(value, Mapping):
            if path in value:
                return value[path]
            head, _, rest = path.partition(".")
            value = _entry(value, head)
            path = rest
        elif isinstance(value, list):
            head, _, path = path.partition(".")
            value = value[int(head)] if head.isdecimal() and int(head) < len(value) else None
        else:
            return None
    return value


def lacking(value: object, path: str) -> str:
    """The first name of a dotted path that an object does not have at all; empty where each is there, even as null."""
    while path and isinstance(value, Mapping) and value and path not in value:
        head, _, path = path.partition(".")
        if not any(isinstance(name, str) and plain(name) == plain(head) for name in value):
            return head
        value = _entry(value, head)
    if isinstance(value, list) and value and not path[:1].isdecimal():
        return path.partition(".")[0]
    return ""


def missing(places: Sequence[Place], scopes: Sequence[object]) -> str:
    """That nothing is there, and what is there instead, so that a field which was renamed is seen at once."""
    there = names_in(places[0].around(scopes)) or "nothing else"
    return f"{quoted(places)} {'is' if len(places) == 1 else 'are'} missing or empty. There is {there}."


def quoted(places: Sequence[Place]) -> str:
    """The paths, in quotes."""
    return " and ".join(f"“{place.text}”" for place in places)


def names_in(value: object) -> str:
    """The first names of an object, in quotes; empty of what has none."""
    names = list(value)[:8] if isinstance(value, Mapping) else []
    return ", ".join(f"“{str(name)[:60]}”" for name in names)


def _entry(value: Mapping[object, object], key: str) -> object:
    if key in value:
        return value[key]
    wanted = plain(key)
    return next(
        (found for name, found in value.items() if isinstance(name, str) and plain(name) == wanted), None
    )


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A name without case and without what joins its words."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def levels(text: str) -> tuple[tuple[str, bool], ...]:
    """`data.companies[].topics[]` as steps: a path into what is at hand, and whether each element there is an item.

    Empty: the body itself, and each of its elements where it is a list. Misplaced where it cannot be read.
    """
    path = text.strip()
    if len(path) > MAX_PATH:
        raise Misplaced(f"“items” has at most {MAX_PATH} characters, such as data.companies[].")
    parts = [part.strip(".") for part in path.split("[]")]
    if len(parts) - 1 > MAX_LEVELS:
        raise Misplaced(f"“items” goes down more than {MAX_LEVELS} lists.")
    if path.startswith(("..", "/", "$")) or "[].." in path:
        raise Misplaced("“items” is a path down from the body, such as data.companies[].topics[].")
    steps = [(part, True) for part in parts[:-1]]
    if parts[-1] or not steps:
        steps.append((parts[-1], False))
    return tuple(steps)
