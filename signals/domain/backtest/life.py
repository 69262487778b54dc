"""One account's past lived through once more, signal by signal and wake by wake: slow, and the fast one's measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    `applies` are the half-open times, in order, in which the threshold was for this account; None: always.
    """

    sightings: Sequence[Sighting]
    touches: Sequence[float] = field(default=())
    known_since: float | None = None
    fit: float = 0.0
    applies: Sequence[tuple[float, float]] | None = None


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
    An account that comes into the threshold's tiers is looked at in that moment; outside of them nobody looks, and
    what was remembered stays. Of things that happened at one moment that comes first, then touches, then signals in the
    order given.
    """
    state = RollingState()
    if past.known_since is not None:
        state.know_since(past.known_since)
    events: list[tuple[float, Sighting | bool]] = [(at, True) for at, _ in past.applies or () if at > since]
    events += [(at, False) for at in past.touches]
    events += [(sighting.at, sighting) for sighting in past.sightings]
    events.sort(key=lambda event: event[0])
    before = [event for event in events if event[0] < since]
    for at, event in before:
        _take(state, at, event, catalogue)
    life = _Life(state, condition, catalogue, past, scoring, rearm_days, since)
    for at, event in events[len(before) :]:
        if at >= until:
            break
        yield from life.wake(at)
        crossed = life.enter(at) if event is True else life.hear(at, event)
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
        past: Past,
        scoring: Scoring,
        rearm_days: float,
        now: float,
    ) -> None:
        self.state, self.condition, self.catalogue = state, condition, catalogue
        self.fit, self.scoring, self.rearm_days, self.now = past.fit, scoring, rearm_days, now
        self.applies = past.applies
        self.heard = condition.types_heard(catalogue)
        self.armed = Armed(is_met=self.is_its_own() and condition.is_met(self.view(), now))

    def is_its_own(self) -> bool:
        """Whether the threshold is for this account now."""
        return self.applies is None or any(start <= self.now < end for start, end in self.applies)

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

    def enter(self, at: float) -> Crossed | None:
        """The account comes into the threshold's tiers: a look without news."""
        self.now = max(self.now, at)
        view = self.view()
        return self._look(view, met_before=self.condition.is_met(view, self.now))

    def hear(self, at: float, sighting: Sighting | bool) -> Crossed | None:
        """A signal or a touch. One that cannot turn the condition true is taken in without looking."""
        self.now = max(self.now, at + TICK)
        if isinstance(sighting, bool) or sighting.type_id not in self.heard:
            _take(self.state, at, sighting, self.catalogue)
            return None
        met_before = self.armed.is_met and self.condition.is_met(self.view(), self.now)
        self.state.record(sighting, self.catalogue)
        return self._look(self.view(), met_before=met_before)

    def _look(self, view: View, *, met_before: bool) -> Crossed | None:
        if not self.is_its_own():
            return None
        self.armed, crossed = step(
            self.armed,
            met_before=met_before,
            met_after=self.condition.is_met(view, self.now),
            now=self.now,
            rearm_days=self.rearm_days,
        )
        return Crossed(self.now, self.condition.evidence(view, self.now)) if crossed else None


def _take(state: RollingState, at: float, event: Sighting | bool, catalogue: Catalogue) -> None:
    """A signal, or a touch (False); that the account came into the tiers (True) changes no state."""
    if event is False:
        state.touch(at)
    elif event is not True:
        state.record(event, catalogue)
