"""The scores of midnights that nobody was there to keep, by replay: accounts are read once for all days."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Account, ListMembership, Merge
from signals.domain import score as scores
from signals.models import FitChange, ScoreNight
from signals.selectors.weights import Ledger, ledger
from signals.services.replaying import Asked, scores_at
from signals.services.score_days import KEPT_INTENT, midnight, write_many

CHUNK = 500
Row = tuple[int, date, float, float, float]
# Source, type, half-life in days.
Stream = tuple[int, int, float]


@dataclass(slots=True)
class Past:
    """What is known of one account over the days: decayed points that joined each stream, by the day's number."""

    account_id: int
    fit: float
    streams: dict[Stream, dict[int, float]] = field(default_factory=dict)
    fits: list[tuple[datetime, float]] = field(default_factory=list)
    listed: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def fit_at(self, at: datetime) -> float:
        """The fit that the account had just before a moment."""
        place = bisect_left(self.fits, (at, float("-inf")))
        return self.fits[place][1] if place < len(self.fits) else self.fit

    def is_listed(self, at: datetime) -> bool:
        """Whether it was on the list."""
        return any(since <= at and (until is None or until > at) for since, until in self.listed)


def fill(*, since: date, now: datetime) -> int:
    """Keep the scores of every night since a day that is not kept yet; returns how many scores were new.

    Done twice, it changes nothing. What was not known at a midnight does not count at it.
    """
    today = now.astimezone(UTC).date()
    days = [since + timedelta(days=n) for n in range((today - since).days + 1)]
    kept = set(
        ScoreNight.objects.filter(day__gte=since, finished_at__isnull=False).values_list("day", flat=True)
    )
    open_days = [day for day in days if day not in kept]
    if not open_days:
        return 0
    weights, new, after = ledger(), 0, 0
    while accounts := list(
        Account.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "fit")[:CHUNK]
    ):
        after = accounts[-1][0]
        pasts = _pasts(accounts, open_days[0], weights)
        new += write_many(_rows(pasts, days[days.index(open_days[0]) :], set(open_days), weights))
    for day in open_days:
        ScoreNight.objects.update_or_create(day=day, defaults={"through": after, "finished_at": now})
    _count(open_days)
    return new


def _count(days: Sequence[date]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signals_scorenight n SET kept = d.kept FROM "
            "(SELECT day, count(*) AS kept FROM signals_scoreday WHERE day = ANY(%s) GROUP BY day) d "
            "WHERE d.day = n.day",
            [list(days)],
        )


def _rows(pasts: Sequence[Past], days: Sequence[date], wanted: set[date], weights: Ledger) -> Iterator[Row]:
    """Day by day: yesterday's points fade, those that joined are added, and the weights of the day are laid on."""
    merged = set(
        Merge.objects.filter(winner__in=[past.account_id for past in pasts])
        .filter(Q(at__gte=midnight(days[0])) | Q(undone_at__gte=midnight(days[0])))
        .values_list("winner_id", flat=True)
    )
    for past in pasts:
        if past.account_id in merged:
            asked = [Asked(past.account_id, midnight(day)) for day in days if day in wanted]
            for one in scores_at(asked, weights=weights):
                if one.intent >= KEPT_INTENT or past.is_listed(one.asked.at):
                    yield past.account_id, one.asked.at.date(), one.fit, one.intent, one.score
        else:
            yield from _rolled(past, days, wanted, weights)


def _rolled(past: Past, days: Sequence[date], wanted: set[date], weights: Ledger) -> Iterator[Row]:
    fades = {stream: 2.0 ** (-1 / stream[2]) for stream in past.streams}
    points = dict.fromkeys(past.streams, 0.0)
    for number, day in enumerate(days):
        for stream, joined in past.streams.items():
            points[stream] = points[stream] * fades[stream] + joined.get(number, 0.0)
        if day not in wanted:
            continue
        at = midnight(day)
        catalogue, scoring = weights.at(at)
        raw = 0.0
        for (source_id, type_id, half_life), held in points.items():
            facts = catalogue.by_id(type_id)
            if held and facts is not None and facts.half_life_days == half_life:
                raw += held * catalogue.weights(source_id)[type_id]
        intent = scores.intent(raw, scoring.k)
        if intent >= KEPT_INTENT or past.is_listed(at):
            fit = past.fit_at(at)
            yield (
                past.account_id,
                day,
                fit,
                intent,
                scores.score(fit, intent, scoring.w_fit, scoring.w_intent),
            )


def _pasts(accounts: Sequence[tuple[int, float]], first: date, weights: Ledger) -> list[Past]:
    """Everything about these accounts from a day on: three statements."""
    pasts = {pk: Past(pk, fit) for pk, fit in accounts}
    ids, start = list(pasts), midnight(first)
    lives = [(facts.id, days) for facts in weights.types for days in sorted(weights.half_lives(facts.id))]
    values: dict[str, Any] = {
        "ids": ids,
        "first": start,
        "types": [type_id for type_id, _ in lives],
        "lives": [days for _, days in lives],
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOINED, values)
        for pk, source_id, type_id, days, number, points in cursor:
            pasts[pk].streams.setdefault((source_id, type_id, days), {})[number] = points
    for pk, before, at in (
        FitChange.objects.filter(account__in=ids, at__gte=start)
        .values_list("account_id", "before", "at")
        .order_by("account_id", "at", "id")
    ):
        pasts[pk].fits.append((at, before))
    spans = ListMembership.objects.filter(account__in=ids, tier__isnull=False)
    for pk, since, until in spans.values_list("account_id", "valid_from", "valid_to"):
        pasts[pk].listed.append((since, until))
    return list(pasts.values())


# The number of the first midnight that a signal was known at, from the first day's on; its points as of that midnight.
_JOINED = """
SELECT s.account_id, s.source_id, s.type_id, h.days, k.number,
    sum(CASE WHEN e.lives < 900 THEN s.points * power(2::float8, -e.lives) ELSE 0 END)
FROM signals_signal s
JOIN unnest(%(types)s::bigint[], %(lives)s::float8[]) AS h(type_id, days) ON h.type_id = s.type_id
LEFT JOIN signals_countedlate l ON l.signal_id = s.id
CROSS JOIN LATERAL (SELECT GREATEST(0, floor(date_part('epoch', COALESCE(l.counted_at, s.received_at) - %(first)s)
    / 86400.0)::int + 1) AS number) k
CROSS JOIN LATERAL (SELECT date_part('epoch', %(first)s + k.number * interval '1 day' - s.occurred_at)
    / 86400.0 / h.days AS lives) e
WHERE s.account_id = ANY(%(ids)s)
GROUP BY 1, 2, 3, 4, 5
"""
