"""What an opportunity was worth at a moment, in the base currency: pieces of SQL for statements that name it `o`.

They read the parameters `at` and `base`.
"""

# The amount an opportunity `o` had just before `at`, in the base currency by the rate of the day it was said; null
# where no amount or no rate is known. An amount without a currency is in the base currency.
MONEY = """
    LEFT JOIN LATERAL (
        SELECT h.amount, h.currency, (h.valid_from AT TIME ZONE 'UTC')::date AS day
        FROM accounts_opportunityamount h
        WHERE h.opportunity_id = o.id AND h.valid_from < %(at)s
        ORDER BY h.valid_from DESC LIMIT 1
    ) said ON true
    LEFT JOIN LATERAL (
        SELECT r.rate FROM accounts_exchangerate r
        WHERE r.currency = said.currency AND r.day <= said.day AND said.currency NOT IN ('', %(base)s)
        ORDER BY r.day DESC LIMIT 1
    ) exchange ON true
"""
BASE_AMOUNT = (
    "CASE WHEN said.currency IN ('', %(base)s) THEN said.amount ELSE said.amount * exchange.rate END"
)

# An opportunity whose opening nobody knows counts as opened when we were told of it.
OPENED = "COALESCE(o.opened_at, o.created_at)"
