"""How precise a source, a signal type or a threshold is by what people say of it [F6], honest when they said little."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from signals.domain.beta import point_of

Verdict = Literal["good", "neutral", "noise"]

PRIOR_STRENGTH = 10.0
"""The program's overall precision counts as this many tags of every source, type and threshold."""

INTERVAL = 0.95


@dataclass(frozen=True, slots=True)
class Tally:
    """Things by what was said of them. Neutral is said, and counts neither way."""

    good: int = 0
    noise: int = 0
    neutral: int = 0

    @property
    def counted(self) -> int:
        """The tags that a precision rests on."""
        return self.good + self.noise

    @property
    def said(self) -> int:
        """How many things were tagged, in whichever way."""
        return self.good + self.noise + self.neutral

    def plus(self, verdict: Verdict) -> Tally:
        """The tally with one more word counted."""
        return Tally(
            self.good + (verdict == "good"),
            self.noise + (verdict == "noise"),
            self.neutral + (verdict == "neutral"),
        )


@dataclass(frozen=True, slots=True)
class Precision:
    """A share of good ones: as tagged, and shrunk towards the program's; all None where nothing was tagged either way.

    `low` and `high` hold 95 % of what the shrunk share may really be.
    """

    tally: Tally
    plain: float | None = None
    shrunk: float | None = None
    low: float | None = None
    high: float | None = None


def majority(verdicts: Iterable[str]) -> Verdict:
    """What a thing counts as when several people said something: one thing, one tag, as most say.

    Good and noise alike often, or only neutral: neutral. People's words on one thing are not independent of each other,
    so five of them are no five observations.
    """
    said = list(verdicts)
    good, noise = said.count("good"), said.count("noise")
    if good == noise:
        return "neutral"
    return "good" if good > noise else "noise"


def overall_share(overall: Tally) -> float:
    """The program's precision that all others are shrunk towards: (good + 1) / (good + noise + 2), never 0 or 1."""
    return (overall.good + 1.0) / (overall.counted + 2.0)


def precision(tally: Tally, overall: Tally, *, strength: float = PRIOR_STRENGTH) -> Precision:
    """Beta-Binomial shrinkage: the mean of Beta(good + s·p, noise + s·(1 - p)); p the program's share, s `strength`."""
    if not tally.counted:
        return Precision(tally)
    share = overall_share(overall)
    a, b = tally.good + strength * share, tally.noise + strength * (1.0 - share)
    tail = (1.0 - INTERVAL) / 2.0
    return Precision(
        tally,
        plain=tally.good / tally.counted,
        shrunk=a / (a + b),
        low=point_of(tail, a, b),
        high=point_of(1.0 - tail, a, b),
    )
