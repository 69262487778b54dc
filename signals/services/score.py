"""The one score of an account: stored for lists, worked out anew where one account is looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from struct import Struct

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from abmops.work import services as work
from signals.domain import score as scores
from signals.domain.packing import HEAD, LAYOUT
from signals.domain.score import midnight_before
from signals.domain.state import RollingState
from signals.domain.sums import sums_of
from signals.selectors import Book, book
from signals.services.detect.evaluate import EVALUATE
from signals.services.rising import note_rises

CHUNK = 10_000
STEP = 250

UNSEEN = 0.005
"""A stored figure that has moved by less is left as it is: nobody sees it, and a row not written is two not read."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some accounts by id, with what is stored of them and the heads of their states."""

    ids: npt.NDArray[np.int64]
    fit: Floats
    intent: Floats
    score: Floats
    week_ago: Floats
    is_new: npt.NDArray[np.bool_]
    heads: list[memoryview]
    lost: list[int]


def refresh(*, now: datetime) -> int:
    """Work out every stored score as of `now`, a chunk a transaction; returns how many accounts were looked at.

    Where intent, score and last week's score are all what they were to two digits, the row stays, as of its own moment.
    Accounts whose state is lost or of another layout are put down for an evaluation, which makes it anew.
    """
    written = book()
    seen = 0
    for chunk in _chunks():
        _refresh_chunk(chunk, written, now)
        seen += len(chunk.ids) + len(chunk.lost)
    return seen


def refresh_next(now: datetime, after: int) -> int | None:
    """The same for a few behind an account, as a step of a round: the last of them, None where there are no more."""
    chunk, last = _chunk(after, STEP)
    _refresh_chunk(chunk, book(), now)
    return last or None


def _chunks() -> Iterator[Chunk]:
    """All accounts. The next chunk is read over a connection of its own while this one is written, unless it could not
    see what the caller's transaction has done.
    """
    if connection.in_atomic_block:
        chunk, last = _chunk(0)
        while last:
            yield chunk
            chunk, last = _chunk(last)
        return
    with ThreadPoolExecutor(1) as reader:
        try:
            chunk, last = reader.submit(_chunk, 0).result()
            while last:
                ahead = reader.submit(_chunk, last)
                yield chunk
                chunk, last = ahead.result()
        finally:
            reader.submit(connection.close)


_ROW = Struct("!h iq id id id id i? iq i")
"""A row as COPY writes it: each value with its length before it; the last is the length of the head."""
_BEGINNING, _END = 19, 2


