"""A condition while it is being written: a document that may still hold faults, changed one part at a time.

A draft has the shape of a condition's document (one key, groups hold lists), whatever stands in its fields. A place in
it is a path: `()` is the whole, `(0, 2)` the third part of the first part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from abmops.lib.errors import FieldErrors
from signals.domain.condition.parsing import BRANCHES, KEYS, MAX_DEPTH, MAX_NODES, parse

Draft = dict[str, Any]
Path = tuple[int, ...]

NEW: Mapping[str, Any] = {
    "all": [],
    "any": [],
    "count": {"at_least": 3, "days": 14},
    "distinct_signals": {"qualifying": True, "at_least": 2, "days": 30},
    "distinct_contacts": {"at_least": 2, "days": 30},
    "distinct_types": {"at_least": 2, "days": 30},
    "intent": {"at_least": 60},
    "fit": {"at_least": 60},
    "score": {"at_least": 60},
    "score_rise": {"at_least": 20, "days": 7},
    "dormant": {"days": 90},
}
"""What a part of each kind says when it is put in."""

DEEDS = ("remove", "up", "down", "out", "into", "nest", "dissolve")


def new(key: str) -> Draft:
    """A fresh part of one kind."""
    body = NEW[key]
    return {key: list(body) if isinstance(body, list) else dict(body)}


def key_of(draft: Draft) -> str:
    """Which kind of condition a part is."""
    return next(iter(draft))


def parts_of(draft: Draft) -> list[Draft]:
    """The parts of a group; a fact has none."""
    key = key_of(draft)
    return list(draft[key]) if key in BRANCHES else []


def part_at(draft: Draft, path: Path) -> Draft | None:
    """The part at a path; None where there is none."""
    for index in path:
        parts = parts_of(draft)
        if index >= len(parts):
            return None
        draft = parts[index]
    return draft


def size(draft: Draft) -> int:
    """How many parts there are, groups and the whole among them."""
    return 1 + sum(size(part) for part in parts_of(draft))


def depth(draft: Draft) -> int:
    """How deep it nests; a single fact is 1 deep."""
    return 1 + max((depth(part) for part in parts_of(draft)), default=0)


def may(draft: Draft, path: Path) -> frozenset[str]:
    """What can be done to the part at a path, of `DEEDS`; every one of them leaves a draft within the bounds."""
    part = part_at(draft, path)
    if part is None:
        return frozenset()
    key, deeds = key_of(part), set()
    if path:
        above = part_at(draft, path[:-1])
        siblings = parts_of(above) if above else []
        deeds.add("remove")
        if path[-1] > 0:
            deeds.add("up")
            before = siblings[path[-1] - 1]
            if key_of(before) in BRANCHES and len(path) + 1 + depth(part) <= MAX_DEPTH:
                deeds.add("into")
        if path[-1] + 1 < len(siblings):
            deeds.add("down")
        if len(path) > 1:
            deeds.add("out")
    elif key in BRANCHES:
        deeds |= {"remove"} if parts_of(part) else set()
    if len(path) + 1 + depth(part) <= MAX_DEPTH and size(draft) < MAX_NODES:
        deeds.add("nest")
    parts = parts_of(part)
    if parts and (path or len(parts) == 1):
        deeds.add("dissolve")
    return frozenset(deeds)


def may_grow(draft: Draft, path: Path) -> bool:
    """Whether another part can be added to the group at a path, or beside the fact that is the whole."""
    part = part_at(draft, path)
    if part is None or (path and key_of(part) not in BRANCHES):
        return False
    return len(path) + 2 <= MAX_DEPTH and size(draft) + (1 if key_of(part) in BRANCHES else 2) <= MAX_NODES


def added(draft: Draft, path: Path, key: str) -> Draft:
    """With a fresh part at the end of the group at a path. A fact that is the whole becomes a group of both."""
    if key not in KEYS or not may_grow(draft, path):
        return draft
    if not path and key_of(draft) not in BRANCHES:
        return {"all": [draft, new(key)]}
    return _changed(draft, path, lambda group: _with_parts(group, [*parts_of(group), new(key)]))


def done(draft: Draft, path: Path, deed: str) -> Draft:
    """After one deed at a path; as it was where that cannot be done."""
    if deed not in may(draft, path):
        return draft
    part = part_at(draft, path)
    assert part is not None
    if deed == "nest":
        around = "any" if key_of(part) == "all" else "all"
        if path:
            above = part_at(draft, path[:-1])
            around = "all" if above and key_of(above) == "any" else "any"
        return _changed(draft, path, lambda inner: {around: [inner]})
    if not path:
        return {key_of(part): []} if deed == "remove" else parts_of(part)[0]
    place, group = path[-1], path[:-1]
    siblings = parts_of(part_at(draft, group) or {})
    match deed:
        case "remove":
            rest = [one for index, one in enumerate(siblings) if index != place]
        case "dissolve":
            rest = [*siblings[:place], *parts_of(part), *siblings[place + 1 :]]
        case "up" | "down":
            other = place - 1 if deed == "up" else place + 1
            rest = list(siblings)
            rest[place], rest[other] = rest[other], rest[place]
        case "into":
            before = siblings[place - 1]
            joined = _with_parts(before, [*parts_of(before), part])
            rest = [*siblings[: place - 1], joined, *siblings[place + 1 :]]
        case _:
            return _moved_out(draft, path, part)
    return _changed(draft, group, lambda above: _with_parts(above, rest))


def _moved_out(draft: Draft, path: Path, part: Draft) -> Draft:
    """Behind the group that it stood in; a group that this empties stays, to be filled or removed."""
    place, inner, outer = path[-1], path[:-1], path[:-2]
    without = _changed(
        draft,
        inner,
        lambda group: _with_parts(
            group, [one for index, one in enumerate(parts_of(group)) if index != place]
        ),
    )

    def behind(group: Draft) -> Draft:
        parts = parts_of(group)
        return _with_parts(group, [*parts[: inner[-1] + 1], part, *parts[inner[-1] + 1 :]])

    return _changed(without, outer, behind)


def _with_parts(group: Draft, parts: list[Draft]) -> Draft:
    return {key_of(group): parts}


def _changed(draft: Draft, path: Path, change: Any) -> Draft:
    """A copy in which the part at a path is changed."""
    if not path:
        changed: Draft = change(draft)
        return changed
    parts = parts_of(draft)
    parts[path[0]] = _changed(parts[path[0]], path[1:], change)
    return _with_parts(draft, parts)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the part at `path`; `field` is the field it concerns, or empty."""

    path: Path
    field: str
    detail: str


def faults(draft: Draft, *, types: frozenset[str] | None = None) -> list[Fault]:
    """All that is wrong with a draft, each at its part."""
    try:
        parse(draft, types=types, pointer="")
    except FieldErrors as error:
        return [_fault(draft, fault.pointer, fault.detail) for fault in error.errors]
    return []


def _fault(draft: Draft, pointer: str, detail: str) -> Fault:
    """A pointer such as `/all/0/count/days` is the field `days` of the part (0,)."""
    steps, path, rest = pointer.split("/")[1:], [], draft
    while len(steps) > 1 and steps[0] in BRANCHES and steps[0] == key_of(rest) and steps[1].isdecimal():
        path.append(int(steps[1]))
        rest, steps = parts_of(rest)[path[-1]], steps[2:]
    field = steps[1] if len(steps) > 1 else ""
    if not field and key_of(rest) in BRANCHES and not parts_of(rest):
        detail = "This group is empty. Add a condition to it, or remove it."
    return Fault(tuple(path), field, detail)


def walk(draft: Draft, path: Path = ()) -> Iterator[tuple[Path, Draft]]:
    """Every part with its path, in reading order."""
    yield path, draft
    for index, part in enumerate(parts_of(draft)):
        yield from walk(part, (*path, index))
