"""The catalogue as people read it: sentences, volume, precision, thresholds that use it, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Max, Sum

from abmops.lib.choices import SourceKind
from signals.domain import condition, contest, health
from signals.domain.catalogue import Catalogue, topic_key
from signals.domain.contest import Loss
from signals.domain.health import Warned
from signals.domain.precision import Precision, Tally
from signals.domain.spoken import Definition, rule_words, sentence
from signals.models import RejectedEvent, SignalType, Source, SourceAlert, Threshold, Topic
from signals.selectors import volume
from signals.selectors.engine import facts_of
from signals.selectors.precision import precisions

LOOK_BACK = timedelta(weeks=volume.WEEKS)
NOTHING = (0,) * volume.WEEKS


@dataclass(frozen=True, slots=True)
class Used:
    """A threshold that a type's signals may turn true: because it names the type, or counts it among others."""

    threshold: Threshold
    by_name: bool


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A signal type as the catalogue shows it; `weeks` are signals a week, oldest first."""

    row: SignalType
    sentence: str
    weeks: tuple[int, ...]
    newest: datetime | None
    precision: Precision
    warnings: tuple[Warned, ...]
    thresholds: tuple[Used, ...]

    @property
    def total(self) -> int:
        """Signals in 13 weeks."""
        return sum(self.weeks)

    @property
    def rules(self) -> list[str]:
        """Each rule in words, in its order."""
        return [rule_words(rule) for rule in self.row.rules if isinstance(rule, dict)]


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as the catalogue shows it, with its open alerts among the warnings."""

    row: Source
    weeks: tuple[int, ...]
    newest: datetime | None
    precision: Precision
    alerts: tuple[SourceAlert, ...]
    warnings: tuple[Warned, ...]

    @property
    def total(self) -> int:
        """Signals in 13 weeks."""
        return sum(self.weeks)


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A topic that is followed, with what was heard of it in 13 weeks."""

    row: Topic
    signals: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole catalogue. `unfollowed` are topics that were heard and are not followed, most frequent first."""

    types: tuple[TypeEntry, ...]
    sources: tuple[SourceEntry, ...]
    topics: tuple[TopicEntry, ...]
    unfollowed: tuple[volume.Topic, ...]
    topic_warnings: tuple[Warned, ...]


def overview(*, now: datetime) -> Overview:
    """All of it, in a number of queries that does not grow with rows or signals."""
    rows = list(SignalType.objects.order_by("-is_active", "name"))
    sources = list(Source.objects.select_related("owner").order_by("-is_active", "name"))
    said = precisions(now=now)
    topics, unfollowed = _topics(now)
    followed = sum(one.row.is_active for one in topics)
    third_party = any(one.is_active and one.kind == SourceKind.THIRD_PARTY for one in sources)
    return Overview(
        types=_types(rows, said.types, now),
        sources=_sources(sources, said.sources, now),
        topics=topics,
        unfollowed=unfollowed,
        topic_warnings=tuple(health.of_topics(followed, third_party=third_party)),
    )


def definition_of(row: SignalType) -> Definition:
    """A row as its sentence is made from."""
    return Definition(
        name=row.name,
        kind=row.kind,
        points=row.points,
        confidence=row.confidence,
        half_life_days=row.half_life_days,
        recency_days=row.recency_days,
        qualifying=row.qualifying,
        hand_raise=row.hand_raise,
        digital_response=row.digital_response,
        page_intent=row.page_intent,
        rules=row.rules if isinstance(row.rules, list) else (),
        is_active=row.is_active,
    )


def _types(rows: Sequence[SignalType], said: Mapping[int, Precision], now: datetime) -> tuple[TypeEntry, ...]:
    weeks = volume.weekly("type", now=now)
    newest = volume.newest("type", since=now - LOOK_BACK)
    used = _used(rows)
    names = {row.slug: row.name for row in rows}
    lost = _losses(json.dumps([(row.slug, row.rules) for row in rows if row.is_active], sort_keys=True))
    return tuple(
        TypeEntry(
            row=row,
            sentence=sentence(definition_of(row)),
            weeks=weeks.get(row.pk, NOTHING),
            newest=newest.get(row.pk),
            precision=said.get(row.pk, Precision(Tally())),
            warnings=tuple(
                _of_type(
                    row,
                    weeks.get(row.pk, NOTHING),
                    newest.get(row.pk),
                    [one for one in lost if one.slug == row.slug],
                    names,
                    now,
                )
            ),
            thresholds=used.get(row.pk, ()),
        )
        for row in rows
    )


