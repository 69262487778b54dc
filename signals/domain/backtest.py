"""What a threshold would have done: an account's past lived through once more, signal by signal and wake by wake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from signals.domain.catalogue import Catalogue
from signals.domain.condition import Condition, View
from signals.domain.crossing import Armed, step
from signals.domain.score import DEFAULT_SCORING, Scoring
from signals.domain.state import TICK, RollingState, Sighting


@dataclass(frozen=True, slots=True)
class Past:
    """One account's history: its signals and touches in any order, since when it is known, and its fit.

    Touches and `known_since` matter to dormancy only. The fit is taken to have been what it is: fits keep no history.
    """

    sightings: Sequence[Sighting]
    touches: Sequence[float] = field(default=())
    known_since: float | None = None
    fit: float = 0.0


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossing that would have been: when, and the signals that prove it, newest first."""

    at: float
    evidence: tuple[str, ...]


def crossings(
    past: Past,
    condition: Condition,
    catalogue: Catalogue,
    *,
    since: float,
    until: float,
    rearm_days: float,
    scoring: Scoring = DEFAULT_SCORING,
) -> Iterator[Crossed]:
    """The crossings in [since, until), as if each signal had been judged the moment it happened.

    What came before `since` is known from the start, and a condition that is true then has crossed already. Weights,
    confidences and half-lives are the catalogue's. The catalogue must be built for this condition (`conditions=`).
    """
    state = RollingState()
    if past.known_since is not None:
        state.know_since(past.known_since)
    events: list[tuple[float, Sighting | None]] = [(at, None) for at in past.touches]
    events += [(sighting.at, sighting) for sighting in past.sightings]
    events.sort(key=lambda event: event[0])
    before = [event for event in events if event[0] < since]
    _take(state, before, catalogue)
    life = _Life(state, condition, catalogue, past.fit, scoring, rearm_days, since)
    for at, sighting in events[len(before) :]:
        if at >= until:
            break
        yield from life.wake(at)
        crossed = life.hear(at, sighting)
        if crossed is not None:
            yield crossed
    yield from life.wake(until)


class _Life:
    """One account between two moments, with what its threshold remembers."""

    def __init__(
        self,
        state: RollingState,
        condition: Condition,
        catalogue: Catalogue,
        fit: float,
        scoring: Scoring,
        rearm_days: float,
        now: float,
    ) -> None:
        self.state, self.condition, self.catalogue = state, condition, catalogue
        self.fit, self.scoring, self.rearm_days, self.now = fit, scoring, rearm_days, now
        self.heard = condition.types_heard(catalogue)
        self.armed = Armed(is_met=condition.is_met(self.view(), now))

    def view(self) -> View:
        return View(self.state, self.catalogue, fit=self.fit, scoring=self.scoring)

    def wake(self, until: float) -> Iterator[Crossed]:
        """Let time pass up to `until`, and look whenever time alone may have turned the condition true."""
        view = self.view()
        while (moment := self.condition.wake_at(view, self.now)) is not None and moment < until:
            self.now = moment
            crossed = self._look(view, met_before=False)
            if crossed is not None:
                yield crossed

    def hear(self, at: float, sighting: Sighting | None) -> Crossed | None:
        """A signal or a touch. One that cannot turn the condition true is taken in without looking."""
        self.now = max(self.now, at + TICK)
        if sighting is None or sighting.type_id not in self.heard:
            _take(self.state, [(at, sighting)], self.catalogue)
            return None
        met_before = self.armed.is_met and self.condition.is_met(self.view(), self.now)
        self.state.record(sighting, self.catalogue)
        return self._look(self.view(), met_before=met_before)

    def _look(self, view: View, *, met_before: bool) -> Crossed | None:
        self.armed, crossed = step(
            self.armed,
            met_before=met_before,
            met_after=self.condition.is_met(view, self.now),
            now=self.now,
            rearm_days=self.rearm_days,
        )
        return Crossed(self.now, self.condition.evidence(view, self.now)) if crossed else None


def _take(state: RollingState, events: Iterable[tuple[float, Sighting | None]], catalogue: Catalogue) -> None:
    for at, sighting in events:
        if sighting is None:
            state.touch(at)
        else:
            state.record(sighting, catalogue)
