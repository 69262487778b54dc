"""Conditions on numbers and on silence: intent, fit, the score, its rise, and dormancy."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp2
from typing import ClassVar

from signals.domain import score as scores
from signals.domain.catalogue import DAY, Catalogue, Need
from signals.domain.condition import words
from signals.domain.condition.node import FACT_LIMIT, Condition, Names, Progress
from signals.domain.condition.view import View
from signals.domain.state import TICK
from signals.domain.trail import Mark

TOP_CONTRIBUTIONS = 5
"""Whose latest signals stand as the evidence of a high intent."""


@dataclass(frozen=True, slots=True)
class Fact(Condition):
    """A single fact that names no signal type."""

    key: ClassVar[str]

    def steps_away(self, view: View, now: float) -> int:
        return 0 if self.is_met(view, now) else 1

    def needs(self, catalogue: Catalogue) -> Mapping[int, Need]:
        """None: its evidence is what is remembered anyway."""
        return {}

    def topics_named(self) -> frozenset[str]:
        return frozenset()

    def types_named(self) -> frozenset[str]:
        return frozenset()

    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        return frozenset(facts.id for facts in catalogue)


@dataclass(frozen=True, slots=True)
class Level(Fact):
    """A number of 0 to 100 is at least so much."""

    at_least: float

    noun: ClassVar[str]

    @abstractmethod
    def value(self, view: View, now: float) -> float:
        """The number at `now`."""

    def is_met(self, view: View, now: float) -> bool:
        return self.value(view, now) >= self.at_least

    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        value = self.value(view, now)
        return (Progress(self.sentence(names), value, self.at_least, value >= self.at_least),)

    def wake_at(self, view: View, now: float) -> float | None:
        """None: by the clock alone a score only falls."""
        return None

    def marks(self, view: View, now: float) -> list[Mark]:
        """The latest signal of each of the types that give most; none for a fit, which no signal makes."""
        return _leading_marks(view, now) if self.is_met(view, now) else []

    def clause(self, names: Names | None = None) -> str:
        return f"{self.noun} is at least {words.number(self.at_least)}"

    def to_json(self) -> dict[str, object]:
        return {self.key: {"at_least": self.at_least}}


@dataclass(frozen=True, slots=True)
class IntentLevel(Level):
    """Intent is at least so much."""

    key: ClassVar[str] = "intent"
    noun: ClassVar[str] = "the intent score"

    def value(self, view: View, now: float) -> float:
        return view.intent(now)


@dataclass(frozen=True, slots=True)
class FitLevel(Level):
    """Fit is at least so much."""

    key: ClassVar[str] = "fit"
    noun: ClassVar[str] = "the fit score"

    def value(self, view: View, now: float) -> float:
        return view.fit

    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        return frozenset()

    def marks(self, view: View, now: float) -> list[Mark]:
        return []


@dataclass(frozen=True, slots=True)
class ScoreLevel(Level):
    """The score is at least so much."""

    key: ClassVar[str] = "score"
    noun: ClassVar[str] = "the score"

    def value(self, view: View, now: float) -> float:
        return view.score(now)


@dataclass(frozen=True, slots=True)
class ScoreRise(Fact):
    """The score has risen by at least so much since the last UTC midnight at or before `days` (≤ 14) ago.

    Both scores are worked out with today's fit and weights, so that neither a new fit nor a retune is a
    surge.
    """

    at_least: float
    days: int

    key: ClassVar[str] = "score_rise"

    def rise(self, view: View, now: float) -> float:
        """The score now less the score at that midnight; negative where it fell."""
        return view.score(now) - view.score(scores.midnight_before(now, self.days))

    def is_met(self, view: View, now: float) -> bool:
        # An intent that is too small cannot have risen so much: the past need not be worked out.
        return self._may_be_met(view, now) and self.rise(view, now) >= self.at_least

    def _may_be_met(self, view: View, now: float) -> bool:
        return view.scoring.w_intent * view.intent(now) >= self.at_least - TICK

    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        rise = self.rise(view, now)
        return (Progress(self.sentence(names), max(0.0, rise), self.at_least, rise >= self.at_least),)

    def marks(self, view: View, now: float) -> list[Mark]:
        """The newest signals since that midnight."""
        if not self.is_met(view, now):
            return []
        start = scores.midnight_before(now, self.days)
        trails = view.state.trails.values()
        found = [mark for trail in trails for mark in trail.occurrences(start, now)]
        return sorted(found, reverse=True)[:FACT_LIMIT]

    def wake_at(self, view: View, now: float) -> float | None:
        """The next midnight that leaves a high day behind it, so that what remains of the rise is enough.

        Between midnights a rise only shrinks, and once the last signal is `days` old there is none.
        """
        if not self._may_be_met(view, now) or self.is_met(view, now):
            return None
        today, state, catalogue, scoring = (
            scores.midnight_before(now),
            view.state,
            view.catalogue,
            view.scoring,
        )
        raw, slowest = scores.raw(state, catalogue, now), catalogue.longest_half_life_days * DAY
        baselines = scores.raw_at_midnights(state, catalogue, today, self.days)
        for ahead, baseline in enumerate(baselines, 1):
            midnight = today + ahead * DAY
            # Nothing decays more slowly than the longest half-life: where even that leaves too little, look no further.
            most = scores.intent(raw * exp2((now - midnight) / slowest), scoring.k)
            may_rise = scoring.w_intent * (most - scores.intent(baseline, scoring.k)) > self.at_least - TICK
            if may_rise and self.is_met(view, midnight):
                return midnight
        return None

    def clause(self, names: Names | None = None) -> str:
        return f"the score has risen by at least {words.number(self.at_least)} within {words.days(self.days)}"

    def to_json(self) -> dict[str, object]:
        return {self.key: {"at_least": self.at_least, "days": self.days}}


@dataclass(frozen=True, slots=True)
class Dormant(Fact):
    """No touch and no signal in [now - days, now), and the account has been known that long [P3]."""

    days: int

    key: ClassVar[str] = "dormant"

    def is_met(self, view: View, now: float) -> bool:
        start = self._start(view)
        return start is not None and start <= now

    def progress(self, view: View, now: float, names: Names | None = None) -> tuple[Progress, ...]:
        state = view.state
        moments = [
            at for at in (state.last_signal_at, state.last_touch_at, state.known_since) if at is not None
        ]
        quiet = 0.0 if state.known_since is None else max(0.0, (now - max(moments)) / DAY)
        return (Progress(self.sentence(names), quiet, self.days, self.is_met(view, now)),)

    def marks(self, view: View, now: float) -> list[Mark]:
        """None: silence leaves no signal."""
        return []

    def types_heard(self, catalogue: Catalogue) -> frozenset[int]:
        return frozenset()

    def wake_at(self, view: View, now: float) -> float | None:
        start = self._start(view)
        return start if start is not None and start > now else None

    def clause(self, names: Names | None = None) -> str:
        return f"there has been no touch and no signal for {words.days(self.days)}"

    def to_json(self) -> dict[str, object]:
        return {self.key: {"days": self.days}}

    def _start(self, view: View) -> float | None:
        """The first moment of dormancy if nothing more happens;

        None for an account not known since any date.
        """
        state, span = view.state, self.days * DAY
        if state.known_since is None:
            return None
        happened = [at + TICK for at in (state.last_signal_at, state.last_touch_at) if at is not None]
        return max([state.known_since, *happened]) + span


def _leading_marks(view: View, now: float) -> list[Mark]:
    leading = scores.contributions(view.state, view.catalogue, now, view.scoring.k)[:TOP_CONTRIBUTIONS]
    types = {part.type_id for part in leading}
    trails = (view.state.trails[type_id] for type_id in sorted(types) if type_id in view.state.trails)
    return [mark for trail in trails if (mark := trail.latest(float("-inf"), now)) is not None]
