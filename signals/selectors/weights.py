"""The weights that were in force at a moment, from the rows that triggers and the score itself have kept."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.score import Scoring
from signals.models import SignalType, Source, WeightInForce
from signals.selectors.engine import facts_of, scoring

SOURCE, TYPE, SCORING = WeightInForce.Kind.SOURCE, WeightInForce.Kind.TYPE, WeightInForce.Kind.SCORING

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reign:
    """What one subject weighed: `values[i]` from `since[i]` on, until the next."""

    since: tuple[datetime, ...]
    values: tuple[Values, ...]

    def before(self, moment: datetime) -> Values:
        """What was said last before `moment`; earlier than all that is known, the first that is."""
        return self.values[max(0, bisect_left(self.since, moment) - 1)]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every weight that was ever in force, read once; three queries."""

    types: tuple[TypeFacts, ...]
    sources: Mapping[int, float]
    now: Scoring
    reigns: Mapping[tuple[str, int], Reign]
    _made: dict[tuple[int, ...], tuple[Catalogue, Scoring]] = field(default_factory=dict)

    def at(self, moment: datetime) -> tuple[Catalogue, Scoring]:
        """The catalogue and the score's settings just before `moment`; the same objects for the same weights.

        What a type is called, whether it qualifies and how long it counts are today's: the score asks for neither.
        """
        place = tuple(bisect_left(reign.since, moment) for reign in self.reigns.values())
        found = self._made.get(place)
        if found is None:
            found = (self._catalogue(moment), self._scoring(moment))
            self._made[place] = found
        return found

    def changes(self, since: datetime, until: datetime) -> list[datetime]:
        """The moments in `[since, until]` at which any weight changed, oldest first; first words are no change."""
        moments = {
            moment for reign in self.reigns.values() for moment in reign.since[1:] if since <= moment <= until
        }
        return sorted(moments)

    def half_lives(self, type_id: int) -> set[float]:
        """Every half-life that a type ever had."""
        reign = self.reigns.get((TYPE, type_id))
        known = {float(values["half_life_days"]) for values in reign.values} if reign else set()
        return known | {facts.half_life_days for facts in self.types if facts.id == type_id}

    def _catalogue(self, moment: datetime) -> Catalogue:
        types = []
        for facts in self.types:
            reign = self.reigns.get((TYPE, facts.id))
            if reign:
                values = reign.before(moment)
                facts = replace(  # noqa: PLW2901
                    facts, confidence=values["confidence"], half_life_days=values["half_life_days"]
                )
            types.append(facts)
        weights = {}
        for source_id, weight in self.sources.items():
            reign = self.reigns.get((SOURCE, source_id))
            weights[source_id] = float(reign.before(moment)["weight"]) if reign else weight
        return Catalogue(types, source_weights=weights)

    def _scoring(self, moment: datetime) -> Scoring:
        reign = self.reigns.get((SCORING, 0))
        return Scoring(**reign.before(moment)) if reign else self.now


def ledger() -> Ledger:
    """Every weight that was ever in force, read at once."""
    rows: dict[tuple[str, int], list[tuple[datetime, Values]]] = {}
    told = WeightInForce.objects.order_by("kind", "subject_id", "valid_from", "id")
    for kind, subject_id, values, since in told.values_list("kind", "subject_id", "values", "valid_from"):
        rows.setdefault((kind, subject_id), []).append((since, values))
    return Ledger(
        types=tuple(facts_of(row) for row in SignalType.objects.order_by("id")),
        sources=dict(Source.objects.order_by("id").values_list("id", "weight")),
        now=scoring(),
        reigns={
            subject: Reign(tuple(since for since, _ in said), tuple(values for _, values in said))
            for subject, said in rows.items()
        },
    )


# A change that was being saved at a moment may have been seen by it or not.
SAVING = timedelta(minutes=1)
