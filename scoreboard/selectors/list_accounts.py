"""The accounts of L(T) with what was done and heard in the windows: coverage, engagement, committees,
plays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain import windows
from scoreboard.domain.figures import Case, Figure, Scope, share, tiered
from scoreboard.selectors.sql import LISTED, parameters, rows

ENOUGH_CONTACTS = 3

_STATEMENT = f"""
WITH {LISTED},
touched AS (
    SELECT t.account_id,
        max(t.occurred_at) FILTER (WHERE t.side = 'sales' AND t.direction = 'outbound') AS sales,
        max(t.occurred_at) FILTER (WHERE t.side = 'marketing' AND t.direction = 'outbound') AS marketing,
        max(t.occurred_at) FILTER (WHERE t.programmed) AS programmed
    FROM accounts_touch t JOIN listed USING (account_id)
    WHERE t.occurred_at >= %(quarter)s AND t.occurred_at < %(at)s
    GROUP BY t.account_id
),
responded AS (
    SELECT s.account_id, max(s.occurred_at) AS at
    FROM signals_signal s JOIN listed USING (account_id) JOIN signals_signaltype k ON k.id = s.type_id
    WHERE s.id >= %(month_ids)s AND s.occurred_at >= %(month)s AND s.occurred_at < %(at)s AND
    k.digital_response GROUP BY s.account_id
),
running AS (
    SELECT e.account_id, max(e.enrolled_at) AS at
    FROM plays_enrollment e JOIN listed USING (account_id)
    WHERE e.state <> 'holdout' AND e.enrolled_at < %(at)s AND (e.finished_at IS NULL OR e.finished_at >=
    %(at)s) GROUP BY e.account_id
),
active AS (
    SELECT c.account_id, count(*) AS contacts
    FROM accounts_contact c JOIN listed USING (account_id)
    WHERE EXISTS (SELECT FROM accounts_touch t WHERE t.contact_id = c.id AND t.occurred_at < %(at)s)
       OR EXISTS (SELECT FROM signals_signal s
                  WHERE s.account_id = c.account_id AND s.contact_id = c.id AND s.occurred_at < %(at)s)
    GROUP BY c.account_id
)
SELECT l.account_id, l.tier, t.sales, t.marketing, t.programmed, r.at, p.at, COALESCE(c.contacts, 0)
FROM listed l
LEFT JOIN touched t USING (account_id) LEFT JOIN responded r USING (account_id)
LEFT JOIN running p USING (account_id) LEFT JOIN active c USING (account_id)
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class ListAccount:
    """An account of L(T). The touches are its latest of the 90 days before T, the response its latest of the
    30 days; `contacts` are those ever touched or heard from before T.
    """

    account: int
    tier: int
    sales: datetime | None
    marketing: datetime | None
    programmed: datetime | None
    responded: datetime | None
    enrolled: datetime | None
    contacts: int


def list_accounts(at: datetime, scope: Scope) -> list[ListAccount]:
    """L(T), one row an account."""
    return [ListAccount(*row) for row in rows(_STATEMENT, parameters(at, scope))]


# What puts an account into the numerator, and the moment to show beside it.
Rule = Callable[[ListAccount, datetime], tuple[bool, datetime | None]]


def _covered(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    return _recent(row.sales, at), row.sales


def _engaged(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    return _recent(row.marketing, at) and row.responded is not None, row.responded


def _joint(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    del at
    both = row.sales is not None and row.marketing is not None
    return both, max(filter(None, (row.sales, row.marketing)), default=None)


def _programmed(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    return _recent(row.programmed, at), row.programmed


def _in_play(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    del at
    return row.enrolled is not None, row.enrolled


def _committee(row: ListAccount, at: datetime) -> tuple[bool, datetime | None]:
    del at
    return row.contacts >= ENOUGH_CONTACTS, None


def _recent(moment: datetime | None, at: datetime) -> bool:
    """Inside the 30 days; the rows look back 90."""
    return moment is not None and moment >= at - windows.MONTH


# key -> (rule, the tier that the headline is of, or None for the whole list)
RULES: dict[str, tuple[Rule, int | None]] = {
    "coverage": (_covered, None),
    "engagement": (_engaged, None),
    "joint_engagement": (_joint, 1),
    "list_to_action": (_programmed, None),
    "play_coverage_tier_1": (_in_play, 1),
    "committee_coverage": (_committee, None),
}


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """The numbers over L(T)."""
    listed = list_accounts(at, scope)
    return {
        key: tiered(share, [_case(row, rule, at) for row in listed], headline=headline)
        for key, (rule, headline) in RULES.items()
    }


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's accounts."""
    rule, headline = RULES[key]
    listed = list_accounts(at, scope)
    return [_case(row, rule, at) for row in listed if scope.tier or headline in {None, row.tier}]


def _case(row: ListAccount, rule: Rule, at: datetime) -> Case:
    counted, moment = rule(row, at)
    value = row.contacts if rule is _committee else None
    return Case(row.account, row.tier, counted, value, moment)
