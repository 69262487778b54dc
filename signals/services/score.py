"""The one score of an account: stored for lists, worked out anew where one account is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from signals.domain import score as scores
from signals.domain.score import midnight_before
from signals.domain.state import Flows
from signals.selectors import Book, book

CHUNK = 5000

UNSEEN = 0.005
"""A stored figure that has moved by less is left as it is: nobody sees it, and a row not written is two not read."""

Stored = tuple[int, memoryview, float, float, float, float, datetime | None]
Fresh = tuple[int, float, float, float]


def refresh(*, now: datetime) -> int:
    """Work out every stored score as of `now`, a chunk a transaction; returns how many accounts were looked at.

    Where intent, score and last week's score are all what they were to two digits, the row stays, as of its own moment.
    """
    written = book()
    seen, last = 0, 0
    while rows := _chunk(last):
        _refresh_chunk(rows, written, now)
        seen, last = seen + len(rows), rows[-1][0]
    return seen


def _chunk(after: int) -> list[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [after, CHUNK])
        rows: list[Stored] = cursor.fetchall()
    return rows


_READ = """
SELECT s.account_id, s.state, a.fit, s.intent, s.score, s.score_week_ago, s.scored_at
FROM signals_accountstate s JOIN accounts_account a ON a.id = s.account_id
WHERE s.account_id > %s ORDER BY s.account_id LIMIT %s
"""


@transaction.atomic
def _refresh_chunk(rows: Sequence[Stored], written: Book, now: datetime) -> None:
    """Write only where no signal was judged since `now`: a newer judgement stands."""
    fresh = _moved(rows, written, now)
    if fresh:
        with connection.cursor() as cursor:
            ids, intents, values, before = (list(column) for column in zip(*fresh, strict=True))
            cursor.execute(_WRITE, [now, ids, intents, values, before, now])


_WRITE = """
UPDATE signals_accountstate s SET intent = v.intent, score = v.score, score_week_ago = v.week_ago, scored_at = %s
FROM unnest(%s::bigint[], %s::float8[], %s::float8[], %s::float8[]) AS v(account_id, intent, score, week_ago)
WHERE s.account_id = v.account_id AND (s.scored_at IS NULL OR s.scored_at < %s)
"""


def _moved(rows: Sequence[Stored], written: Book, now: datetime) -> list[Fresh]:
    """The figures of the accounts whose stored ones are no longer so."""
    at = now.timestamp()
    week_ago = midnight_before(at, 7)
    catalogue, scoring = written.catalogue, written.scoring
    found = []
    for account_id, dumped, fit, old_intent, old_score, old_before, scored_at in rows:
        state = Flows.load(dumped)
        intent = scores.intent(scores.raw(state, catalogue, at), scoring.k)
        earlier = scores.intent(scores.raw(state, catalogue, week_ago), scoring.k)
        score = scores.score(fit, intent, scoring.w_fit, scoring.w_intent)
        before = scores.score(fit, earlier, scoring.w_fit, scoring.w_intent)
        if (
            scored_at is None
            or abs(intent - old_intent) >= UNSEEN
            or abs(score - old_score) >= UNSEEN
            or abs(before - old_before) >= UNSEEN
        ):
            found.append((account_id, intent, score, before))
    return found
