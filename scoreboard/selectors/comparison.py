"""Target accounts against all others: pipeline, win rate, won amount, days to win, with what may be chance.

A target account is one of L(T); the others are the accounts off the list at T that were known before it.
Opportunities count as independent, which flatters the intervals when few accounts hold many of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import fsum

from scoreboard.domain.figures import TIERS, Case, Figure, Scope
from scoreboard.domain.intervals import Interval, Sample, median, median_gap, newcombe, welch
from scoreboard.selectors.sql import BASE_AMOUNT, IN_SCOPE, LISTED, MONEY, OPENED, parameters, rows

_DEALS = f"""
WITH {LISTED},
party AS MATERIALIZED (
    SELECT a.id, l.tier, l.tier IS NOT NULL AS target
    FROM accounts_account a LEFT JOIN listed l ON l.account_id = a.id
    WHERE {IN_SCOPE} AND (
        l.tier IS NOT NULL
        OR (NOT EXISTS (SELECT FROM accounts_listmembership m
                        WHERE m.account_id = a.id AND m.tier IS NOT NULL AND m.valid_from <= %(at)s
                          AND (m.valid_to IS NULL OR m.valid_to > %(at)s))
            AND (a.created_at < %(at)s OR EXISTS (SELECT FROM accounts_opportunity o
                                                  WHERE o.account_id = a.id AND {OPENED} < %(at)s))))
),
deal AS (
    SELECT o.account_id, {BASE_AMOUNT} AS amount,
        o.closed_at IS NULL OR o.closed_at >= %(at)s AS is_open,
        o.closed_at < %(at)s AND o.outcome = 'won' AS is_won,
        o.closed_at < %(at)s AND o.outcome = 'lost' AS is_lost,
        EXTRACT(EPOCH FROM o.closed_at - o.opened_at) / 86400 AS days
    FROM accounts_opportunity o JOIN party p ON p.id = o.account_id
    {MONEY}
    WHERE CASE WHEN o.closed_at < %(at)s THEN %(since)s::timestamptz IS NULL OR o.closed_at >= %(since)s
               ELSE {OPENED} < %(at)s AND (%(since)s::timestamptz IS NULL OR {OPENED} >= %(since)s) END
),
account AS (
    SELECT p.id, p.tier, p.target,
        COALESCE(sum(d.amount) FILTER (WHERE d.is_open), 0) AS pipeline,
        count(d.amount) FILTER (WHERE d.is_open) AS open_known,
        count(*) FILTER (WHERE d.is_open AND d.amount IS NULL) AS open_unknown,
        count(*) FILTER (WHERE d.is_won) AS won,
        count(*) FILTER (WHERE d.is_lost) AS lost,
        count(d.amount) FILTER (WHERE d.is_won) AS won_known,
        COALESCE(sum(d.amount) FILTER (WHERE d.is_won), 0) AS won_sum,
        COALESCE(sum(d.amount * d.amount) FILTER (WHERE d.is_won), 0) AS won_squares,
        array_agg(d.days::float8) FILTER (WHERE d.is_won AND d.days IS NOT NULL) AS days
    FROM party p LEFT JOIN deal d ON d.account_id = p.id
    GROUP BY p.id, p.tier, p.target
)
"""  # noqa: S608  (our own constants)
_BY_ACCOUNT = f"{_DEALS} SELECT * FROM account"  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class AccountDeals:
    """One account's opportunities: open ones opened in the period, won and lost ones closed in it."""

    account: int
    tier: int | None
    target: bool
    pipeline: Decimal
    open_known: int
    open_unknown: int
    won: int
    lost: int
    won_known: int
    won_sum: Decimal
    won_squares: Decimal
    days: Sequence[float] | None


def account_deals(at: datetime, scope: Scope) -> list[AccountDeals]:
    """Every account of either side, one row each."""
    return [AccountDeals(*row) for row in rows(_BY_ACCOUNT, parameters(at, scope))]


@dataclass(frozen=True, slots=True)
class Side:
    """The accounts of one side, added up."""

    accounts: Sequence[AccountDeals]

    @property
    def won(self) -> int:
        """Opportunities won."""
        return sum(row.won for row in self.accounts)

    @property
    def closed(self) -> int:
        """Opportunities won or lost."""
        return sum(row.won + row.lost for row in self.accounts)

    @property
    def days(self) -> list[float]:
        """Days from opened to won, of each won opportunity whose opening is known."""
        return [day for row in self.accounts for day in row.days or ()]

    def pipeline(self) -> Sample:
        """Open money an account, the accounts without any included."""
        return _sample([float(row.pipeline) for row in self.accounts])

    def won_amounts(self) -> Sample:
        """The known amounts of the won."""
        n = sum(row.won_known for row in self.accounts)
        total = sum((row.won_sum for row in self.accounts), Decimal(0))
        squares = sum((row.won_squares for row in self.accounts), Decimal(0))
        mean = total / n if n else Decimal(0)
        variance = (squares - mean * total) / (n - 1) if n > 1 else Decimal(0)
        return Sample(n, float(mean), float(max(variance, Decimal(0))))


