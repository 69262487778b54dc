"""Reads over the catalogue and thresholds, as the engine needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from abmops.lib import prepared
from signals.domain import condition
from signals.domain.bots import Machines
from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.rules import Rulebook
from signals.domain.score import Scoring
from signals.models import SignalType, Source, Threshold, ThresholdVersion
from signals.selectors.bots import machines


@dataclass(frozen=True, slots=True)
class LiveThreshold:
    """An active threshold's current version with its parsed condition, and the types whose signals may turn it true."""

    threshold_id: int
    version_id: int
    tiers: frozenset[int]
    urgency: str
    rearm_days: int
    condition: condition.Condition
    heard: frozenset[int]

    @property
    def key(self) -> str:
        """What the states know it by."""
        return str(self.threshold_id)

    def applies_to(self, tier: int | None) -> bool:
        """An empty list of tiers means every account, on the list or not."""
        return not self.tiers or tier in self.tiers


@dataclass(frozen=True, slots=True)
class Book:
    """Everything written down that decides what a signal means. Never changed: many batches share one."""

    catalogue: Catalogue
    rulebook: Rulebook
    types: Mapping[str, TypeFacts]
    thresholds: tuple[LiveThreshold, ...]
    scoring: Scoring
    machines: Machines
    watches_dormancy: bool
    """Whether any live threshold looks at silence, so that touches and clocks matter."""


def scoring() -> Scoring:
    """The settings of the one score: k, and the weights of fit and intent."""
    return Scoring(k=settings.SCORE_K, w_fit=settings.SCORE_FIT_WEIGHT, w_intent=settings.SCORE_INTENT_WEIGHT)


def book() -> Book:
    """The catalogue and the thresholds in force: one query, and four more when a row of them has changed.

    A small batch spent more on reading and parsing them than on its signals.
    """
    global _kept
    with connection.cursor() as cursor:
        prepared.run(cursor, _IN_FORCE)
        in_force = (*cursor.fetchone(), scoring())
    if _kept is None or _kept[0] != in_force:
        _kept = in_force, _read()
    return _kept[1]


_kept: tuple[tuple[object, ...], Book] | None = None

# Each version of a row has a transaction and a place of its own: equal sums mean the same versions of the same rows.
_IN_FORCE = """
SELECT (SELECT sum(hashtextextended(xmin::text || ctid::text, 0)) FROM signals_signaltype),
    (SELECT sum(hashtextextended(xmin::text || ctid::text, 0)) FROM signals_source),
    (SELECT sum(hashtextextended(xmin::text || ctid::text, 0)) FROM signals_threshold),
    (SELECT sum(hashtextextended(xmin::text || ctid::text, 0)) FROM signals_thresholdversion),
    (SELECT sum(hashtextextended(xmin::text || ctid::text, 0)) FROM signals_botpattern)
"""


def _read() -> Book:
    """Retired types stay known, so that old signals keep their worth."""
    rows = list(SignalType.objects.all())
    facts = [facts_of(row) for row in rows]
    versions = [(version, condition.parse(version.condition)) for version in _active_versions()]
    catalogue = Catalogue(
        facts,
        source_weights=dict(Source.objects.values_list("id", "weight")),
        conditions=[parsed for _, parsed in versions],
    )
    return Book(
        catalogue=catalogue,
        rulebook=Rulebook([(row.slug, row.rules) for row in rows if row.is_active]),
        types={fact.slug: fact for fact in facts},
        thresholds=tuple(_live(version, parsed, catalogue) for version, parsed in versions),
        watches_dormancy=any("dormant" in str(parsed.to_json()) for _, parsed in versions),
        scoring=scoring(),
        machines=machines(),
    )


def facts_of(row: SignalType) -> TypeFacts:
    """A catalogue row as the pure engine knows it."""
    return TypeFacts(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        confidence=row.confidence,
        recency_days=row.recency_days,
        half_life_days=row.half_life_days,
        points=row.points,
        qualifying=row.qualifying,
        hand_raise=row.hand_raise,
        digital_response=row.digital_response,
    )


def _active_versions() -> list[ThresholdVersion]:
    active = Threshold.objects.filter(status=Threshold.Status.ACTIVE, current__isnull=False).select_related(
        "current"
    )
    return [threshold.current for threshold in active.order_by("id") if threshold.current is not None]


def _live(version: ThresholdVersion, parsed: condition.Condition, catalogue: Catalogue) -> LiveThreshold:
    return LiveThreshold(
        threshold_id=version.threshold_id,
        version_id=version.pk,
        tiers=frozenset(version.tiers),
        urgency=version.urgency,
        rearm_days=version.rearm_days,
        condition=parsed,
        heard=parsed.types_heard(catalogue),
    )
