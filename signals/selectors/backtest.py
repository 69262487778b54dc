"""What a backtest reads: signals as columns by one COPY; of the accounts fits, list history and opportunities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from django.db import connection

from abmops.lib.ids import first_uuid7
from accounts.models import Account, ListMembership, Opportunity, Touch
from signals.domain.backtest import History, Moments, Seen, Spans
from signals.domain.backtest.history import FOREVER, Ints
from signals.domain.catalogue import topic_key

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
CLOCKS = timedelta(
    days=1
)  # an id is of when a signal came, and it came after it happened, less the clocks' difference
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the past: None of `types`: all; no `tiers`: all accounts; `since` None: from the beginning."""

    until: datetime
    since: datetime | None = None
    types: Collection[int] | None = None
    topics: Collection[str] = ()
    tiers: Collection[int] = ()
    listed_since: datetime | None = None
    touches: bool = False


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def moment(at: float) -> datetime:
    """The UTC time of epoch seconds."""
    return datetime.fromtimestamp(at, tz=UTC)


def expected_signals(wanted: Wanted) -> int:
    """About how many signals would be read, by the planner's estimate."""
    account_ids = sorted({row[0] for row in _places(wanted)}) if wanted.tiers else None
    statement, values = _statement(wanted, {}, account_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        row = cursor.fetchone()
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0


def history(wanted: Wanted) -> History:
    """The past of every account that is asked for, by account id."""
    places = _places(wanted)
    accounts = Account.objects.order_by("id")
    if wanted.tiers:
        accounts = accounts.filter(id__in=sorted({row[0] for row in places}))
    rows = list(accounts.values_list("id", "fit", "created_at"))
    ids = np.array([row[0] for row in rows], np.int64)
    topics = _topics(wanted) if wanted.topics else {}
    seen = _seen(wanted, topics, ids)
    known = {number + 1: topic for number, topic in enumerate(sorted(set(topics.values())))}
    return History(
        ids=ids,
        fits=np.array([row[1] for row in rows], np.float64),
        known_since=np.array([micros(row[2]) for row in rows], np.int64),
        seen=seen,
        touched=_touched(wanted, ids) if wanted.touches else Moments(),
        places=_spans(places, ids),
        topics=known,
    )


def _places(wanted: Wanted) -> list[tuple[int, int, datetime, datetime | None]]:
    """Places on the list that reach into the time, in order."""
    rows = ListMembership.objects.filter(tier__isnull=False, valid_from__lt=wanted.until)
    if wanted.tiers:
        rows = rows.filter(tier__in=wanted.tiers)
    if wanted.listed_since is not None:
        rows = rows.exclude(valid_to__lte=wanted.listed_since)
    columns = rows.order_by("account_id", "valid_from").values_list(
        "account_id", "tier", "valid_from", "valid_to"
    )
    return [(account_id, tier or 0, start, end) for account_id, tier, start, end in columns]


def _spans(places: Sequence[tuple[int, int, datetime, datetime | None]], ids: Ints) -> Spans:
    return Spans(
        np.searchsorted(ids, np.array([row[0] for row in places], np.int64)),
        np.array([micros(row[2]) for row in places], np.int64),
        np.array([FOREVER if row[3] is None else micros(row[3]) for row in places], np.int64),
        np.array([row[1] for row in places], np.int64),
    )


def _touched(wanted: Wanted, ids: Ints) -> Moments:
    rows = Touch.objects.filter(occurred_at__lt=wanted.until)
    if wanted.since is not None:
        rows = rows.filter(occurred_at__gte=wanted.since)
    if wanted.tiers:
        rows = rows.filter(account_id__in=ids.tolist())
    found = [
        (account_id, micros(at))
        for account_id, at in rows.order_by().values_list("account_id", "occurred_at")
    ]
    columns = np.array(sorted(found), np.int64).reshape(-1, 2)
    place = np.searchsorted(ids, columns[:, 0])
    return Moments(place, columns[:, 1])


def _topics(wanted: Wanted) -> dict[str, str]:
    """The spellings that are stored of the topics asked for, each with its key."""
    statement, values = _where(wanted, None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT topic FROM signals_signal WHERE topic <> '' AND {statement}",  # noqa: S608
            values,
        )
        stored = [row[0] for row in cursor.fetchall()]
    return {topic: topic_key(topic) for topic in stored if topic_key(topic) in wanted.topics}


_COLUMNS = ("account", "at", "type", "source", "contact", "topic", "points")
_ROW = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in zip(_COLUMNS, (">i8", ">i8", ">i8", ">i8", ">i8", ">i4", ">f8"), strict=True)
        for part in ((f"{name}_length", ">i4"), (name, kind))
    ]
)
_HEADER, _TRAILER = 19, 2


