"""What an account is worth, in SQL: the order of committees and data gaps (docs/numbers.md, Value)."""

from __future__ import annotations

from typing import Any

from django.db.models import F, FloatField, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Account
from accounts.selectors.account_list import sort_paths
from accounts.selectors.fit import latest_rates
from accounts.selectors.statement import statement


def worth_sql(score: str = "b.score", pipeline: str = "p.amount") -> str:
    """What an account is worth looking after, in SQL over `b` (tier, score) and the open pipeline.

    Tier weight (3, 2, 1; off the list a half) x (1 + score / 100) x (1 + log10(1 + open pipeline) / 6): a million open
    doubles it.
    """
    return (
        f"(CASE b.tier WHEN 1 THEN 3.0 WHEN 2 THEN 2.0 WHEN 3 THEN 1.0 ELSE 0.5 END * (1 + {score} / 100.0) "
        f"* (1 + log(1 + GREATEST(COALESCE({pipeline}, 0), 0)::double precision) / 6))"
    )


def base_of(accounts: QuerySet[Account]) -> tuple[str, tuple[Any, ...]]:
    """The narrowed accounts as SQL for a CTE: id, name, tier, owner, score (fit where nobody scores)."""
    path = sort_paths().get("score")
    score = Coalesce(F(path), F("fit"), output_field=FloatField()) if path else F("fit")
    rows = (
        accounts.order_by()
        .annotate(worth_score=score)
        .values_list("id", "name", "tier", "owner_id", "worth_score")
    )
    return statement(rows)


PIPELINE = """
    SELECT o.account_id, sum(o.amount * r.rate) AS amount FROM accounts_opportunity o
    JOIN unnest(%s::text[], %s::numeric[]) AS r(currency, rate) ON r.currency = o.currency
    WHERE o.closed_at IS NULL AND o.amount IS NOT NULL AND o.account_id IN (SELECT id FROM base) GROUP BY 1
"""


def rates() -> tuple[list[str], list[Any]]:
    """Currencies and their newest rates, as the pipeline's parameters. One query."""
    known = latest_rates()
    return list(known), list(known.values())
