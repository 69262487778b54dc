"""The list against reality [P2]: who is on it for nothing, what is earned off it, and tiers that money contradicts.

Signals belong to an app above: it registers here how to ask which accounts were heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

from django.conf import settings
from django.db import connection

from abmops.lib.choices import Lifecycle
from accounts.selectors.money import BASE_AMOUNT, MONEY, OPENED

YEAR = timedelta(days=365)
CLOSED = (Lifecycle.DISQUALIFIED.value, Lifecycle.NOT_READY.value, Lifecycle.CHURNED.value)

# (account ids, since, until) -> those heard in [since, until).
Heard = Callable[[Sequence[int], datetime, datetime], Iterable[int]]

_heard: dict[str, Heard] = {}


def register_heard(name: str, heard: Heard) -> None:
    """Add a way in which accounts are heard; called from an upper app's `ready()`."""
    _heard[name] = heard


class Kind(StrEnum):
    """What an audit finds."""

    SILENT = "silent"
    PIPELINE_OFF = "pipeline-off"
    WINS_OFF = "wins-off"
    TIER_LOW = "tier-1-low"
    TIER_HIGH = "tier-3-high"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One account of a kind. `deals` and `value` are what the kind looks at: open, won, or both; value is in the base
    currency over the deals whose amount is known, None where none is. `since`: on the list without a break."""

    kind: Kind
    account_id: int
    tier: int | None
    since: datetime | None
    deals: int = 0
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """All findings as of a moment. The medians are over the accounts of tiers 1 and 3 that have any value; `left_out`
    counts the deals whose amount is not known in the base currency."""

    at: datetime
    size: int
    findings: dict[Kind, list[Finding]] = field(default_factory=dict)
    median_1: Decimal | None = None
    median_3: Decimal | None = None
    left_out: int = 0

    def value_of(self, kind: Kind) -> Decimal:
        """The money of a kind's findings."""
        return sum((one.value or Decimal(0) for one in self.findings[kind]), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Account:
    id: int
    tier: int | None
    lifecycle: str
    since: datetime | None
    open: int
    open_value: Decimal | None
    won: int
    won_value: Decimal | None
    unknown: int
    is_alive: bool

    @property
    def value(self) -> Decimal:
        """Open and won of the last year together."""
        return (self.open_value or Decimal(0)) + (self.won_value or Decimal(0))


_STATEMENT = f"""
WITH deal AS (
    SELECT o.account_id, {BASE_AMOUNT} AS amount, {OPENED} AS opened_at,
        o.closed_at IS NULL OR o.closed_at >= %(at)s AS is_open,
        o.outcome = 'won' AND o.closed_at >= %(year)s AND o.closed_at < %(at)s AS is_won,
        {OPENED} >= %(year)s OR o.closed_at >= %(year)s OR o.closed_at IS NULL
            OR EXISTS (SELECT FROM accounts_opportunitystage s
                       WHERE s.opportunity_id = o.id AND s.at >= %(year)s AND s.at < %(at)s) AS is_recent
    FROM accounts_opportunity o {MONEY}
    WHERE o.account_id IS NOT NULL AND {OPENED} < %(at)s
),
deals AS (
    SELECT account_id, count(*) FILTER (WHERE is_open) AS open, sum(amount) FILTER (WHERE is_open) AS open_value,
        count(*) FILTER (WHERE is_won) AS won, sum(amount) FILTER (WHERE is_won) AS won_value,
        count(*) FILTER (WHERE amount IS NULL AND (is_open OR is_won)) AS unknown, bool_or(is_recent) AS is_recent
    FROM deal GROUP BY account_id
)
SELECT a.id, a.tier, a.lifecycle, joined.at, COALESCE(d.open, 0), d.open_value, COALESCE(d.won, 0), d.won_value,
    COALESCE(d.unknown, 0), COALESCE(d.is_recent, false) OR NOT a.is_target OR EXISTS (
        SELECT FROM accounts_touch t
        WHERE t.account_id = a.id AND t.occurred_at >= %(year)s AND t.occurred_at < %(at)s)
FROM accounts_account a LEFT JOIN deals d ON d.account_id = a.id
LEFT JOIN LATERAL (
    SELECT COALESCE(max(m.valid_to) FILTER (WHERE m.tier IS NULL), min(m.valid_from)) AS at
    FROM accounts_listmembership m WHERE m.account_id = a.id AND a.is_target
) joined ON true
WHERE a.is_target OR d.open > 0 OR d.won > 0 ORDER BY a.id
"""  # noqa: S608  (our own constants)


def audit_list(*, now: datetime) -> Audit:
    """Every finding, in one statement and one more for each app that hears.

    Nothing in a year: no touch, no signal, no opportunity that was open, opened, moved or closed in it, and at least
    a year on the list. Tiers against value look at open amounts and the wins of the last year.
    """
    accounts = _read(now)
    listed = [one for one in accounts if one.tier is not None]
    median_1, median_3 = _median(listed, 1), _median(listed, 3)
    found: dict[Kind, list[Finding]] = {kind: [] for kind in Kind}
    for one in _silent(listed, now):
        found[Kind.SILENT].append(_finding(Kind.SILENT, one))
    for one in accounts:
        if one.tier is None and one.open:
            found[Kind.PIPELINE_OFF].append(_finding(Kind.PIPELINE_OFF, one, one.open, one.open_value))
        if one.tier is None and one.won:
            found[Kind.WINS_OFF].append(_finding(Kind.WINS_OFF, one, one.won, one.won_value))
        if one.tier is not None and one.lifecycle in CLOSED:
            found[Kind.CLOSED].append(_finding(Kind.CLOSED, one))
        if one.tier == 1 and median_3 is not None and one.value < median_3:
            found[Kind.TIER_LOW].append(_finding(Kind.TIER_LOW, one, one.open + one.won, one.value))
        if one.tier == 3 and median_1 is not None and one.value > median_1:
            found[Kind.TIER_HIGH].append(_finding(Kind.TIER_HIGH, one, one.open + one.won, one.value))
    left_out = sum(one.unknown for one in accounts)
    return Audit(now, len(listed), found, median_1, median_3, left_out)


def _read(now: datetime) -> list[_Account]:
    values = {"at": now, "year": now - YEAR, "base": settings.BASE_CURRENCY}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        return [_Account(*row) for row in cursor.fetchall()]


def _silent(listed: Sequence[_Account], now: datetime) -> list[_Account]:
    quiet = [one for one in listed if not one.is_alive and one.since is not None and one.since <= now - YEAR]
    ids = [one.id for one in quiet]
    heard = {pk for ask in _heard.values() for pk in ask(ids, now - YEAR, now)} if ids else set()
    return [one for one in quiet if one.id not in heard]


def _median(listed: Iterable[_Account], tier: int) -> Decimal | None:
    values = [one.value for one in listed if one.tier == tier and one.value > 0]
    return median(values) if values else None


def _finding(kind: Kind, of: _Account, deals: int = 0, value: Decimal | None = None) -> Finding:
    return Finding(kind, of.id, of.tier, of.since, deals, value)
