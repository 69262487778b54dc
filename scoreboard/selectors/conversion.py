"""What became of the accounts that joined the list in a quarter, and of those of the quarter before."""

from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain.figures import Case, Figure, Scope, share, tiered
from scoreboard.domain.windows import headline_cohorts
from scoreboard.selectors.sql import IN_SCOPE, OPENED, parameters, rows

# Joining is coming onto the list from off it; a change of tier is not. The first joining of the quarter
# counts.
_STATEMENT = f"""
WITH cohort (which, starts, ends, seen) AS (
    VALUES (0, %(own_start)s::timestamptz, %(own_end)s::timestamptz, %(own_seen)s::timestamptz),
           (1, %(prior_start)s, %(prior_end)s, %(prior_seen)s)
),
joined AS (
    SELECT c.which, c.seen, m.account_id, min(m.valid_from) AS at, (array_agg(m.tier ORDER BY
    m.valid_from))[1] AS tier FROM accounts_listmembership m
    JOIN cohort c ON m.valid_from >= c.starts AND m.valid_from < c.ends
    JOIN accounts_account a ON a.id = m.account_id
    LEFT JOIN accounts_listmembership earlier
        ON earlier.account_id = m.account_id AND earlier.valid_to = m.valid_from AND earlier.tier IS NOT NULL
    WHERE m.tier IS NOT NULL AND earlier.id IS NULL AND {IN_SCOPE}
    GROUP BY c.which, c.seen, m.account_id
)
SELECT j.which, j.account_id, j.tier, j.at,
    min({OPENED}) FILTER (WHERE {OPENED} < j.at + %(response)s),
    count(o.id) FILTER (WHERE o.closed_at < j.seen),
    count(o.id) FILTER (WHERE o.closed_at < j.seen AND o.outcome = 'won')
FROM joined j
LEFT JOIN accounts_opportunity o ON o.account_id = j.account_id AND {OPENED} >= j.at AND {OPENED} < j.seen
WHERE %(tier)s::int IS NULL OR j.tier = %(tier)s
GROUP BY j.which, j.account_id, j.tier, j.at
"""  # noqa: S608  (our own constants)

JOINED, WON = "conversion_list_to_opportunity", "conversion_opportunity_to_won"


@dataclass(frozen=True, slots=True)
class Joiner:
    """An account that joined in the quarter, in that tier: its first opportunity within 180 days, and what
    the opportunities that it opened after joining came to, all as the cohort was seen.
    """

    which: int
    account: int
    tier: int
    joined: datetime
    opportunity: datetime | None
    closed: int
    won: int


def joiners(at: datetime, scope: Scope) -> list[Joiner]:
    """The headline cohort (`which` 0) and the one before it (1), each as it was seen at the same age."""
    own, prior = headline_cohorts(at, scope.cohort)
    values = parameters(at, scope) | {
        f"{name}_{part}": moment
        for name, cohort in (("own", own), ("prior", prior))
        for part, moment in (
            ("start", cohort.quarter.start),
            ("end", cohort.joined_before),
            ("seen", cohort.seen_at),
        )
    }
    return [Joiner(*row) for row in rows(_STATEMENT, values)]


def _cases(key: str, found: list[Joiner], which: int) -> list[Case]:
    rows_of = [row for row in found if row.which == which]
    if key == JOINED:
        return [
            Case(row.account, row.tier, row.opportunity is not None, at=row.opportunity or row.joined)
            for row in rows_of
        ]
    won = [Case(row.account, row.tier, True, at=row.joined, many=row.won) for row in rows_of if row.won]
    lost = [
        Case(row.account, row.tier, False, at=row.joined, many=row.closed - row.won)
        for row in rows_of
        if row.closed > row.won
    ]
    return won + lost


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """Both conversions of the headline cohort, each with the cohort before it at the same age in its
    notes.
    """
    found = joiners(at, scope)
    own, prior = headline_cohorts(at, scope.cohort)
    return {
        key: tiered(share, _cases(key, found, 0)).noting(
            cohort=str(own.quarter),
            prior_cohort=str(prior.quarter),
            prior=share(_cases(key, found, 1)),
            seen_days=max(0, (at - own.quarter.end).days),
        )
        for key in (JOINED, WON)
    }


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's accounts or opportunities, of the headline cohort."""
    return _cases(key, joiners(at, scope), 0)
