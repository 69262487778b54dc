"""Stored scores of midnights and crossings against their replay, on a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from django.db.models import Max, Min, Q

from abmops.work.audits import Finding
from accounts.models import Merge
from signals.domain import score as scores
from signals.models import AccountState, Crossing, FitChange, ScoreDay
from signals.selectors.weights import SAVING, Ledger, ledger
from signals.services.replaying import Asked, Replayed, fits_at, raw_of, scores_at
from signals.services.score_days import midnight

TOLERANCE = 1e-9
AUDITED = 5
# An audit takes well under a second: accounts with more signals are left to `manage.py replay --check`.
AUDITED_SIGNALS = 20_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A score that was stored, and where."""

    asked: Asked
    score: float
    what: str
    key: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored score that its replay does not give."""

    stored: Stored
    replayed: float


@dataclass(slots=True)
class Report:
    """What was compared. `gone`: the inputs of the time are no longer all there, so that nothing can be said."""

    compared: int = 0
    gone: int = 0
    largest: float = 0.0
    differing: list[Difference] = field(default_factory=list)


def check(*, sample: int, now: datetime, seed: str = "") -> Report:
    """Compare `sample` stored midnights and as many crossings, drawn by `seed`; both all where there are no more."""
    random = Random(seed or now.isoformat())  # noqa: S311  (a sample, no secret)
    return compare([*_midnights(sample, random), *_crossings(sample, random)])


def compare(stored: Sequence[Stored]) -> Report:
    """Each stored score beside its replay."""
    report, weights = Report(), ledger()
    for one, found in zip(stored, scores_at([each.asked for each in stored], weights=weights), strict=True):
        if not found.is_exact:
            report.gone += 1
            continue
        report.compared += 1
        difference = abs(found.score - one.score)
        if difference > TOLERANCE:
            difference = min([difference, *(abs(other - one.score) for other in _as_saved(found, weights))])
        report.largest = max(report.largest, difference)
        if difference > TOLERANCE:
            report.differing.append(Difference(one, found.score))
    return report


def _as_saved(found: Replayed, weights: Ledger) -> Iterator[float]:
    """The score under weights and fits that were being saved at that very moment: it may have seen the older ones."""
    asked = found.asked
    window = (asked.before - SAVING, asked.before + SAVING)
    moments = [asked.before, *weights.changes(*window), window[1]]
    changes = FitChange.objects.filter(account=asked.account_id, at__range=window).order_by("at")
    fits = [found.fit, *changes.values_list("before", flat=True)]
    fits += fits_at([Asked(asked.account_id, window[1])])
    for moment in moments:
        catalogue, scoring = weights.at(moment)
        intent = scores.intent(raw_of(found.given, catalogue), scoring.k)
        for fit in fits:
            yield scores.score(fit, intent, scoring.w_fit, scoring.w_intent)


def of_midnights(rows: Iterable[ScoreDay]) -> list[Stored]:
    """Stored midnights as things to compare."""
    return [
        Stored(
            Asked(row.account_id, midnight(row.day)),
            row.score,
            f"the score of account {row.account_id} at the midnight that began {row.day}",
            f"score_day:{row.pk}",
        )
        for row in rows
    ]


def of_crossings(found: Iterable[Crossing]) -> list[Stored]:
    """Crossings as things to compare; those that a merge brought carry another account's score and are left out."""
    rows = list(found)
    brought = _brought({row.account_id for row in rows})
    return [
        Stored(
            Asked(row.account_id, row.crossed_at, inclusive=True),
            row.score,
            f"the score of account {row.account_id} at crossing {row.pk}",
            f"crossing:{row.pk}",
        )
        for row in rows
        if row.pk not in brought
    ]


def audit(now: datetime) -> Iterator[Finding]:
    """A few stored scores, others each day: any that its replay does not give is a broken promise."""
    random = Random(f"{now:%Y-%m-%d}")  # noqa: S311  (a sample, no secret)
    drawn = [*_midnights(AUDITED, random), *_crossings(AUDITED, random)]
    seen = AccountState.objects.filter(
        account__in={one.asked.account_id for one in drawn}, signals_seen__lte=AUDITED_SIGNALS
    )
    small = set(seen.values_list("account_id", flat=True))
    for one in compare([one for one in drawn if one.asked.account_id in small]).differing:
        yield Finding(
            one.stored.key,
            f"{one.stored.what.capitalize()} is stored as {one.stored.score:.6f}; replayed it is {one.replayed:.6f}.",
        )


def _midnights(sample: int, random: Random) -> list[Stored]:
    return of_midnights(_drawn(ScoreDay.objects.all(), sample, random, lambda rows: rows.order_by("id")))


def _crossings(sample: int, random: Random) -> list[Stored]:
    return of_crossings(_drawn(Crossing.objects.all(), sample, random, lambda rows: rows.order_by("id")))


def _drawn(rows: Any, sample: int, random: Random, ordered: Callable[[Any], Any]) -> list[Any]:
    """By chance over the ids, without reading the table; all where they are few."""
    bounds = rows.order_by().aggregate(low=Min("id"), high=Max("id"))
    if bounds["low"] is None:
        return []
    if bounds["high"] - bounds["low"] < 4 * sample:
        found = list(ordered(rows)[: 4 * sample + 1])
        return random.sample(found, min(sample, len(found)))
    ids = {random.randint(bounds["low"], bounds["high"]) for _ in range(2 * sample)}
    return list(ordered(rows.filter(id__in=ids))[:sample])


def _brought(account_ids: set[int]) -> set[int]:
    """Crossings that came over with a merge."""
    merges = Merge.objects.filter(Q(winner__in=account_ids), undone_at__isnull=True)
    return {
        int(turn[0])
        for moved in merges.values_list("moved__crossings__turns", flat=True)
        for turn in moved or ()
    }
