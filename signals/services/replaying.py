"""The score of any past moment, worked out from what was known then: signals, fit and weights before it.

A signal counts from when it entered the account's state: its receipt, or what `CountedLate` says. What the inputs of
the time no longer tell (signals removed, accounts taken apart again) is said and not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import fsum
from typing import Any

from django.db import connection

from abmops.lib.ids import first_uuid7
from accounts.models import Merge
from signals.domain import score as scores
from signals.domain.catalogue import Catalogue
from signals.domain.score import Scoring
from signals.models import SignalRemoval
from signals.selectors.weights import Ledger, ledger

AT_ONCE = 500
TICK = timedelta(microseconds=1)
# Signals that a merge brought are told apart up to so many; a larger merge is said to be in the way.
MOST_MOVED = 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """An account and a moment. Known is what came before the moment; with `inclusive` also what came at it.

    A midnight is asked for without, a crossing with: it was judged with the signals of its own moment.
    """

    account_id: int
    at: datetime
    inclusive: bool = False

    @property
    def before(self) -> datetime:
        """Everything known before this moment counts."""
        return self.at + TICK if self.inclusive else self.at


@dataclass(frozen=True, slots=True)
class Given:
    """What one source and type gave: decayed points, before any weight."""

    source_id: int
    type_id: int
    points: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past score with its parts. `missing` are sentences: what of the time is gone; empty where it is exact."""

    asked: Asked
    fit: float
    intent: float
    score: float
    scoring: Scoring
    catalogue: Catalogue
    given: tuple[Given, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether everything that counted then is still there."""
        return not self.missing


def score_at(*, account_id: int, at: datetime, inclusive: bool = False) -> Replayed:
    """One account's score at one past moment, worked out from what is stored."""
    return scores_at([Asked(account_id, at, inclusive)])[0]


def scores_at(asked: Iterable[Asked], *, weights: Ledger | None = None) -> list[Replayed]:
    """Every one asked for, in order; three statements for five hundred of them."""
    known = weights or ledger()
    found: list[Replayed] = []
    rest = iter(asked)
    while chunk := list(islice(rest, AT_ONCE)):
        found.extend(_chunk(chunk, known))
    return found


def _chunk(asked: Sequence[Asked], weights: Ledger) -> list[Replayed]:
    fits = fits_at(asked)
    missing, moved = _in_the_way({one.account_id for one in asked}, min(one.before for one in asked))
    given = _given(asked, weights, moved)
    found = []
    for number, one in enumerate(asked):
        catalogue, scoring = weights.at(one.before)
        parts = given.get(number, ())
        intent = scores.intent(raw_of(parts, catalogue), scoring.k)
        words = tuple(said for since, said in missing.get(one.account_id, ()) if since >= one.before)
        value = scores.score(fits[number], intent, scoring.w_fit, scoring.w_intent)
        found.append(Replayed(one, fits[number], intent, value, scoring, catalogue, tuple(parts), words))
    return found


def raw_of(parts: Iterable[Given], catalogue: Catalogue) -> float:
    """Decayed points under the weights of a catalogue."""
    return fsum(part.points * catalogue.weights(part.source_id).get(part.type_id, 0.0) for part in parts)


def fits_at(asked: Sequence[Asked]) -> list[float]:
    """The fit of each in force at its moment, in one statement; 0 for an account that is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_FITS, [[one.account_id for one in asked], [one.before for one in asked]])
        return [fit for (fit,) in cursor.fetchall()]


_FITS = """
SELECT COALESCE((SELECT f.before FROM signals_fitchange f WHERE f.account_id = w.account_id AND f.at >= w.at
                 ORDER BY f.at, f.id LIMIT 1), a.fit, 0)
FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY AS w(account_id, at, n)
LEFT JOIN accounts_account a ON a.id = w.account_id ORDER BY w.n
"""


def _given(
    asked: Sequence[Asked], weights: Ledger, moved: Mapping[int, Sequence[tuple[datetime, str]]]
) -> dict[int, list[Given]]:
    """The decayed points of each, by source and type: summed by the database, whatever the number of signals."""
    sets: dict[int, int] = {}
    lives: list[tuple[int, int, float]] = []
    numbers = []
    for one in asked:
        catalogue, _ = weights.at(one.before)
        if id(catalogue) not in sets:
            sets[id(catalogue)] = len(sets)
            lives += [(sets[id(catalogue)], facts.id, float(facts.half_life_days)) for facts in catalogue]
        numbers.append(sets[id(catalogue)])
    out = [(account, at, pk) for account, rows in moved.items() for at, pk in rows]
    values: dict[str, Any] = {
        "accounts": [one.account_id for one in asked],
        "ats": [one.at for one in asked],
        "befores": [one.before for one in asked],
        "sets": numbers,
        "life_sets": [number for number, _, _ in lives],
        "life_types": [type_id for _, type_id, _ in lives],
        "life_days": [days for _, _, days in lives],
        "last_id": first_uuid7(max(one.before for one in asked) + timedelta(milliseconds=2)),
        "out_accounts": [account for account, _, _ in out],
        "out_ats": [at for _, at, _ in out],
        "out_ids": [pk for _, _, pk in out],
    }
    found: dict[int, list[Given]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN.format(out=_OUT if out else ""), values)
        for number, source_id, type_id, points in cursor.fetchall():
            found.setdefault(number - 1, []).append(Given(source_id, type_id, points))
    return found


# 2 ^ -900 and less is nothing; the database would call it an underflow.
_GIVEN = """
SELECT w.n, s.source_id, s.type_id, sum(CASE WHEN e.lives < 900 THEN s.points * power(2::float8, -e.lives) ELSE 0 END)
FROM unnest(%(accounts)s::bigint[], %(ats)s::timestamptz[], %(befores)s::timestamptz[], %(sets)s::int[])
    WITH ORDINALITY AS w(account_id, at, before, life_set, n)
JOIN signals_signal s ON s.account_id = w.account_id AND s.occurred_at < w.before AND s.id < %(last_id)s
JOIN unnest(%(life_sets)s::int[], %(life_types)s::bigint[], %(life_days)s::float8[]) AS h(life_set, type_id, days)
    ON h.life_set = w.life_set AND h.type_id = s.type_id
CROSS JOIN LATERAL (SELECT date_part('epoch', w.at - s.occurred_at) / 86400.0 / h.days AS lives) e
LEFT JOIN signals_countedlate l ON l.signal_id = s.id
WHERE COALESCE(l.counted_at, s.received_at) < w.before {out}
GROUP BY 1, 2, 3
"""
_OUT = """AND NOT EXISTS (
    SELECT FROM unnest(%(out_accounts)s::bigint[], %(out_ats)s::timestamptz[], %(out_ids)s::uuid[])
        AS o(account_id, at, id)
    WHERE o.account_id = w.account_id AND o.at >= w.before AND o.id = s.id)"""


def _in_the_way(
    account_ids: set[int], since: datetime
) -> tuple[dict[int, list[tuple[datetime, str]]], dict[int, list[tuple[datetime, str]]]]:
    """What happened to the inputs from a moment on: sentences with their moments, and signals that merges brought."""
    said: dict[int, list[tuple[datetime, str]]] = {}
    moved: dict[int, list[tuple[datetime, str]]] = {}
    for row in SignalRemoval.objects.filter(account__in=account_ids, removed_at__gte=since):
        many = "1 signal was" if row.signals == 1 else f"{row.signals:,} signals were"
        words = f"{many} taken out on {_day(row.removed_at)}; what they gave before is no longer known."
        said.setdefault(row.account_id or 0, []).append((row.removed_at, words))
    merges = Merge.objects.filter(winner__in=account_ids).exclude(at__lt=since, undone_at__isnull=True)
    for merge in merges.exclude(undone_at__lt=since):
        if merge.undone_at is not None:
            words = (
                f"{merge.loser_name} was part of this account from {_day(merge.at)} to {_day(merge.undone_at)}; "
                "its signals of that time are no longer told apart."
            )
            said.setdefault(merge.winner_id, []).append((merge.undone_at, words))
            continue
        ids = _moved_signals(merge.moved)
        if len(ids) > MOST_MOVED:
            words = f"{merge.loser_name} became part of this account on {_day(merge.at)}; both are counted."
            said.setdefault(merge.winner_id, []).append((merge.at, words))
        else:
            moved.setdefault(merge.winner_id, []).extend((merge.at, pk) for pk in ids)
    return said, moved


def _moved_signals(moved: Mapping[str, Any]) -> list[str]:
    rows = moved.get("signals") or {}
    return [str(pk) for pk in rows.get("moved", ())]


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"
