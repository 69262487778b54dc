"""The score of every account at every UTC midnight, kept once: from the rolling states where they still say it exactly,
else by replay.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from abmops.lib.ids import first_uuid7
from accounts.models import Account
from signals.domain import score as scores
from signals.domain.catalogue import Catalogue
from signals.domain.packing import StateLayoutError
from signals.domain.score import Scoring
from signals.domain.state import RollingState
from signals.models import ScoreNight
from signals.selectors.weights import ledger
from signals.services.replaying import Asked, fits_at, scores_at
from signals.services.weights import write_scoring

CHUNK = 500
# Account, fit, intent, score.
Row = tuple[int, float, float, float]
# A state can be asked for the midnights of the 14 days before its latest signal.
STATE_DAYS = 14
KEPT_INTENT = 1.0
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """The UTC midnight that begins a day."""
    return datetime.combine(day, time(), tzinfo=UTC)


def open_nights(*, now: datetime) -> int:
    """Note the nights whose scores are due: last midnight's, and those since the newest night that is known.

    Returns how many nights are not finished. Should be asked soon after midnight; a day later nothing is lost.
    """
    write_scoring(ledger().now, now=now)
    today = now.astimezone(UTC).date()
    newest = ScoreNight.objects.filter(day__lte=today).values_list("day", flat=True).first()
    day = today if newest is None else newest + DAY
    due = [ScoreNight(day=day + n * DAY) for n in range((today - day).days + 1)]
    ScoreNight.objects.bulk_create(due, ignore_conflicts=True)
    return _unfinished(now).count()


def keep(*, now: datetime) -> int:
    """Keep the scores of every night that is due, a chunk a transaction; returns how many scores were new."""
    new = 0
    if open_nights(now=now):
        while (kept := keep_next(now=now)) is not None:
            new += kept
    return new


@transaction.atomic
def keep_next(*, now: datetime) -> int | None:
    """The next accounts of the oldest night that is not finished: how many scores were new, None where none is left.

    Killed anywhere, it goes on behind the last chunk; nights that are finished are not looked at again.
    """
    night = _unfinished(now).order_by("day").select_for_update().first()
    if night is None:
        return None
    accounts = Account.objects.filter(pk__gt=night.through).order_by("pk")
    ids = list(accounts.values_list("pk", flat=True)[:CHUNK])
    kept = write(night.day, _scores(ids, midnight(night.day), now=now))
    night.through, night.kept = (ids[-1] if ids else night.through), night.kept + kept
    night.finished_at = now if len(ids) < CHUNK else None
    night.save()
    return kept


def _unfinished(now: datetime) -> QuerySet[ScoreNight]:
    return ScoreNight.objects.filter(finished_at__isnull=True, day__lte=now.astimezone(UTC).date())


def _scores(ids: Sequence[int], at: datetime, *, now: datetime) -> list[Row]:
    """Of these accounts those on the list or with an intent of 1 and more, as of a midnight."""
    weights = ledger()
    catalogue, scoring = weights.at(at)
    intents: dict[int, float] = {}
    doubtful = set(ids)
    if now - at < STATE_DAYS * DAY:
        late = _told_late(at) & doubtful
        intents, stale = _intents(ids, late, catalogue, scoring, at)
        doubtful = late | stale
    fits = dict(zip(ids, fits_at([Asked(pk, at) for pk in ids]), strict=True))
    asked = [Asked(pk, at) for pk in sorted(doubtful)]
    intents |= {one.asked.account_id: one.intent for one in scores_at(asked, weights=weights)}
    listed = _listed(ids, at)
    return [
        (pk, fits[pk], intent, scores.score(fits[pk], intent, scoring.w_fit, scoring.w_intent))
        for pk in ids
        if (intent := intents.get(pk, 0.0)) >= KEPT_INTENT or pk in listed
    ]


def _intents(
    ids: Sequence[int], left_out: set[int], catalogue: Catalogue, scoring: Scoring, at: datetime
) -> tuple[dict[int, float], set[int]]:
    """Intents at a midnight from the states, and the accounts whose states are lost or of other half-lives."""
    found: dict[int, float] = {}
    stale: set[int] = set()
    moment = at.timestamp()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.account_id, m.state, s.signals_seen FROM signals_accountstate s "
            "LEFT JOIN signals_accountmemory m ON m.account_id = s.account_id WHERE s.account_id = ANY(%s)",
            [[pk for pk in ids if pk not in left_out]],
        )
        for pk, dumped, seen in cursor:
            try:
                state = RollingState.load(dumped or b"")
            except StateLayoutError:
                stale.add(pk)
                continue
            if (dumped or not seen) and _is_of(state, catalogue, moment):
                found[pk] = scores.intent(scores.raw(state, catalogue, moment), scoring.k)
            else:
                stale.add(pk)
    return found, stale


def _is_of(state: RollingState, catalogue: Catalogue, moment: float) -> bool:
    """Whether the state can still be asked for that midnight, with the half-lives that were in force then."""
    if state.last_signal_at is not None and scores.midnight_before(state.last_signal_at, STATE_DAYS) > moment:
        return False
    return all(
        (facts := catalogue.by_id(type_id)) is not None and facts.half_life_days == flow.half_life
        for by_type in state.flows.values()
        for type_id, flow in by_type.items()
    )


def _told_late(at: datetime) -> set[int]:
    """Accounts whose states hold what was not known at a midnight: signals of before it that were counted after it."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD_LATE, {"at": at, "first": first_uuid7(at)})
        return {pk for (pk,) in cursor.fetchall()}


