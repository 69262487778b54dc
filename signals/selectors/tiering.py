"""What the figures say of accounts on the list, and of those that might deserve it, for re-tier proposals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from abmops.lib.ids import first_uuid7
from accounts.models import ListPolicy
from signals.domain.tiering import RECENT, Policy, Standing
from signals.selectors.engine import scoring

MONTH = timedelta(days=30)
CLOCKS = timedelta(
    days=1
)  # ids are in the order of arrival; nothing arrives before it happened, less the clocks'

_STATEMENT = """
WITH candidate AS MATERIALIZED (
    SELECT a.id, a.tier, a.lifecycle, COALESCE(s.score, a.fit * %(w_fit)s) AS score, s.last_signal_at
    FROM accounts_account a LEFT JOIN signals_accountstate s ON s.account_id = a.id
    WHERE a.is_target OR COALESCE(s.score, a.fit * %(w_fit)s) >= %(up)s
),
heard AS (
    SELECT g.account_id, count(DISTINCT g.type_id) FILTER (WHERE k.qualifying AND g.occurred_at >= %(month)s) AS kinds,
        count(DISTINCT g.contact_id) FILTER (WHERE k.qualifying AND g.occurred_at >= %(month)s) AS people
    FROM signals_signal g JOIN candidate c ON c.id = g.account_id JOIN signals_signaltype k ON k.id = g.type_id
    WHERE g.id >= %(month_ids)s AND g.occurred_at < %(now)s
    GROUP BY g.account_id
),
touched AS (
    SELECT t.account_id, max(t.occurred_at) AS at,
        max(t.occurred_at) FILTER (WHERE t.side = 'sales' AND t.direction = 'outbound') AS sales,
        max(t.occurred_at) FILTER (WHERE t.side = 'marketing' AND t.direction = 'outbound') AS marketing,
        max(t.occurred_at) FILTER (WHERE t.channel = 'meeting') AS meeting
    FROM accounts_touch t JOIN candidate c ON c.id = t.account_id
    WHERE t.occurred_at < %(now)s GROUP BY t.account_id
),
known AS (
    SELECT p.account_id, count(*) AS people FROM accounts_contact p JOIN candidate c ON c.id = p.account_id
    GROUP BY p.account_id
),
engaged AS (
    SELECT account_id, count(*) AS people FROM (
        SELECT t.account_id, t.contact_id FROM accounts_touch t JOIN candidate c ON c.id = t.account_id
        WHERE t.contact_id IS NOT NULL AND t.occurred_at >= %(recent)s AND t.occurred_at < %(now)s
        UNION
        SELECT g.account_id, g.contact_id FROM signals_signal g JOIN candidate c ON c.id = g.account_id
        WHERE g.contact_id IS NOT NULL AND g.id >= %(recent_ids)s AND g.occurred_at >= %(recent)s
            AND g.occurred_at < %(now)s
    ) pairs GROUP BY account_id
),
deals AS (
    SELECT o.account_id, count(*) FILTER (WHERE o.closed_at IS NULL OR o.closed_at >= %(now)s) AS open,
        bool_or(o.outcome = 'lost' AND o.closed_at < %(now)s
                AND o.closed_at > %(now)s - make_interval(days => %(quarantine)s)) AS lost
    FROM accounts_opportunity o JOIN candidate c ON c.id = o.account_id GROUP BY o.account_id
),
held AS (
    SELECT DISTINCT q.account_id FROM accounts_quarantine q
    WHERE q.lifted_at IS NULL AND q.starts_at <= %(now)s AND (q.until IS NULL OR q.until > %(now)s)
)
SELECT c.id, c.tier, m.valid_from, c.lifecycle, c.score, COALESCE(h.kinds, 0), COALESCE(h.people, 0), t.sales,
    t.marketing, t.meeting, GREATEST(t.at, c.last_signal_at), COALESCE(k.people, 0), COALESCE(e.people, 0),
    COALESCE(d.open, 0), COALESCE(d.open > 0 OR d.lost, false) OR q.account_id IS NOT NULL
FROM candidate c
LEFT JOIN accounts_listmembership m ON m.account_id = c.id AND m.valid_to IS NULL AND m.tier IS NOT NULL
LEFT JOIN heard h ON h.account_id = c.id LEFT JOIN touched t ON t.account_id = c.id
LEFT JOIN known k ON k.account_id = c.id LEFT JOIN engaged e ON e.account_id = c.id
LEFT JOIN deals d ON d.account_id = c.id LEFT JOIN held q ON q.account_id = c.id
ORDER BY c.id
"""


def list_policy() -> ListPolicy:
    """The list's rules, with their defaults where nobody has written any."""
    return ListPolicy.objects.filter(pk=1).first() or ListPolicy(pk=1)


def policy_of(row: ListPolicy) -> Policy:
    """The lines that the rule reads."""
    return Policy(up=row.propose_up_score, down=row.propose_down_score, quiet_days=row.quiet_days)


def standings(policy: ListPolicy, *, now: datetime) -> Iterator[Standing]:
    """Every account on the list, and every one off it whose score could propose it, in one statement.

    The score is the stored one, at most 15 minutes old.
    """
    values: dict[str, Any] = {
        "now": now,
        "month": now - MONTH,
        "month_ids": first_uuid7(now - MONTH - CLOCKS),
        "recent": now - RECENT,
        "recent_ids": first_uuid7(now - RECENT - CLOCKS),
        "up": policy.propose_up_score,
        "quarantine": policy.quarantine_days,
        "w_fit": scoring().w_fit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        for row in cursor.fetchall():
            yield Standing(*row)
