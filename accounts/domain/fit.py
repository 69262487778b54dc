"""Fit 0-100: the share of the ideal customer profile's weight that an account meets, with a sentence a criterion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

# What an account does with us, counted: firmographics change seldom, these by the day.
BEHAVIOUR = ("won_deals", "contacts", "touches_90d")
WORDS_OF = ("industry", "country", "region", "technologies")
NUMBERS_OF = ("employees", "annual_revenue", *BEHAVIOUR)
FIELDS = ("industry", "employees", "annual_revenue", "country", "region", "technologies", *BEHAVIOUR)
MOST_CRITERIA = 40
_NUMBERS = frozenset(NUMBERS_OF)
_LARGEST = Decimal(10) ** 18
_WORDS = {
    "industry": "industry",
    "employees": "number of employees",
    "annual_revenue": "annual revenue",
    "country": "country",
    "region": "region",
    "technologies": "technologies",
    "won_deals": "number of deals won",
    "contacts": "number of people known",
    "touches_90d": "number of touches in 90 days",
}


@dataclass(frozen=True, slots=True)
class Firmographics:
    """What is known of a company. `annual_revenue` is in the base currency; None is not known.

    The last three are what it does with us; they are counted, so that they are always known.
    """

    industry: str = ""
    employees: int | None = None
    annual_revenue: Decimal | None = None
    country: str = ""
    region: str = ""
    technologies: tuple[str, ...] = ()
    won_deals: int = 0
    contacts: int = 0
    touches_90d: int = 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One weighted wish: the field is any of some values, or a number within bounds (both ends included)."""

    field: str
    weight: Decimal
    label: str = ""
    any_of: tuple[str, ...] = ()
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def is_met_by(self, company: Firmographics) -> bool:
        """Whether the company fulfils it. What is not known fulfils nothing."""
        value = getattr(company, self.field)
        if self.field in _NUMBERS:
            return value is not None and self._within(Decimal(value))
        have = {item.casefold() for item in ((value,) if isinstance(value, str) else value) if item}
        return not have.isdisjoint(item.casefold() for item in self.any_of)

    def _within(self, number: Decimal) -> bool:
        low = self.at_least is None or number >= self.at_least
        return low and (self.at_most is None or number <= self.at_most)

    def wish(self) -> str:
        """What is asked, as the end of a sentence."""
        if self.any_of:
            return "one of " + ", ".join(self.any_of)
        if self.at_least is not None and self.at_most is not None:
            return f"from {self.at_least:,f} to {self.at_most:,f}"
        if self.at_least is not None:
            return f"{self.at_least:,f} or more"
        return f"at most {self.at_most:,f}"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one criterion added to the fit, of how much it could have, and why."""

    label: str
    points: float
    possible: float
    met: bool
    sentence: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit with its parts, the largest first. The parts' points add up to the value."""

    value: float
    contributions: tuple[Contribution, ...]


def fit_of(company: Firmographics, criteria: Sequence[Criterion]) -> Fit:
    """100 times the weight met over all weight; 0 where there are no criteria."""
    total = weight_of(criteria)
    if not total:
        return Fit(0.0, ())
    parts = [_contribution(company, criterion, total) for criterion in criteria]
    parts.sort(key=lambda part: (-part.points, -part.possible, part.label))
    return Fit(value_of(criteria, mask_of(company, criteria)), tuple(parts))


def weight_of(criteria: Sequence[Criterion]) -> Decimal:
    """The weight of all criteria together."""
    return sum((criterion.weight for criterion in criteria), Decimal(0))


def mask_of(company: Firmographics, criteria: Sequence[Criterion]) -> int:
    """Which criteria a company meets: the bit of the first is 1, of the second 2, of the third 4."""
    return sum(1 << place for place, criterion in enumerate(criteria) if criterion.is_met_by(company))


def value_of(criteria: Sequence[Criterion], mask: int) -> float:
    """The fit of whoever meets the criteria of a mask; 0 where nothing has weight."""
    total = weight_of(criteria)
    if not total:
        return 0.0
    met = sum((one.weight for place, one in enumerate(criteria) if mask >> place & 1), Decimal(0))
    return float(round(100 * met / total, 6))


def _contribution(company: Firmographics, criterion: Criterion, total: Decimal) -> Contribution:
    possible = float(100 * criterion.weight / total)
    met = criterion.is_met_by(company)
    word = _WORDS[criterion.field]
    known = _known(getattr(company, criterion.field))
    have = f"The {word} is {known}" if known else f"The {word} is not known"
    link = "which is" if met else "wanted is"
    plural = have.replace(" is ", " are ", 1) if criterion.field == "technologies" else have
    return Contribution(
        label=criterion.label or word.capitalize(),
        points=possible if met else 0.0,
        possible=possible,
        met=met,
        sentence=f"{plural}; {link} {criterion.wish()}.",
        is_known=bool(known),
    )


def _known(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():,f}"
    return str(value or "")


def read_criteria(raw: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Criteria from their stored form. Raises ValueError with a sentence that names the one that is wrong."""
    if len(raw) > MOST_CRITERIA:
        raise ValueError(f"A profile has at most {MOST_CRITERIA} criteria, not {len(raw)}.")
    return tuple(read_criterion(number, item) for number, item in enumerate(raw, start=1))


def read_criterion(number: int, item: Mapping[str, Any]) -> Criterion:
    """One criterion from its stored form. Raises ValueError with a sentence; `number` is what it is called there."""
    name = item.get("field")
    if name not in FIELDS:
        raise ValueError(f"Criterion {number}: the field must be one of {', '.join(FIELDS)}, not {name!r}.")
    try:
        weight = Decimal(str(item.get("weight")))
        low, high = (
            None if item.get(key) is None else Decimal(str(item[key])) for key in ("at_least", "at_most")
        )
    except InvalidOperation:
        raise ValueError(f"Criterion {number}: weight and bounds must be numbers.") from None
    if not all(one.is_finite() and abs(one) < _LARGEST for one in (weight, low, high) if one is not None):
        raise ValueError(f"Criterion {number}: weight and bounds must be numbers of a sensible size.")
    if not 0 <= weight <= 100:
        raise ValueError(f"Criterion {number}: the weight must be from 0 to 100.")
    if low is not None and high is not None and low > high:
        raise ValueError(f"Criterion {number}: no number is both {low:,f} or more and at most {high:,f}.")
    any_of = tuple(str(value) for value in item.get("any_of") or ())
    bounds = low is not None or high is not None
    if name in _NUMBERS and (any_of or not bounds):
        raise ValueError(f"Criterion {number}: {name} takes at_least, at_most or both.")
    if name not in _NUMBERS and (bounds or not any_of):
        raise ValueError(f"Criterion {number}: {name} takes any_of, a list of values.")
    return Criterion(name, weight, str(item.get("label") or ""), any_of, low, high)


def stored(criterion: Criterion) -> dict[str, Any]:
    """The stored form of a criterion; whole numbers stay whole."""
    form: dict[str, Any] = {"field": criterion.field, "weight": _plain(criterion.weight)}
    if criterion.label:
        form["label"] = criterion.label
    if criterion.any_of:
        form["any_of"] = list(criterion.any_of)
    for key in ("at_least", "at_most"):
        if (bound := getattr(criterion, key)) is not None:
            form[key] = _plain(bound)
    return form


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
