"""The ideal customer profile in words, its drafts, and what a draft would move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.domain.countries import NAMES
from accounts.domain.fit import Criterion, Firmographics, fit_of, read_criterion, weight_of

# The names people know a fit by [DOMAIN 3]; `signals.domain.score` says the same, a test holds them equal.
STRONG, MODERATE = 81.0, 50.0
BANDS = ("strong", "moderate", "weak")
BINS = 20
_OPENINGS = {
    "industry": "The industry is",
    "country": "The country is",
    "region": "The region is",
    "technologies": "It uses",
    "employees": "It has",
    "annual_revenue": "Its annual revenue is",
    "won_deals": "We have won",
    "contacts": "We know",
    "touches_90d": "It had",
}
_UNITS = {
    "employees": ("employee", "employees"),
    "won_deals": ("deal with it", "deals with it"),
    "contacts": ("person there", "people there"),
    "touches_90d": ("touch in the last 90 days", "touches in the last 90 days"),
}


def band_of(fit: float) -> str:
    """Strong from 81, moderate from 50, else weak."""
    return "strong" if fit >= STRONG else "moderate" if fit >= MODERATE else "weak"


def bin_of(fit: float) -> int:
    """Which of the twenty steps of five points a fit lies in; 100 belongs to the last."""
    return min(int(fit // (100 / BINS)), BINS - 1)


def sentence(criterion: Criterion, *, currency: str) -> str:
    """A criterion read back: `It has from 600 to 8,000 employees.`"""
    opening = _OPENINGS[criterion.field]
    if criterion.any_of:
        names = [
            NAMES.get(value.upper(), value) if criterion.field == "country" else value
            for value in criterion.any_of
        ]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        return f"{opening} {listed}."
    if criterion.field == "annual_revenue":
        return f"{opening} {_range(criterion, '')} {currency}.".replace("  ", " ")
    return f"{opening} {_range(criterion, criterion.field)}."


def _range(criterion: Criterion, field: str) -> str:
    low, high = criterion.at_least, criterion.at_most
    one, many = _UNITS.get(field, ("", ""))
    if low is not None and high is not None:
        words, last = (_said(low), low) if low == high else (f"from {_said(low)} to {_said(high)}", high)
    elif low is not None:
        words, last = f"at least {_said(low)}", low
    else:
        last = high or Decimal(0)
        words = f"at most {_said(last)}"
    return f"{words} {one if last == 1 else many}".rstrip()


def _said(number: Decimal) -> str:
    return f"{number.to_integral_value() if number == number.to_integral_value() else number:,f}"


@dataclass(frozen=True, slots=True)
class Drafted:
    """One criterion as it is being written: its raw form, and what it says or why it says nothing yet."""

    raw: Mapping[str, Any]
    criterion: Criterion | None
    trouble: str


def read_draft(raw: Sequence[Mapping[str, Any]]) -> list[Drafted]:
    """Each criterion on its own, so that one that is not finished does not silence the others."""
    lines = []
    for number, item in enumerate(raw, start=1):
        try:
            lines.append(Drafted(item, read_criterion(number, item), ""))
        except ValueError as error:
            lines.append(Drafted(item, None, str(error)))
    return lines


def finished(lines: Iterable[Drafted]) -> tuple[Criterion, ...]:
    """The criteria of a draft that can be counted."""
    return tuple(line.criterion for line in lines if line.criterion is not None)


def share_of(criterion: Criterion, criteria: Sequence[Criterion]) -> float:
    """The points of 100 that meeting a criterion gives."""
    total = weight_of(criteria)
    return float(100 * criterion.weight / total) if total else 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """So many accounts of one tier with the same fit now and then."""

    tier: int | None
    now: float
    then: float
    count: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """How many accounts would go from one band into another."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The accounts of one tier (None: off the list) by band, now and then."""

    tier: int | None
    now: tuple[int, ...]
    then: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """What a draft would do to the fit of everybody."""

    accounts: int
    changed: int
    now: tuple[int, ...]
    then: tuple[int, ...]
    crossed: tuple[Crossed, ...]
    tiers: tuple[Placed, ...]
    leaving: int
    arriving: int

    @property
    def is_nothing(self) -> bool:
        """Whether nobody's fit would change."""
        return self.changed == 0


def shift_of(groups: Iterable[Group]) -> Shift:
    """The counts of a draft's effect. `leaving`: on the list and below moderate then, not now; `arriving`: off the list
    and strong then, not now."""
    now, then = [0] * BINS, [0] * BINS
    crossed: dict[tuple[str, str], int] = {}
    tiers: dict[int | None, tuple[list[int], list[int]]] = {
        tier: ([0, 0, 0], [0, 0, 0]) for tier in (1, 2, 3, None)
    }
    accounts = changed = leaving = arriving = 0
    for group in groups:
        accounts += group.count
        changed += group.count if group.now != group.then else 0
        now[bin_of(group.now)] += group.count
        then[bin_of(group.then)] += group.count
        before, after = band_of(group.now), band_of(group.then)
        tiers[group.tier][0][BANDS.index(before)] += group.count
        tiers[group.tier][1][BANDS.index(after)] += group.count
        if before != after:
            crossed[before, after] = crossed.get((before, after), 0) + group.count
            leaving += group.count if group.tier is not None and after == "weak" else 0
            arriving += group.count if group.tier is None and after == "strong" else 0
    order = sorted(crossed, key=lambda pair: (BANDS.index(pair[1]), BANDS.index(pair[0])))
    return Shift(
        accounts,
        changed,
        tuple(now),
        tuple(then),
        tuple(Crossed(before, after, crossed[before, after]) for before, after in order),
        tuple(Placed(tier, tuple(old), tuple(new)) for tier, (old, new) in tiers.items()),
        leaving,
        arriving,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """Points that a criterion gives to an account then and not now, or the other way round."""

    label: str
    points: float


def why_moved(company: Firmographics, old: Sequence[Criterion], new: Sequence[Criterion]) -> list[Difference]:
    """What makes the difference between two fits of one company, largest first; the points add up to it."""
    points: dict[str, float] = {}
    for criteria, sign in ((old, -1), (new, 1)):
        for part in fit_of(company, criteria).contributions:
            points[part.label] = points.get(part.label, 0.0) + sign * part.points
    found = [Difference(label, value) for label, value in points.items() if abs(value) >= 0.05]
    return sorted(found, key=lambda one: (-abs(one.points), one.label))
