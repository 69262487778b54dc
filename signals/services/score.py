"""The one score of an account: stored for lists, worked out anew where one account is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction
from psycopg2.extras import execute_values

from signals.domain.condition import View
from signals.domain.score import midnight_before
from signals.domain.state import RollingState
from signals.models import AccountState
from signals.selectors import Book, book

CHUNK = 2000


def refresh(*, now: datetime) -> int:
    """Work out every stored score as of `now`, a chunk a transaction; returns how many accounts were looked at."""
    written = book()
    seen, last = 0, 0
    while rows := _chunk(last):
        _refresh_chunk(rows, written, now)
        seen, last = seen + len(rows), rows[-1][0]
    return seen


def _chunk(after: int) -> list[tuple[int, bytes, float]]:
    rows = AccountState.objects.filter(account_id__gt=after).order_by("account_id")
    chunk = rows.values_list("account_id", "state", "account__fit")[:CHUNK]
    return [(account_id, bytes(state), fit) for account_id, state, fit in chunk]


@transaction.atomic
def _refresh_chunk(rows: list[tuple[int, bytes, float]], written: Book, now: datetime) -> None:
    """Write only where no signal was judged since `now`: a newer judgement stands."""
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "UPDATE signals_accountstate s "
            "SET intent = v.intent, score = v.score, score_week_ago = v.week_ago, scored_at = v.at "
            "FROM (VALUES %s) AS v(account_id, intent, score, week_ago, at) "
            "WHERE s.account_id = v.account_id AND (s.scored_at IS NULL OR s.scored_at < v.at)",
            list(_scored(rows, written, now)),
            page_size=len(rows),
        )


def _scored(
    rows: list[tuple[int, bytes, float]], written: Book, now: datetime
) -> Iterator[tuple[int, float, float, float, datetime]]:
    at = now.timestamp()
    for account_id, state, fit in rows:
        view = View(RollingState.load(state), written.catalogue, fit=fit, scoring=written.scoring)
        yield account_id, view.intent(at), view.score(at), view.score(midnight_before(at, 7)), now
