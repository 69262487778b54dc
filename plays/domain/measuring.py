"""What is measured of a play [P9, M], and when it is better retired: rules over counts, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from plays.domain import vocabulary as words
from plays.domain.yields import ENOUGH_HELD_OUT, ENOUGH_RUNS, Yield

ENOUGH_FINISHED = 10
OTHERS_NEEDED = 3
QUIET = timedelta(days=90)
STALLED_SHARE = 0.5
KEPT_FOR = timedelta(days=91)
"""How long a play that somebody keeps is not suggested again: a quarter."""


def in_words(length: timedelta) -> str:
    """A length of time in the unit a person would use: `12.4 s`, `47 min`, `9 h`, `3 days`."""
    seconds = length.total_seconds()
    for unit, size, below in (("s", 1, 60), ("min", 60, 5_400), ("h", 3_600, 172_800)):
        if seconds < below:
            return f"{seconds / size:.{1 if size == 1 else 0}f} {unit}"
    return f"{seconds / 86_400:.0f} days"


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of a play over the window: how many opened, and what came of them. `median_hours`: opened to closed."""

    key: str
    opened: int = 0
    done: int = 0
    skipped: int = 0
    cancelled: int = 0
    current: int = 0
    late: int = 0
    median_hours: float | None = None


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How often one rule turned the play down. `verdict`: held or refused."""

    rule: str
    title: str
    verdict: str
    times: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One play over the window, of what began in it; the yield is of all windows that have passed.

    `considered`: decisions that asked for it. `quickest` and so on: from our receipt of the signal to enrollment.
    """

    considered: int = 0
    chosen: int = 0
    held: int = 0
    refused: int = 0
    held_out: int = 0
    enrolled: int = 0
    first_done: int = 0
    completed: int = 0
    exited: int = 0
    cancelled: int = 0
    live: int = 0
    finished: int = 0
    finished_unstalled: int = 0
    accounts_touched: int = 0
    to_enrollment_median: float | None = None
    to_enrollment_p95: float | None = None
    rules: tuple[RuleFigures, ...] = ()
    steps: tuple[StepFigures, ...] = ()
    weeks: tuple[int, ...] = ()
    yielded: Yield | None = None

    @property
    def unstalled_share(self) -> float | None:
        """Finished without a stall; None without a finished one."""
        return self.finished_unstalled / self.finished if self.finished else None

    @property
    def usually_enrolls_in(self) -> str:
        """The median in words; empty without one."""
        return (
            in_words(timedelta(seconds=self.to_enrollment_median))
            if self.to_enrollment_median is not None
            else ""
        )

    @property
    def mostly_enrolls_in(self) -> str:
        """The time within which 95 of 100 begin, in words; empty without one."""
        return (
            in_words(timedelta(seconds=self.to_enrollment_p95)) if self.to_enrollment_p95 is not None else ""
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A play as the rules below look at it. `last_enrolled`: ever; `active_since`: its first activation."""

    play_id: int
    name: str
    outcome: str
    is_active: bool
    active_since: datetime | None
    last_enrolled: datetime | None
    figures: Figures = field(default_factory=Figures)
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Retire this play, and why: each reason a sentence."""

    play_id: int
    name: str
    reasons: tuple[str, ...]

    @property
    def said(self) -> str:
        """All reasons, one after the other, as one text."""
        return " ".join(self.reasons)


def suggestions(plays: Sequence[Standing], *, now: datetime) -> list[Suggestion]:
    """Active plays that are better retired, unless somebody keeps them for now.

    A reason is any of: with at least 20 windows passed, the upper end of its yield's interval is below what happened in
    its own holdout (10 windows at least), or below the middle of the lower ends of three or more other plays with the
    same outcome; nothing enrolled in 90 days; of at least 10 finished runs more than half had stalled.
    """
    found = []
    for play in plays:
        if not play.is_active or (play.kept_until is not None and play.kept_until > now):
            continue
        reasons = tuple(reason for reason in _reasons(play, plays, now=now) if reason)
        if reasons:
            found.append(Suggestion(play.play_id, play.name, reasons))
    return found


def _reasons(play: Standing, plays: Sequence[Standing], *, now: datetime) -> Iterable[str]:
    yield _no_better_than_nothing(play)
    yield _worse_than_the_others(play, plays)
    yield _quiet(play, now=now)
    yield _stalls(play)


def _no_better_than_nothing(play: Standing) -> str:
    told = play.figures.yielded
    if told is None or told.run.runs < ENOUGH_RUNS or told.holdout.runs < ENOUGH_HELD_OUT:
        return ""
    interval, without = told.interval, told.holdout.share
    if interval is None or without is None or interval.high >= without:
        return ""
    outcome = words.OUTCOMES.get(play.outcome, play.outcome)
    return (
        f"It does not work: {told.run.share:.0%} of {told.run.runs} runs brought {outcome}, at most "
        f"{interval.high:.0%} with 95% certainty, while {without:.0%} of the accounts left alone had it too."
    )


def _worse_than_the_others(play: Standing, plays: Sequence[Standing]) -> str:
    told = play.figures.yielded
    if told is None or told.run.runs < ENOUGH_RUNS or told.interval is None:
        return ""
    floors = [
        other.figures.yielded.interval.low
        for other in plays
        if other.play_id != play.play_id
        and other.outcome == play.outcome
        and other.figures.yielded is not None
        and other.figures.yielded.run.runs >= ENOUGH_RUNS
        and other.figures.yielded.interval is not None
    ]
    if len(floors) < OTHERS_NEEDED or told.interval.high >= median(floors):
        return ""
    return (
        f"Other plays do better: at most {told.interval.high:.0%} of its runs work, and half of the {len(floors)} "
        f"other plays with this outcome work for at least {median(floors):.0%}."
    )


def _quiet(play: Standing, *, now: datetime) -> str:
    if play.active_since is None or play.active_since > now - QUIET:
        return ""
    if play.last_enrolled is None:
        return f"Nothing has ever set it off in a way that passed its rules, since {play.active_since:%-d %B %Y}."
    if play.last_enrolled > now - QUIET:
        return ""
    return f"It has started on no account since {play.last_enrolled:%-d %B %Y}, for more than 90 days."


def _stalls(play: Standing) -> str:
    figures = play.figures
    share = figures.unstalled_share
    if share is None or figures.finished < ENOUGH_FINISHED or 1 - share <= STALLED_SHARE:
        return ""
    return (
        f"It is not carried out: {1 - share:.0%} of the {figures.finished} runs that finished had stalled on the way. "
        "Fewer steps or a longer SLA may save it."
    )
