"""A past of millions of signals, made in SQL and turned into states by the program's own recompute."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account, DuplicateScan
from bench import world
from signals.domain.condition import View
from signals.domain.crossing import Armed
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState
from signals.selectors import book
from signals.services import partitions
from signals.services.recompute import recompute_accounts

ACCOUNTS = 100_000
DAYS = 360
CHUNK = 500
PROCESSES = 2
PREFIX = "past"


def grow(signals: int, accounts: int = ACCOUNTS) -> list[str]:
    """Have so many signals stored of so many accounts, spread evenly over a year; returns the accounts' domains.

    Everything that a year would have left behind is there: rows, message keys, states, the accounts' people and that
    each of them engaged this quarter, tables vacuumed, accounts looked through for duplicates. Can be called again
    for more.
    """
    now = timezone.now()
    domains = [f"{PREFIX}{number}.example" for number in range(accounts)]
    stored = _count()
    if not stored:
        world.accounts(PREFIX, accounts, now)
        _people(PREFIX)
        _looked_through()
        for month in range(13):
            partitions.ensure(now=now - timedelta(days=30 * month))
    if stored < signals:
        values: dict[str, Any] = {
            "more": signals - stored,
            "accounts": accounts,
            "days": DAYS,
            "people": world.PEOPLE,
            "prefix": f"{PREFIX}%",
        }
        ids = Account.objects.filter(domain__startswith=PREFIX).order_by("id").values_list("id", flat=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "SET statement_timeout = 0; SET work_mem = '512MB'; SET maintenance_work_mem = '512MB'"
            )
            cursor.execute(_SIGNALS, values)
            cursor.execute(_KEYS)
            cursor.execute("VACUUM ANALYZE signals_signal")
            cursor.execute("VACUUM ANALYZE signals_settledkey")
        _states(list(ids))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE signals_accountmemory, signals_accountstate")
    return domains


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM signals_signal WHERE message_id LIKE 'past-%'")
        return int(cursor.fetchone()[0])


def _looked_through() -> None:
    last = Account.objects.order_by("-updated_at", "-id")[0]
    DuplicateScan.objects.create(at=last.updated_at, since=last.updated_at, after=last.pk)


def _people(prefix: str) -> None:
    """Everybody of whom `world.page_view` sends, each a contact who engaged this quarter.

    Past the change log, whose triggers would write a line for each of half a million.
    """
    values: dict[str, Any] = {"people": world.PEOPLE, "prefix": f"{prefix}%"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_CONTACTS, values)
        cursor.execute(_ENGAGED, values)
        cursor.execute("ANALYZE accounts_contact")
        cursor.execute("ANALYZE accounts_accountevent")


_CONTACTS = """
INSERT INTO accounts_contact (account_id, email, name, title, phone, role, seniority, persona, do_not_contact,
    do_not_contact_source, created_at, updated_at)
SELECT a.id, 'p' || n.n || '@' || a.domain, 'p' || n.n, '', '', '', '', '', false, '', now(), now()
FROM accounts_account a CROSS JOIN generate_series(0, %(people)s - 1) n(n)
WHERE a.domain LIKE %(prefix)s ORDER BY a.id, n.n
"""
_ENGAGED = """
INSERT INTO accounts_accountevent (account_id, kind, at, payload, dedup_key, created_at)
SELECT c.account_id, 'contact_engaged', date_trunc('quarter', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
    jsonb_build_object('contact', c.id),
    'contact_engaged:' || c.id || ':' || to_char(now() AT TIME ZONE 'UTC', 'YYYY"Q"Q'), now()
FROM accounts_contact c JOIN accounts_account a ON a.id = c.account_id
WHERE a.domain LIKE %(prefix)s ORDER BY c.id
"""


# In the order of time, as it would have come; one in six signals is nobody's.
_SIGNALS = """
INSERT INTO signals_signal (id, account_id, contact_id, source_id, type_id, topic, points, strength,
    occurred_at, received_at, message_id, properties)
SELECT uuidv7(moment.at - clock_timestamp()), a.id, a.people[1 + (n.n + n.n / %(accounts)s) %% (%(people)s + 1)], s.id,
    t.ids[1 + n.n %% array_length(t.ids, 1)], '', 5 + n.n %% 20, NULL, moment.at, moment.at,
    'past-' || gen_random_uuid(), jsonb_build_object('path', '/page/' || n.n %% 500, 'title', 'A page of the site')
FROM generate_series(1, %(more)s) n(n)
CROSS JOIN LATERAL (
    SELECT now() - make_interval(secs => %(days)s * 86400.0 * (1 - n.n::float8 / (%(more)s + 1))) AS at
) moment
JOIN (
    SELECT account_id AS id, array_agg(c.id ORDER BY c.id) AS people,
        row_number() OVER (ORDER BY account_id) - 1 AS place
    FROM accounts_contact c JOIN accounts_account a ON a.id = c.account_id WHERE a.domain LIKE %(prefix)s GROUP BY 1
) a ON a.place = (n.n * 7919::bigint) %% %(accounts)s
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM signals_signaltype) t
CROSS JOIN (SELECT min(id) AS id FROM signals_source) s
ORDER BY n.n
"""
_KEYS = """
INSERT INTO signals_settledkey (digest, body_digest, received_on)
SELECT substr(sha256(message_id::bytea), 1, 16), '\\x0000000000000000', received_at::date FROM signals_signal
WHERE message_id LIKE 'past-%' ORDER BY 1 ON CONFLICT DO NOTHING
"""


def _states(ids: Sequence[int]) -> None:
    """By the program itself, in as many processes as there are cores."""
    connection.close()
    chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        pool.map(_recomputed, chunks, chunksize=4)


def _recomputed(ids: Sequence[int]) -> None:
    """States, and what each threshold would remember: all that is true by now has crossed before."""
    now = timezone.now()
    recompute_accounts(ids, now=now)
    written, at = book(), now.timestamp()
    rows = list(AccountState.objects.filter(account_id__in=ids).only("armed"))
    memories = dict(AccountMemory.objects.filter(account_id__in=ids).values_list("account_id", "state"))
    for row in rows:
        view = View(RollingState.load(memories[row.account_id]), written.catalogue, scoring=written.scoring)
        row.armed = {
            str(live.threshold_id): (Armed(True, at) if live.condition.is_met(view, at) else Armed()).dump()
            for live in written.thresholds
        }
    AccountState.objects.bulk_update(rows, ["armed"], batch_size=CHUNK)
