"""Criteria as one SQL expression: which of them each account meets, as the bits of a number.

The database finds out who meets what; what that is worth is worked out by `domain.fit.value_of` once a mask, so that a
fit is the same number by either way. A test holds both equal on random accounts and criteria.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.domain.fit import BEHAVIOUR, WORDS_OF, Criterion
from accounts.selectors.fit import TOUCH_WINDOW, latest_rates

# field -> the values that accounts have, as they are written, most frequent first, with their number of accounts.
Vocabulary = Mapping[str, Mapping[str, int]]

_COUNTS = """
SELECT 'industry', industry, count(*) FROM accounts_account WHERE industry <> '' GROUP BY industry
UNION ALL SELECT 'country', country, count(*) FROM accounts_account WHERE country <> '' GROUP BY country
UNION ALL SELECT 'region', region, count(*) FROM accounts_account WHERE region <> '' GROUP BY region
UNION ALL SELECT 'technologies', one, count(*) FROM accounts_account, unnest(technologies) one WHERE one <> ''
    GROUP BY one
ORDER BY 1, 3 DESC, 2
"""
_JOINS = {
    "won_deals": """LEFT JOIN (SELECT account_id, count(*) AS n FROM accounts_opportunity
        WHERE outcome = 'won' AND closed_at < %(now)s GROUP BY account_id) won_deals ON won_deals.account_id = a.id""",
    "contacts": """LEFT JOIN (SELECT account_id, count(*) AS n FROM accounts_contact
        GROUP BY account_id) contacts ON contacts.account_id = a.id""",
    "touches_90d": """LEFT JOIN (SELECT account_id, count(*) AS n FROM accounts_touch
        WHERE occurred_at >= %(since)s AND occurred_at < %(now)s
        GROUP BY account_id) touches_90d ON touches_90d.account_id = a.id""",
    "annual_revenue": """LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) AS rate(currency, worth)
        ON rate.currency = a.currency""",
}
_NUMBERS = {"employees": "a.employees", "annual_revenue": "a.annual_revenue * rate.worth"} | {
    name: f"COALESCE({name}.n, 0)" for name in BEHAVIOUR
}


def vocabulary() -> Vocabulary:
    """Every value of the fields that hold words: one query."""
    found: dict[str, dict[str, int]] = {name: {} for name in WORDS_OF}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        for name, value, count in cursor.fetchall():
            found[name][value] = count
    return found


@dataclass(slots=True)
class Mask:
    """The expression over `accounts_account a` with `joins`, and what its placeholders stand for."""

    sql: str
    joins: str
    parameters: dict[str, Any] = field(default_factory=dict)


def mask_of(criteria: Sequence[Criterion], words: Vocabulary, *, now: datetime, prefix: str = "c") -> Mask:
    """Compile criteria. Upper and lower case are told apart no more than in Python: each wish is looked up among the
    values that there are."""
    parameters: dict[str, Any] = {}
    bits = []
    for place, criterion in enumerate(criteria):
        condition = _condition(criterion, f"{prefix}{place}", words, parameters)
        bits.append(f"CASE WHEN {condition} THEN {1 << place}::bigint ELSE 0 END")
    used = [name for name in _JOINS if any(criterion.field == name for criterion in criteria)]
    if "annual_revenue" in used:
        rates = latest_rates()
        parameters |= {"currencies": list(rates), "rates": list(rates.values())}
    if set(used) & set(BEHAVIOUR):
        parameters |= {"now": now, "since": now - TOUCH_WINDOW}
    return Mask(" + ".join(bits) or "0::bigint", "\n".join(_JOINS[name] for name in used), parameters)


def _condition(criterion: Criterion, key: str, words: Vocabulary, parameters: dict[str, Any]) -> str:
    if criterion.field in WORDS_OF:
        wished = {value.casefold() for value in criterion.any_of}
        parameters[key] = [value for value in words[criterion.field] if value.casefold() in wished]
        if criterion.field == "technologies":
            return f"a.technologies && %({key})s::varchar[]"
        return f"a.{criterion.field} = ANY(%({key})s)"
    number = _NUMBERS[criterion.field]
    parts = []
    for name, sign in (("at_least", ">="), ("at_most", "<=")):
        bound: Decimal | None = getattr(criterion, name)
        if bound is not None:
            parameters[f"{key}_{name}"] = bound
            parts.append(f"{number} {sign} %({key}_{name})s")
    return " AND ".join(parts)
