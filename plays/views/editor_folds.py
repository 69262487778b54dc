"""Which folds of the play editor stand open: those left open, those with a fault, and the one a press is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from plays.domain.draft import Document
from plays.views.editor_parts import Part
from plays.views.editor_steps import StepRow

MOST: Final = 200
_OF_STEP: Final = re.compile(r"(steps|finer)-(\d{1,3})")
_ON_STEP: Final = re.compile(r"(?:un)?variant (\d{1,3})\b")


def left_open(posted: Sequence[str], act: str, before: Document, after: Document) -> frozenset[str]:
    """The folds left open, a step's found again by its key wherever the press put it; a step that the press has made,
    or has given other words, is open, and so is what was asked: of the committee, or of an account.
    """
    keys, named = _keys(before), set(posted[:MOST])
    if changed := _ON_STEP.match(act):
        named.add(f"steps-{changed[1]}")
    named |= {"audience"} if act.startswith(("ask", "unask")) else {"preview"} if act == "look" else set()
    found = {name: _OF_STEP.fullmatch(name) for name in named}
    kept = {(of[1], keys[int(of[2])]) for of in found.values() if of and int(of[2]) < len(keys)}
    if act == "add" or act.startswith("copy "):
        kept |= {("steps", key) for key in set(_keys(after)) - set(keys)}
    steps = {f"{part}-{index}" for index, key in enumerate(_keys(after)) for part, of in kept if of == key}
    return frozenset(name for name, of in found.items() if of is None) | steps


def open_folds(opened: Iterable[str], parts: Iterable[Part], steps: Iterable[StepRow]) -> frozenset[str]:
    """What was left open, and whatever has a fault: nothing amiss hides in a fold."""
    return frozenset(opened).union(_faulty(parts, steps))


def _faulty(parts: Iterable[Part], steps: Iterable[StepRow]) -> Iterator[str]:
    for part in parts:
        if any(one.faults for one in part.every_input()):
            yield part.key
    for row in steps:
        if any(one.faults for one in row.inputs()):
            yield row.fold
        if row.is_finer:
            yield row.finer_fold


def _keys(document: Document) -> list[str]:
    """What the steps are known by, in order."""
    return [str(step.get("key", "")) for step in document.get("steps") or ()]
