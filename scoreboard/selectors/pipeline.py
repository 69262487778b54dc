"""Open opportunities at T, and which of them were opened while their account was on the list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from scoreboard.domain.figures import TIERS, Case, Figure, Scope, count_share, money_share
from scoreboard.selectors.sql import BASE_AMOUNT, IN_SCOPE, MONEY, OPENED, parameters, rows

_STATEMENT = f"""
WITH open AS (
    SELECT o.account_id, born.tier, {BASE_AMOUNT} AS amount
    FROM accounts_opportunity o
    LEFT JOIN accounts_account a ON a.id = o.account_id
    LEFT JOIN accounts_listmembership born ON born.account_id = o.account_id AND born.tier IS NOT NULL
        AND born.valid_from <= {OPENED} AND (born.valid_to IS NULL OR born.valid_to > {OPENED})
    {MONEY}
    WHERE {OPENED} < %(at)s AND (o.closed_at IS NULL OR o.closed_at >= %(at)s) AND {IN_SCOPE}
)
SELECT account_id, tier, count(*), sum(amount), count(*) FILTER (WHERE amount IS NULL)
FROM open GROUP BY account_id, tier
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class OpenPipeline:
    """The open opportunities of one account that were opened in one tier (None: off the list).

    `amount` is in the base currency, over the opportunities whose amount is known; `left_out` counts the
    others.
    """

    account: int | None
    tier: int | None
    many: int
    amount: Decimal | None
    left_out: int


def open_pipeline(at: datetime, scope: Scope) -> list[OpenPipeline]:
    """One row an account and tier at opening. The scope's tier is for the caller to pick."""
    return [OpenPipeline(*row) for row in rows(_STATEMENT, parameters(at, scope))]


def _cases(found: Sequence[OpenPipeline], scope: Scope) -> list[Case]:
    return [
        Case(
            row.account,
            row.tier,
            counted=row.tier is not None and scope.tier in {None, row.tier},
            value=row.amount,
            many=row.many,
        )
        for row in found
    ]


MEASURES = {"pipeline_influence": money_share, "pipeline_influence_count": count_share}


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """Both shares; the denominator is all open pipeline of the owner or territory, also under one tier."""
    found = open_pipeline(at, scope)
    everything = _cases(found, scope)
    left_out = sum(row.left_out for row in found)
    answers = {}
    for key, measure in MEASURES.items():
        tiers = {
            tier: measure([case for case in everything if case.tier == tier], whole=everything)
            for tier in TIERS
        }
        answers[key] = replace(measure(everything, whole=everything), by_tier=tiers)
    answers["pipeline_influence"] = answers["pipeline_influence"].noting(left_out=left_out)
    return answers


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's opportunities, by account."""
    del key
    return _cases(open_pipeline(at, scope), scope)
