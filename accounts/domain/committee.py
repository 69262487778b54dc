"""The buying committee: which parts nobody plays, and who reports to whom [I3]."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

# A blocker is a person to know, not a part to fill: their absence is no gap.
WANTED_ROLES = ("economic_buyer", "technical_evaluator", "champion", "end_user")

# How many people an account wants known [I3], and since when somebody counts as engaged.
TARGET = (3, 5)
ENGAGED_DAYS = 90
# What a title suggests of the part somebody may play: a suggestion, never an answer. The first that fits counts.
_TITLES: Mapping[str, str] = {
    "economic_buyer": r"chief (executive|operating|financ\w*|commercial)|\bc[eofc]o\b|owner|founder|president|"
    r"managing director|procurement|purchas\w*|buyer|head of finance|vp finance",
    "technical_evaluator": r"architect|chief (technology|information)|\bct?io\b|\bcto\b|\bit\b|engineer\w*|"
    r"quality system|security|technical|technolog\w*|data|system",
    "champion": r"\bvp\b|vice president|director|head of|transformation|innovation|program\w* manager|lead",
    "end_user": r"manager|specialist|analyst|operator|planner|coordinator|engineer|supervisor|user",
}
_PATTERNS = {role: re.compile(pattern, re.IGNORECASE) for role, pattern in _TITLES.items()}


def fitting_roles(title: str) -> tuple[str, ...]:
    """The wanted roles that a title suggests, the likeliest first."""
    return tuple(role for role, pattern in _PATTERNS.items() if pattern.search(title))


class Member(Protocol):
    """A contact, as far as the chart cares."""

    id: Any
    reports_to_id: Any


M = TypeVar("M", bound=Member)


@dataclass(slots=True)
class Branch(Generic[M]):
    """A person and those who report to them."""

    person: M
    reports: list[Self] = field(default_factory=list)


def chart(people: Sequence[M]) -> list[Branch[M]]:
    """The people as trees, in the order given; who reports to nobody here, or in a circle, stands on top."""
    branches = {person.id: Branch(person) for person in people}
    tops = []
    for person in people:
        above = person.reports_to_id
        if above in branches and not _leads_back(person.id, branches):
            branches[above].reports.append(branches[person.id])
        else:
            tops.append(branches[person.id])
    return tops


def _leads_back(start: int, branches: "dict[int, Branch[M]]") -> bool:
    """Whether going up from a person comes back to them."""
    seen, at = {start}, branches[start].person.reports_to_id
    while at is not None and at in branches:
        if at == start:
            return True
        if at in seen:
            return False
        seen.add(at)
        at = branches[at].person.reports_to_id
    return False


# The chart as a picture, in SVG units: a box a person, those who report to them below and to the right of each other.
BOX_WIDE, BOX_HIGH, GAP_WIDE, GAP_HIGH, EDGE = 176, 60, 16, 36, 4


@dataclass(frozen=True, slots=True)
class Box(Generic[M]):
    """Where a person stands in the picture: the upper left corner."""

    person: M
    x: int
    y: int
    below: int


@dataclass(frozen=True, slots=True)
class Line:
    """A reports-to edge: from the middle of the superior's lower side, by a half-way level, to the one below."""

    path: str


@dataclass(frozen=True, slots=True)
class Picture(Generic[M]):
    """The whole chart, its size and its boxes and lines."""

    wide: int
    high: int
    boxes: tuple[Box[M], ...]
    lines: tuple[Line, ...]


def picture(branches: Sequence[Branch[M]]) -> Picture[M]:
    """Lay the trees side by side: nobody overlaps, a superior stands over the middle of those below. Linear.

    People without a chart of their own, who report to nobody and to whom nobody reports, stand in rows of four under
    the trees, so that a flat list does not become a mile wide.
    """
    boxes: list[Box[M]] = []
    lines: list[Line] = []
    right = lowest = 0
    for branch in (branch for branch in branches if branch.reports):
        right, low = _place(branch, right, 0, boxes, lines)
        lowest = max(lowest, low)
        right += GAP_WIDE
    alone = [branch for branch in branches if not branch.reports]
    top = lowest + GAP_HIGH if lowest else 0
    for index, branch in enumerate(alone):
        x = (index % 4) * (BOX_WIDE + GAP_WIDE)
        y = top + (index // 4) * (BOX_HIGH + GAP_WIDE)
        boxes.append(Box(branch.person, x + EDGE, y + EDGE, 0))
    wide = max((box.x + BOX_WIDE for box in boxes), default=0) + EDGE
    high = max((box.y + BOX_HIGH for box in boxes), default=0) + EDGE
    return Picture(wide, high, tuple(boxes), tuple(lines))


def _place(branch: Branch[M], left: int, top: int, boxes: list[Box[M]], lines: list[Line]) -> tuple[int, int]:
    """Place a tree from `left` on; gives its right and lower ends. Those below are placed first."""
    start, low = left, top + BOX_HIGH
    middles: list[int] = []
    for below in branch.reports:
        at = len(boxes)
        left, deep = _place(below, left, top + BOX_HIGH + GAP_HIGH, boxes, lines)
        low = max(low, deep)
        left += GAP_WIDE
        middles.append(next(box.x for box in boxes[at:] if box.person is below.person) + BOX_WIDE // 2 - EDGE)
    right = max(left - GAP_WIDE, start + BOX_WIDE) if branch.reports else start + BOX_WIDE
    middle = (middles[0] + middles[-1]) // 2 if middles else start + BOX_WIDE // 2
    x = middle - BOX_WIDE // 2
    boxes.append(Box(branch.person, x + EDGE, top + EDGE, len(branch.reports)))
    bottom = top + BOX_HIGH + EDGE
    for one in middles:
        half = bottom + GAP_HIGH // 2
        path = f"M{middle + EDGE} {bottom}V{half}H{one + EDGE}V{bottom + GAP_HIGH}"
        lines.append(Line(path))
    return right, low