def _sample(values: Sequence[float]) -> Sample:
    n = len(values)
    mean = fsum(values) / n if n else 0.0
    return Sample(n, mean, fsum((value - mean) ** 2 for value in values) / (n - 1) if n > 1 else 0.0)


def _win_rate(side: Side) -> Figure:
    return Figure(side.won / side.closed if side.closed else None, side.won, side.closed)


def _won_amount(side: Side) -> Figure:
    n = sum(row.won_known for row in side.accounts)
    total = sum((row.won_sum for row in side.accounts), Decimal(0))
    return Figure(total / n if n else None, total, n, {"left_out": side.won - n})


def _days(side: Side) -> Figure:
    days = side.days
    return Figure(median(days) if days else None, len(days), side.won)


def _pipeline(side: Side) -> Figure:
    total = sum((row.pipeline for row in side.accounts), Decimal(0))
    n = len(side.accounts)
    unknown = sum(row.open_unknown for row in side.accounts)
    return Figure(total / n if n else None, total, n, {"left_out": unknown})


def _win_gap(own: Side, other: Side) -> Interval | None:
    return newcombe(own.won, own.closed, other.won, other.closed)


def _amount_gap(own: Side, other: Side) -> Interval | None:
    return welch(own.won_amounts(), other.won_amounts())


def _days_gap(own: Side, other: Side) -> Interval | None:
    return median_gap(own.days, other.days)


def _pipeline_gap(own: Side, other: Side) -> Interval | None:
    return welch(own.pipeline(), other.pipeline())


# name -> (figure of a side, interval of target minus other)
MEASURES: dict[str, tuple[Callable[[Side], Figure], Callable[[Side, Side], Interval | None]]] = {
    "pipeline_per_account": (_pipeline, _pipeline_gap),
    "win_rate": (_win_rate, _win_gap),
    "won_amount": (_won_amount, _amount_gap),
    "days_to_win": (_days, _days_gap),
}
KEYS = tuple(f"{name}_{side}" for name in MEASURES for side in ("target", "other"))


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """Four measures on either side; the target's carries the difference and its 95 % interval in its
    notes.
    """
    found = account_deals(at, scope)
    own, other = Side([row for row in found if row.target]), Side([row for row in found if not row.target])
    answers: dict[str, Figure] = {}
    for name, (measure, gap) in MEASURES.items():
        here, there = measure(own), measure(other)
        interval = gap(own, other)
        difference = here.value - there.value if here.value is not None and there.value is not None else None  # type: ignore[operator]
        notes = {
            "difference": difference,
            "interval": [interval.low, interval.high] if interval else None,
        }
        tiers = {tier: measure(Side([row for row in own.accounts if row.tier == tier])) for tier in TIERS}
        answers[f"{name}_target"] = Figure(
            here.value, here.numerator, here.denominator, {**here.notes, **notes}, tiers
        )
        answers[f"{name}_other"] = there
    return answers


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """One number's accounts; `many` counts their opportunities."""
    name, _, side = key.rpartition("_")
    chosen = [row for row in account_deals(at, scope) if row.target == (side == "target")]
    return list(_SHAPES[name](chosen))


def _win_cases(found: Iterable[AccountDeals]) -> Iterable[Case]:
    """Accounts that won something, and those that only lost."""
    return (
        Case(row.account, row.tier, row.won > 0, many=row.won or row.lost)
        for row in found
        if row.won or row.lost
    )


def _amount_cases(found: Iterable[AccountDeals]) -> Iterable[Case]:
    return (
        Case(row.account, row.tier, row.won_known > 0, row.won_sum, many=row.won) for row in found if row.won
    )


def _days_cases(found: Iterable[AccountDeals]) -> Iterable[Case]:
    return (
        Case(
            row.account, row.tier, bool(row.days), median(list(row.days)) if row.days else None, many=row.won
        )
        for row in found
        if row.won
    )


def _pipeline_cases(found: Iterable[AccountDeals]) -> Iterable[Case]:
    return (
        Case(row.account, row.tier, row.pipeline > 0, row.pipeline, many=row.open_known + row.open_unknown)
        for row in found
    )


_SHAPES: dict[str, Callable[[Iterable[AccountDeals]], Iterable[Case]]] = {
    "pipeline_per_account": _pipeline_cases,
    "win_rate": _win_cases,
    "won_amount": _amount_cases,
    "days_to_win": _days_cases,
}
