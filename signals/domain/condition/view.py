"""What a condition looks at:

One account's state, with the catalogue, the fit and the settings of the score.
"""

from __future__ import annotations

from collections.abc import Iterator

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

    def windows(self, wanted: Filter, span: float, now: float) -> Iterator[tuple[int, float, Trail]]:
        """The trails that the filter lets through and that reach into their windows: type, window's start, trail.

        A window reaches `span` seconds back from `now`, but not beyond its type's own recency window.
        """
        trails = self.state.trails
        for type_id, recency in self.catalogue.selection(wanted):
            trail = trails.get(type_id)
            if trail is None:
                continue
            start = now - (span if span < recency else recency)
            # No topic of a type is newer than its last occurrence.
            if trail.last_at < start:
                continue
            if not wanted.topics:
                yield type_id, start, trail
                continue
            by_topic = self.state.topics.get(type_id, {})
            for topic in wanted.topics:
                if topic in by_topic and by_topic[topic].last_at >= start:
                    yield type_id, start, by_topic[topic]
