"""The score's last months as a line, drawn from figures alone: works without scripts, and says each crossing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

WIDTH, HEIGHT = 640.0, 96.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A crossing on the line."""

    x: str
    y: str
    key: int
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines as SVG points, in a box of 640 by 96 in which 0 is at the bottom and 100 at the top.

    Days that were not kept are gaps: each stretch of days is a line of its own.
    """

    scores: tuple[str, ...]
    intents: tuple[str, ...]
    marks: tuple[Mark, ...]


def draw(
    days: Sequence[tuple[date, float, float]],
    crossings: Iterable[tuple[int, datetime, float, str]],
    *,
    since: date,
    until: date,
) -> Picture:
    """`days` are (day, score, intent), oldest first; `crossings` (key, moment, score, words)."""
    length = max((until - since).days, 1)

    def x(day: float) -> str:
        return f"{WIDTH * min(max(day / length, 0.0), 1.0):.1f}"

    def y(points: float) -> str:
        return f"{HEIGHT * (1 - min(max(points, 0.0), 100.0) / 100):.1f}"

    stretches: list[list[tuple[date, float, float]]] = []
    for one in days:
        if not stretches or (one[0] - stretches[-1][-1][0]).days > 1:
            stretches.append([])
        stretches[-1].append(one)
    shown = [stretch for stretch in stretches if len(stretch) > 1]
    lines = [
        tuple(
            " ".join(f"{x((day - since).days)},{y(figures[column])}" for day, *figures in stretch)
            for stretch in shown
        )
        for column in (0, 1)
    ]
    marks = tuple(
        Mark(x((at.date() - since).days + (at.hour * 60 + at.minute) / 1440), y(score), key, words)
        for key, at, score, words in crossings
    )
    return Picture(lines[0], lines[1], marks)
