"""A number opened: the accounts behind its numerator, or those that are missing from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from scoreboard.domain import registry
from scoreboard.domain.catalogue import NUMBERS, Unit
from scoreboard.domain.figures import MISSING, NUMERATOR, Amount, Case, Scope

PARTS = (NUMERATOR, MISSING)
_MONEY_KEYS = frozenset({"pipeline_influence", "pipeline_influence_count"})


@dataclass(frozen=True, slots=True)
class Opened:
    """One account of a part: how many things of it are there, their money or longest length, the latest
    moment.

    `tier` is the tier that the number used: as of T, at joining, or at the opportunity's opening.
    """

    account: int
    tier: int | None
    many: int
    value: Amount | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a number. `without_account` counts things that belong to no known account."""

    accounts: Mapping[int, Opened]
    without_account: int


def open_number(key: str, at: datetime, scope: Scope, *, urgency: str = "") -> dict[str, Part]:
    """Both parts in one read; KeyError for an unknown number. `urgency` narrows crossings."""
    cases = [case for case in registry.source_of(key).cases(key, at, scope) if urgency in {"", case.urgency}]
    return {
        NUMERATOR: _part(key, [case for case in cases if case.counted]),
        MISSING: _part(key, [case for case in cases if not case.counted]),
    }


def _part(key: str, cases: Sequence[Case]) -> Part:
    by_account: dict[int, list[Case]] = {}
    for case in cases:
        if case.account is not None:
            by_account.setdefault(case.account, []).append(case)
    return Part(
        accounts={account: _opened(account, its, counts_money(key)) for account, its in by_account.items()},
        without_account=sum(case.many for case in cases if case.account is None),
    )


def counts_money(key: str) -> bool:
    """Whether the values behind a number are money in the base currency."""
    return key in _MONEY_KEYS or NUMBERS[key].unit is Unit.MONEY


def _opened(account: int, cases: Sequence[Case], money: bool) -> Opened:
    values = [case.value for case in cases if case.value is not None]
    moments = [case.at for case in cases if case.at is not None]
    tiers = [case.tier for case in cases if case.tier is not None]
    total: Amount | None = None
    if values:
        total = sum((Decimal(value) for value in values), Decimal(0)) if money else max(values)
    return Opened(
        account, min(tiers, default=None), sum(case.many for case in cases), total, max(moments, default=None)
    )
