"""What a condition looks at:

One account's state, with the catalogue, the fit and the settings of the score.
"""

from __future__ import annotations

from collections.abc import Iterable

from signals.domain import score as scores
from signals.domain.catalogue import Catalogue, Filter
from signals.domain.score import DEFAULT_SCORING, Scoring
from signals.domain.state import RollingState
from signals.domain.trail import Trail


class View:
    """One account as its conditions see it. It remembers scores: make a new view after a new signal.

    Times are epoch seconds. Windows end before `now`; give `state.settled(now)` as `now`, so that no signal
    which has been received lies outside.
    """

    __slots__ = ("_intents", "catalogue", "fit", "scoring", "state")

    def __init__(
        self,
        state: RollingState,
        catalogue: Catalogue,
        *,
        fit: float = 0.0,
        scoring: Scoring = DEFAULT_SCORING,
    ) -> None:
        self.state = state
        self.catalogue = catalogue
        self.fit = fit
        self.scoring = scoring
        self._intents: dict[float, float] = {}

    def intent(self, at: float) -> float:
        """Intent at a moment for which `score.raw` is exact."""
        known = self._intents.get(at)
        if known is None:
            known = scores.intent(scores.raw(self.state, self.catalogue, at), self.scoring.k)
            self._intents[at] = known
        return known

    def score(self, at: float) -> float:
        """The score at a moment, with today's fit and today's weights."""
        return scores.score(self.fit, self.intent(at), self.scoring.w_fit, self.scoring.w_intent)

    def windows(self, wanted: Filter, span: float, now: float) -> list[tuple[int, float, Trail]]:
        """The trails that the filter lets through and that reach into their windows: type, window's start, trail.

        A window reaches `span` seconds back from `now`, but not beyond its type's own recency window.
        """
        found = []
        for type_id, recency in self.catalogue.selection(wanted):
            for trail in self._trails(type_id, wanted.topics):
                start = now - (span if span < recency else recency)
                if trail.last_at >= start:
                    found.append((type_id, start, trail))
        return found

    def _trails(self, type_id: int, topics: tuple[str, ...]) -> Iterable[Trail]:
        if not topics:
            trail = self.state.trails.get(type_id)
            return () if trail is None else (trail,)
        by_topic = self.state.topics.get(type_id)
        return () if by_topic is None else [by_topic[topic] for topic in topics if topic in by_topic]