def _of_type(
    row: SignalType,
    weeks: Sequence[int],
    newest: datetime | None,
    lost: Sequence[Loss],
    names: Mapping[str, str],
    now: datetime,
) -> list[Warned]:
    if not row.is_active:
        return []
    rules = len(row.rules) if isinstance(row.rules, list) else 0
    found = health.of_rules(row.slug, rules, lost, contest.impossible(row.slug, row.rules), names)
    return found + health.of_volume(
        has_rules=bool(rules),
        is_active=row.is_active,
        recency_days=row.recency_days,
        age_days=(now - row.created_at) / volume.DAY,
        quiet_days=None if newest is None else (now - newest) / volume.DAY,
        weeks=weeks,
    )


@lru_cache(maxsize=8)
def _losses(document: str) -> tuple[Loss, ...]:
    """Worked out once for each state of the catalogue's rules."""
    return tuple(contest.losses([(slug, rules) for slug, rules in json.loads(document)]))


def _used(rows: Sequence[SignalType]) -> dict[int, tuple[Used, ...]]:
    """By type the thresholds in force that its signals may turn true, those that name it first: one query."""
    catalogue = Catalogue([facts_of(row) for row in rows])
    live = Threshold.objects.filter(status=Threshold.Status.ACTIVE, current__isnull=False)
    found: dict[int, list[Used]] = {}
    slugs = {row.pk: row.slug for row in rows}
    for threshold in live.select_related("current").order_by("name"):
        assert threshold.current is not None
        parsed = condition.parse(threshold.current.condition)
        named = parsed.types_named()
        for pk in parsed.types_heard(catalogue):
            found.setdefault(pk, []).append(Used(threshold, slugs[pk] in named))
    return {pk: tuple(sorted(used, key=lambda one: not one.by_name)) for pk, used in found.items()}


def _sources(rows: Sequence[Source], said: Mapping[int, Precision], now: datetime) -> tuple[SourceEntry, ...]:
    weeks = volume.weekly("source", now=now)
    newest = volume.newest("source", since=now - LOOK_BACK)
    alerts: dict[int, list[SourceAlert]] = {}
    for alert in SourceAlert.objects.filter(ended_at__isnull=True).order_by("began_at"):
        alerts.setdefault(alert.source_id, []).append(alert)
    found = []
    for row in rows:
        open_ones = tuple(alerts.get(row.pk, ()))
        warnings = [Warned(alert.kind, "bad", alert_words(alert)) for alert in open_ones]
        warnings += health.of_source(
            is_active=row.is_active,
            weight=row.weight,
            has_owner=row.owner_id is not None,
            has_key=row.write_key_hash is not None,
            ever_heard=row.pk in newest,
            age_days=(now - row.created_at) / volume.DAY,
            sends_records=row.kind in {SourceKind.CRM, SourceKind.MANUAL},
        )
        found.append(
            SourceEntry(
                row=row,
                weeks=weeks.get(row.pk, NOTHING),
                newest=newest.get(row.pk),
                precision=said.get(row.pk, Precision(Tally())),
                alerts=open_ones,
                warnings=tuple(warnings),
            )
        )
    return tuple(found)


def alert_words(alert: SourceAlert) -> str:
    """What was noticed, in a sentence without the moment."""
    seen = "no signal" if alert.seen == 0 else f"{alert.seen:,} signal{'' if alert.seen == 1 else 's'}"
    number = f"{alert.expected:,.0f}"
    usual = f"{number} {'was' if number == '1' else 'were'} to be expected"
    if alert.kind == SourceAlert.Kind.SILENT:
        return f"It has fallen silent: {seen} where {usual}. Look whether it still sends."
    return f"It floods: {seen} where {usual}. Look at what it sends, and whether it is machines."


def _topics(now: datetime) -> tuple[tuple[TopicEntry, ...], tuple[volume.Topic, ...]]:
    heard = volume.topics(since=now - LOOK_BACK)
    by_key = {one.key: one for one in heard}
    _add_set_aside(heard, now)
    rows = list(Topic.objects.order_by("-is_active", "name"))
    known = {row.key for row in rows if row.is_active}
    entries = []
    for row in rows:
        one = by_key.get(row.key)
        entries.append(TopicEntry(row, one.signals if one else 0, one.newest if one else None))
    unfollowed = [one for one in heard if one.key not in known]
    return tuple(entries), tuple(sorted(unfollowed, key=lambda one: (-one.signals, one.key)))


def _add_set_aside(heard: list[volume.Topic], now: datetime) -> None:
    """What hooks set aside because nobody follows its topic was heard too."""
    rows = RejectedEvent.objects.filter(
        code=RejectedEvent.Code.UNTRACKED, received_at__gte=now - LOOK_BACK
    ).values_list("excerpt", "source_id")
    by_key = {one.key: one for one in heard}
    for name, source, times, at in rows.annotate(n=Sum("times"), at=Max("received_at")).order_by("excerpt"):
        key = topic_key(name)
        one = by_key.get(key)
        if one is None:
            one = by_key[key] = volume.Topic(key, name[:120])
            heard.append(one)
        one.signals += times
        one.newest = at if one.newest is None else max(one.newest, at)
        one.sources.add(source)
