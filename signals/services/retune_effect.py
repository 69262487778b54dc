"""What proposed weights would have done to the crossings of their quarter: lived through under both, then compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from abmops.lib.errors import Refused
from signals.domain import condition, retune
from signals.domain.catalogue import Catalogue, TypeFacts
from signals.domain.retune import Moment
from signals.models import Retune, SignalType, Source, Threshold, ThresholdVersion
from signals.selectors.engine import facts_of
from signals.services.backtest import Backtest, Rule, backtests

SHOWN = 200
"""Accounts named for each threshold; all are counted."""


def work_out(row: Retune, *, now: datetime) -> dict[str, Any]:
    """Per active threshold that looks at weights: crossings kept, gained and lost. The others are named as unaffected.

    The window is the proposal's quarter, up to `now` where it still runs. `refused` says why where too much would have
    to be read.
    """
    start, end = retune.bounds_of(row.quarter)
    until = min(end, now)
    active = list(
        Threshold.objects.filter(status=Threshold.Status.ACTIVE, current__isnull=False)
        .select_related("current")
        .order_by("name", "pk")
    )
    looking = [one for one in active if one.current and retune.looks_at_weights(one.current.condition)]
    told: dict[str, Any] = {
        "window": [start.isoformat(), until.isoformat()],
        "unaffected": [one.name for one in active if one not in looking],
        "worked_out_at": now.isoformat(),
    }
    if not looking:
        return {**told, "thresholds": []}
    in_force, proposed = _catalogues(row.changes)
    versions = [one.current for one in looking if one.current is not None]
    rules = [_rule(version, catalogue) for version in versions for catalogue in (in_force, proposed)]
    try:
        found = backtests(rules=rules, since=start, until=until, now=now)
    except Refused as error:
        return {**told, "refused": error.message}
    pairs = zip(looking, found[::2], found[1::2], strict=True)
    return {**told, "thresholds": [_line(one, before, after) for one, before, after in pairs]}


def _rule(version: ThresholdVersion, catalogue: Catalogue) -> Rule:
    return Rule(
        condition.parse(version.condition), tuple(sorted(version.tiers)), version.rearm_days, catalogue
    )


def _catalogues(changes: Iterable[dict[str, Any]]) -> tuple[Catalogue, Catalogue]:
    """The weights in force and the proposed ones, all lines of the proposal taken."""
    after = {(line["kind"], line["slug"]): float(line["after"]) for line in changes}
    facts: list[TypeFacts] = [facts_of(row) for row in SignalType.objects.all()]
    weights = {pk: (slug, weight) for pk, slug, weight in Source.objects.values_list("pk", "slug", "weight")}
    return (
        Catalogue(facts, source_weights={pk: weight for pk, (_, weight) in weights.items()}),
        Catalogue(
            [replace(fact, confidence=after.get(("type", fact.slug), fact.confidence)) for fact in facts],
            source_weights={
                pk: after.get(("source", slug), weight) for pk, (slug, weight) in weights.items()
            },
        ),
    )


def _line(threshold: Threshold, before: Backtest, after: Backtest) -> dict[str, Any]:
    found = retune.effect(_moments(before), _moments(after))
    return {
        "slug": threshold.slug,
        "name": threshold.name,
        "before": len(before.crossings),
        "after": len(after.crossings),
        "kept": len(found.kept),
        "gained": len(found.gained),
        "lost": len(found.lost),
        "gained_on": _named(found.gained),
        "lost_on": _named(found.lost),
    }


def _moments(tried: Backtest) -> list[Moment]:
    return [Moment(one.account_id, one.at) for one in tried.crossings]


def _named(moments: Iterable[Moment]) -> list[list[Any]]:
    newest = sorted(moments, key=lambda one: (one.at, one.account), reverse=True)
    return [[one.account, one.at.isoformat()] for one in newest[:SHOWN]]
