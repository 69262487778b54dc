"""How precise sources, types and thresholds are by feedback: three queries, whatever the number of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from signals.domain.precision import Precision, Tally, Verdict, majority, precision
from signals.models import Crossing, Feedback, Signal

LOOK_BACK = timedelta(days=365)
"""What the pages' precision rests on; the quarterly retune rests on its quarter."""


@dataclass(slots=True)
class Counted:
    """What one source, type or threshold was tagged, and the things behind it, so that the number opens."""

    tally: Tally = field(default_factory=Tally)
    crossings: list[int] = field(default_factory=list)
    signals: list[UUID] = field(default_factory=list)

    def take(self, verdict: Verdict, *, crossing: int | None = None, signal: UUID | None = None) -> None:
        """Count one more tagged thing, and remember which it was."""
        self.tally = self.tally.plus(verdict)
        if crossing is not None:
            self.crossings.append(crossing)
        if signal is not None:
            self.signals.append(signal)


@dataclass(slots=True)
class Tagged:
    """Everything that was tagged in a time, by the ids of types, sources and thresholds."""

    overall: Tally = field(default_factory=Tally)
    types: dict[int, Counted] = field(default_factory=dict)
    sources: dict[int, Counted] = field(default_factory=dict)
    thresholds: dict[int, Counted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Precisions:
    """Precision by the ids of types, sources and thresholds. Who is not in them was not tagged: no data."""

    overall: Precision
    types: Mapping[int, Precision]
    sources: Mapping[int, Precision]
    thresholds: Mapping[int, Precision]

    def of_type(self, pk: int) -> Precision:
        """The type's, or no data."""
        return self.types.get(pk, _NONE)

    def of_source(self, pk: int) -> Precision:
        """The source's, or no data."""
        return self.sources.get(pk, _NONE)

    def of_threshold(self, pk: int) -> Precision:
        """The threshold's, or no data."""
        return self.thresholds.get(pk, _NONE)


def precisions(*, now: datetime, since: datetime | None = None) -> Precisions:
    """From what was said in `[since, now)`; without `since`, in the last 365 days."""
    found = tagged(since=since or now - LOOK_BACK, until=now)
    return Precisions(
        overall=precision(found.overall, found.overall),
        types={pk: precision(one.tally, found.overall) for pk, one in found.types.items()},
        sources={pk: precision(one.tally, found.overall) for pk, one in found.sources.items()},
        thresholds={pk: precision(one.tally, found.overall) for pk, one in found.thresholds.items()},
    )


def tagged(*, since: datetime, until: datetime) -> Tagged:
    """Each thing once, as most people say of it.

    A signal's tag counts for its type and its source. A crossing's counts for its threshold, and once for every type
    and every source among its evidence, however many signals of it there are.
    """
    said = Feedback.objects.filter(at__gte=since, at__lt=until).order_by()
    of_crossings: dict[int, list[str]] = {}
    of_signals: dict[UUID, list[str]] = {}
    for crossing, signal, verdict in said.values_list("crossing_id", "signal_id", "verdict"):
        if crossing is not None:
            of_crossings.setdefault(crossing, []).append(verdict)
        elif signal is not None:
            of_signals.setdefault(signal, []).append(verdict)
    crossings = list(
        Crossing.objects.filter(pk__in=of_crossings)
        .values_list("pk", "threshold_id", "evidence")
        .order_by("pk")
    )
    wanted = set(of_signals).union(*(evidence for _, _, evidence in crossings))
    made_of = _type_and_source(wanted)
    found = Tagged()
    for pk, threshold, evidence in crossings:
        verdict = majority(of_crossings[pk])
        found.overall = found.overall.plus(verdict)
        _at(found.thresholds, threshold).take(verdict, crossing=pk)
        known = [made_of[signal] for signal in evidence if signal in made_of]
        for type_id in {type_id for type_id, _ in known}:
            _at(found.types, type_id).take(verdict, crossing=pk)
        for source_id in {source_id for _, source_id in known}:
            _at(found.sources, source_id).take(verdict, crossing=pk)
    for signal in sorted(of_signals.keys() & made_of.keys()):
        verdict = majority(of_signals[signal])
        type_id, source_id = made_of[signal]
        found.overall = found.overall.plus(verdict)
        _at(found.types, type_id).take(verdict, signal=signal)
        _at(found.sources, source_id).take(verdict, signal=signal)
    return found


def _type_and_source(ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """What signals are made of, in the partitions that their time-ordered ids name."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = Signal.objects.filter(id__in=wanted, id__gte=min(wanted), id__lte=max(wanted)).order_by()
    return {
        pk: (type_id, source_id) for pk, type_id, source_id in rows.values_list("id", "type_id", "source_id")
    }


def _at(found: dict[int, Counted], pk: int) -> Counted:
    return found.setdefault(pk, Counted())


_NONE = Precision(Tally())
