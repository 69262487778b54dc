"""An opportunity's stage history: where it stands, and which moves a record adds to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """The opportunity entered `stage` at `at`."""

    at: datetime
    stage: str


def standing(steps: Iterable[Step]) -> str:
    """The stage of the newest step; of two at one moment the later in the alphabet, in whatever order they came."""
    newest = max(steps, default=None)
    return newest.stage if newest else ""


def added(
    known: Sequence[Step], told: Sequence[Step], stage: str | None, *, moved_at: datetime
) -> list[Step]:
    """The steps that a record adds: those it tells that are not known, and, where its plain `stage` is not where
    that leaves the opportunity, a move to it at `moved_at`, or just after the newest step if that is later."""
    have = set(known)
    new = [step for step in dict.fromkeys(told) if step not in have]
    if not stage:
        return new
    every = [*known, *new]
    if standing(every) == stage:
        return new
    newest = max((step.at for step in every), default=None)
    return [*new, Step(moved_at if newest is None or newest < moved_at else newest + _JUST_AFTER, stage)]