def _chunk(after: int, size: int = CHUNK) -> tuple[Chunk, int]:
    """The next accounts, and the last of them: 0 where there are no more."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(
            _READ.format(after=int(after), chunk=size, head=HEAD, layout=LAYOUT), buffer
        )
    data = buffer.getbuffer()
    rows, heads, lost, last = [], [], [], 0
    place, end = _BEGINNING, len(data) - _END
    while place < end:
        row = _ROW.unpack_from(data, place)
        place += _ROW.size
        size, last = row[-1], row[2]
        if size > 0:
            rows.append(row)
            heads.append(data[place : place + size])
            place += size
        elif row[14]:
            lost.append(last)
    fit, intent, score, week_ago = (
        np.fromiter((row[place] for row in rows), np.float64, len(rows)) for place in (4, 6, 8, 10)
    )
    ids = np.fromiter((row[2] for row in rows), np.int64, len(rows))
    is_new = np.fromiter((row[12] for row in rows), np.bool_, len(rows))
    return Chunk(ids, fit, intent, score, week_ago, is_new, heads, lost), last


# Of a state of this layout as much as the scores need (it says itself how much that is), of another one nothing.
_READ = """
COPY (
    SELECT s.account_id, a.fit, s.intent, s.score, s.score_week_ago, s.scored_at IS NULL, s.signals_seen,
        CASE WHEN length(m.state) >= {head} AND get_byte(m.state, 0) = {layout} THEN substr(m.state, 1,
            get_byte(m.state, 4) + (get_byte(m.state, 5) << 8) + (get_byte(m.state, 6) << 16)) ELSE '' END
    FROM signals_accountstate s JOIN accounts_account a ON a.id = s.account_id
    LEFT JOIN signals_accountmemory m ON m.account_id = s.account_id
    WHERE s.account_id > {after} ORDER BY s.account_id LIMIT {chunk}
) TO STDOUT (FORMAT binary)
"""


@transaction.atomic
def _refresh_chunk(chunk: Chunk, written: Book, now: datetime) -> None:
    """Write only where no signal was judged since `now`: a newer judgement stands."""
    if chunk.lost:
        work.put_many(work.Put(kind=EVALUATE, subject_id=account_id) for account_id in chunk.lost)
    if not len(chunk.ids):
        return
    intent, score, before = _figures(chunk, written, now)
    moved = (
        chunk.is_new
        | (abs(intent - chunk.intent) >= UNSEEN)
        | (abs(score - chunk.score) >= UNSEEN)
        | (abs(before - chunk.week_ago) >= UNSEEN)
    )
    if moved.any():
        _write(chunk.ids[moved], (intent[moved], score[moved], before[moved]), now)
        rose = moved & (score > chunk.score)
        note_rises(
            zip(chunk.ids[rose].tolist(), chunk.score[rose].tolist(), score[rose].tolist(), strict=True),
            now=now,
        )


def _figures(chunk: Chunk, written: Book, now: datetime) -> tuple[Floats, Floats, Floats]:
    """Intent and score now, and the score at the midnight of a week ago."""
    at = now.timestamp()
    week_ago = midnight_before(at, 7)
    sums = sums_of(chunk.heads, written.catalogue)
    raw, earlier = sums.raw(at), sums.raw(week_ago)
    if len(unsure := np.union1d(sums.unsure(at), sums.unsure(week_ago))):
        with connection.cursor() as cursor:
            cursor.execute(_WHOLE, [chunk.ids[unsure].tolist()])
            for account_id, state in cursor.fetchall():
                place = np.searchsorted(chunk.ids, account_id)
                whole = RollingState.read(state)
                raw[place] = scores.raw(whole, written.catalogue, at)
                earlier[place] = scores.raw(whole, written.catalogue, week_ago)
    scoring = written.scoring
    intent, intent_before = (100.0 * (1.0 - np.exp(-points / scoring.k)) for points in (raw, earlier))
    fit = scoring.w_fit * chunk.fit
    return intent, fit + scoring.w_intent * intent, fit + scoring.w_intent * intent_before


_WHOLE = "SELECT account_id, state FROM signals_accountmemory WHERE account_id = ANY(%s)"

_FRESH = np.dtype(
    [("n", ">i2"), ("l0", ">i4"), ("id", ">i8")]
    + [field for n in range(1, 4) for field in ((f"l{n}", ">i4"), (f"v{n}", ">f8"))]
)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def _write(ids: npt.NDArray[np.int64], figures: tuple[Floats, Floats, Floats], now: datetime) -> None:
    rows = np.zeros(len(ids), _FRESH)
    rows["n"], rows["id"] = 4, ids
    for n in range(4):
        rows[f"l{n}"] = 8
    for n, values in enumerate(figures, 1):
        rows[f"v{n}"] = values
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_ROOM)
        cursor.cursor.copy_expert(
            "COPY fresh_scores FROM STDIN (FORMAT binary)",
            io.BytesIO(_SIGNATURE + rows.tobytes() + b"\xff\xff"),
        )
        cursor.execute(_WRITE, [now, int(ids[0]), int(ids[-1]), now])
        cursor.execute("DROP TABLE fresh_scores")


_MAKE_ROOM = """
CREATE TEMP TABLE fresh_scores (account_id bigint, intent float8, score float8, week_ago float8) ON COMMIT DROP
"""
_WRITE = """
UPDATE signals_accountstate s SET intent = v.intent, score = v.score, score_week_ago = v.week_ago, scored_at = %s
FROM fresh_scores v
WHERE s.account_id = v.account_id AND s.account_id BETWEEN %s AND %s AND (s.scored_at IS NULL OR s.scored_at < %s)
"""