_TOLD_LATE = """
SELECT DISTINCT s.account_id FROM signals_signal s
WHERE s.id >= %(first)s AND s.occurred_at < %(at)s AND s.account_id IS NOT NULL
UNION SELECT s.account_id FROM signals_countedlate l JOIN signals_signal s ON s.id = l.signal_id
WHERE l.counted_at >= %(at)s AND s.occurred_at < %(at)s AND s.account_id IS NOT NULL
UNION SELECT r.account_id FROM signals_signalremoval r WHERE r.removed_at >= %(at)s AND r.account_id IS NOT NULL
UNION SELECT m.winner_id FROM accounts_merge m WHERE m.at >= %(at)s OR m.undone_at >= %(at)s
"""


def _listed(ids: Sequence[int], at: datetime) -> set[int]:
    """Of these accounts those on the list at a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id FROM accounts_listmembership WHERE account_id = ANY(%s) AND tier IS NOT NULL "
            "AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)",
            [list(ids), at, at],
        )
        return {pk for (pk,) in cursor.fetchall()}


def write(day: date, rows: Sequence[Row]) -> int:
    """Store `(account, fit, intent, score)` of a day; rows that stand already stay. Returns how many were new."""
    return write_many((pk, day, fit, intent, score) for pk, fit, intent, score in rows)


def write_many(rows: Iterable[tuple[int, date, float, float, float]]) -> int:
    """Store `(account, day, fit, intent, score)` of several days, by COPY; accounts that are gone are left out.

    A row that stands already stays. Returns how many were new.
    """
    buffer = io.StringIO()
    for pk, day, fit, intent, score in rows:
        buffer.write(f"{pk}\t{day}\t{fit!r}\t{intent!r}\t{score!r}\n")
    if not buffer.tell():
        return 0
    buffer.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE score_days (account_id bigint, day date, fit float8, intent float8, score float8) "
            "ON COMMIT DROP"
        )
        cursor.cursor.copy_expert("COPY score_days FROM STDIN", buffer)
        cursor.execute(_MERGE)
        new = cursor.rowcount
        cursor.execute("DROP TABLE score_days")
    return int(new)


_MERGE = """
INSERT INTO signals_scoreday (account_id, day, fit, intent, score)
SELECT d.account_id, d.day, d.fit, d.intent, d.score FROM score_days d
JOIN accounts_account a ON a.id = d.account_id
ORDER BY d.account_id, d.day ON CONFLICT (account_id, day) DO NOTHING
"""