def _seen(wanted: Wanted, topics: Mapping[str, str], ids: Ints) -> Seen:
    """PostgreSQL's binary COPY: every column is of one width, so that the whole answer is one array."""
    if not len(ids):
        return Seen()
    statement, values = _statement(wanted, topics, ids.tolist() if wanted.tiers else None)
    answer = BytesIO()
    with connection.cursor() as cursor:
        written = cursor.mogrify(f"COPY ({statement}) TO STDOUT (FORMAT binary)", values)
        cursor.copy_expert(written.decode(), answer)
    whole = answer.getbuffer()
    rows: Any = np.frombuffer(whole[_HEADER : len(whole) - _TRAILER], _ROW)
    account = rows["account"].astype(np.int64)
    place = np.searchsorted(ids, account)
    known = (place < len(ids)) & (ids[np.minimum(place, len(ids) - 1)] == account)
    seen = Seen(
        account=place,
        at=rows["at"].astype(np.int64) + POSTGRES_EPOCH,
        type_id=rows["type"].astype(np.int64),
        source_id=rows["source"].astype(np.int64),
        contact=rows["contact"].astype(np.int64),
        topic=rows["topic"].astype(np.int64),
        points=rows["points"].astype(np.float64),
    )
    return (seen if known.all() else seen.where(known)).ordered()


def _statement(
    wanted: Wanted, topics: Mapping[str, str], account_ids: list[int] | None
) -> tuple[str, dict[str, Any]]:
    where, values = _where(wanted, account_ids)
    code = "0"
    if topics:
        keys = sorted(set(topics.values()))
        spelled = sorted(topics)
        code = "COALESCE((%(codes)s::int[])[array_position(%(spelled)s::text[], topic::text)], 0)"
        values |= {"spelled": spelled, "codes": [keys.index(topics[topic]) + 1 for topic in spelled]}
    columns = f"account_id, occurred_at, type_id, source_id, COALESCE(contact_id, 0), {code}, points"
    return f"SELECT {columns} FROM signals_signal WHERE {where}", values  # noqa: S608


def _where(wanted: Wanted, account_ids: list[int] | None) -> tuple[str, dict[str, Any]]:
    parts, values = ["account_id IS NOT NULL", "occurred_at < %(until)s"], {"until": wanted.until}
    known: dict[str, Any] = dict(values)
    if wanted.since is not None:
        parts += ["id >= %(first)s::uuid", "occurred_at >= %(since)s"]
        known |= {"first": str(first_uuid7(wanted.since - CLOCKS)), "since": wanted.since}
    if wanted.types is not None:
        parts.append("type_id = ANY(%(types)s::bigint[])")
        known["types"] = sorted(wanted.types)
    if account_ids is not None:
        parts.append("account_id = ANY(%(accounts)s::bigint[])")
        known["accounts"] = account_ids
    return " AND ".join(parts), known


def openings(
    account_ids: Collection[int] | None, *, since: datetime
) -> dict[int, list[tuple[datetime, int]]]:
    """When opportunities of these accounts (None: of all) opened, by account and in order, with their ids."""
    rows = Opportunity.objects.filter(account__isnull=False, opened_at__gte=since)
    if account_ids is not None:
        rows = rows.filter(account_id__in=sorted(account_ids))
    found: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for row in rows.order_by("opened_at", "id").only("account_id", "opened_at"):
        if row.account_id is not None and row.opened_at is not None:
            found[row.account_id].append((row.opened_at, row.pk))
    return dict(found)


def owners(account_ids: Collection[int]) -> dict[int, int | None]:
    """Whose each account is today: owners keep no history."""
    return dict(Account.objects.filter(id__in=sorted(account_ids)).values_list("id", "owner_id"))
