"""Closed deals as the propose-from-history sees them: which facts about a company are common enough to learn from."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from accounts.domain.fit import Criterion, Firmographics

# A fact is looked at when so many closed deals of so many companies have it: a coefficient from fewer says nothing.
LEAST_DEALS, LEAST_COMPANIES = 10, 3
# So many values of one field at most, the most frequent first.
MOST_VALUES = 25
# What the outcome itself changes (deals won, people known, touches) is not learned from: it would tell the end by
# the end.
WORDS = ("industry", "country", "region")
NUMBERS = ("employees", "annual_revenue")


@dataclass(frozen=True, slots=True)
class History:
    """A company with its closed deals of the window."""

    account: int
    company: Firmographics
    won: int
    lost: int

    @property
    def deals(self) -> int:
        """All of them."""
        return self.won + self.lost


@dataclass(frozen=True, slots=True)
class Feature:
    """A yes-or-no fact: the field is this value, or lies in this step (from `low`, below `high`)."""

    field: str
    value: str = ""
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def label(self) -> str:
        """`Industry: Steel`, `Employees: 600 to 8,000`."""
        name = self.field.replace("_", " ").capitalize()
        if self.value:
            return f"{name}: {self.value}"
        if self.low is None:
            return f"{name}: below {self.high:,f}"
        return (
            f"{name}: {self.low:,f} and more"
            if self.high is None
            else f"{name}: {self.low:,f} to {self.high:,f}"
        )

    def holds_for(self, company: Firmographics) -> bool:
        """Whether it is so; what is not known is not so."""
        found = getattr(company, self.field)
        if self.value:
            wanted = self.value.casefold()
            return any(one.casefold() == wanted for one in ((found,) if isinstance(found, str) else found))
        if found is None:
            return False
        number = Decimal(found)
        return (self.low is None or number >= self.low) and (self.high is None or number < self.high)


def features_of(histories: Sequence[History]) -> list[Feature]:
    """The facts to learn from, in a fixed order. Chosen by how common they are, never by how the deals ended."""
    found: list[Feature] = []
    for field in WORDS:
        found += _values(field, histories, lambda company, field=field: (getattr(company, field),))  # type: ignore[misc]
    for field in NUMBERS:
        found += _steps(field, histories)
    found += _values("technologies", histories, lambda company: company.technologies)
    return found


def _values(
    field: str, histories: Sequence[History], of: Callable[[Firmographics], Iterable[str]]
) -> list[Feature]:
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    deals: Counter[str] = Counter()
    companies: Counter[str] = Counter()
    for one in histories:
        for key in {value.casefold() for value in of(one.company) if value}:
            deals[key] += one.deals
            companies[key] += 1
        for value in of(one.company):
            spellings[value.casefold()][value] += 1
    kept = [
        key
        for key in deals
        if deals[key] >= LEAST_DEALS and LEAST_COMPANIES <= companies[key] < len(histories)
    ]
    kept.sort(key=lambda key: (-deals[key], key))
    return [
        Feature(field, min(spellings[key], key=lambda value: (-spellings[key][value], value)))
        for key in kept[:MOST_VALUES]
    ]


def _steps(field: str, histories: Sequence[History]) -> list[Feature]:
    """Four steps at the quartiles of the companies, at round numbers; fewer where a step would hold too little."""
    known = sorted(Decimal(value) for one in histories if (value := getattr(one.company, field)) is not None)
    if len(known) < 2 * LEAST_COMPANIES:
        return []
    cuts: list[Decimal] = sorted(
        {round_number(known[len(known) * part // 4]) for part in (1, 2, 3)} - {Decimal(0)}
    )
    while cuts:
        edges: list[Decimal | None] = [None, *cuts, None]
        steps = [Feature(field, low=low, high=high) for low, high in pairwise(edges)]
        thin = next((place for place, step in enumerate(steps) if not _is_common(step, histories)), None)
        if thin is None:
            return steps
        cuts.pop(min(thin, len(cuts) - 1))
    return []


def _is_common(feature: Feature, histories: Sequence[History]) -> bool:
    having = [one for one in histories if feature.holds_for(one.company)]
    return len(having) >= LEAST_COMPANIES and sum(one.deals for one in having) >= LEAST_DEALS


def round_number(number: Decimal) -> Decimal:
    """To two figures: 1,234 becomes 1,200."""
    if number <= 0:
        return Decimal(0)
    step = Decimal(10) ** (number.adjusted() - 1)
    return (number / step).to_integral_value() * step


@dataclass(frozen=True, slots=True)
class Weighed:
    """A feature with its coefficient (log odds) and the deals whose company has it."""

    feature: Feature
    coefficient: float
    deals: int


# A criterion is worth writing when those who meet it have at least so much higher log odds (odds of 1.1 to 1).
LEAST_GAP = 0.1


def criteria_of(weighed: Sequence[Weighed], *, deals: int) -> tuple[Criterion, ...]:
    """Coefficients as weighted criteria 0-100, the heaviest first.

    A field of words becomes "any of those values" and a field of numbers one range: cut so that those within and those
    without differ most (the cut with the largest share-weighted difference of squares). Its weight is in proportion to
    the gap in log odds. Each technology with a positive coefficient is a criterion. What counts against a company
    cannot be said by a fit, which only adds up.
    """
    gaps: list[tuple[float, Criterion]] = []
    for field in WORDS:
        mine = [one for one in weighed if one.feature.field == field]
        if cut := _best_values(mine, deals):
            gap, values = cut
            gaps.append((gap, Criterion(field, Decimal(0), any_of=values)))
    for field in NUMBERS:
        mine = [one for one in weighed if one.feature.field == field]
        if run := _best_range(mine, deals):
            gap, low, high = run
            gaps.append((gap, Criterion(field, Decimal(0), at_least=low, at_most=high)))
    gaps += [
        (
            one.coefficient,
            Criterion("technologies", Decimal(0), f"Uses {one.feature.value}", any_of=(one.feature.value,)),
        )
        for one in weighed
        if one.feature.field == "technologies" and one.coefficient >= LEAST_GAP
    ]
    total = sum(gap for gap, _ in gaps)
    gaps.sort(key=lambda pair: -pair[0])
    return tuple(
        Criterion(
            one.field,
            Decimal(max(round(100 * gap / total), 1)),
            one.label,
            one.any_of,
            one.at_least,
            one.at_most,
        )
        for gap, one in gaps
    )


def _split(inside: Sequence[Weighed], every: Sequence[Weighed], deals: int) -> tuple[float, float]:
    """The gap in log odds between those inside and all others, and how much of the difference it explains. Deals
    whose value is rare or not known stand outside with coefficient 0."""
    here = sum(one.deals for one in inside)
    there = deals - here
    if not here or there <= 0:
        return 0.0, 0.0
    mean = sum(one.coefficient * one.deals for one in inside) / here
    others = sum(one.coefficient * one.deals for one in every if one not in inside) / there
    gap = mean - others
    return gap, here * there / deals**2 * gap**2


def _best_values(mine: Sequence[Weighed], deals: int) -> tuple[float, tuple[str, ...]] | None:
    order = sorted(mine, key=lambda one: (-one.coefficient, one.feature.value))
    best, chosen = (0.0, 0.0), 0
    for size in range(1, len(order) + 1):
        split = _split(order[:size], order, deals)
        if split[0] >= LEAST_GAP and split[1] > best[1]:
            best, chosen = split, size
    return (best[0], tuple(one.feature.value for one in order[:chosen])) if chosen else None


def _best_range(mine: Sequence[Weighed], deals: int) -> tuple[float, Decimal | None, Decimal | None] | None:
    best: tuple[float, float] = (0.0, 0.0)
    ends: tuple[Decimal | None, Decimal | None] = (None, None)
    for start in range(len(mine)):
        for stop in range(start + 1, len(mine) + 1):
            low, high = mine[start].feature.low, mine[stop - 1].feature.high
            split = _split(mine[start:stop], mine, deals)
            if (low is not None or high is not None) and split[0] >= LEAST_GAP and split[1] > best[1]:
                best, ends = split, (low, high)
    if not best[1]:
        return None
    low, high = ends
    # A step ends below its upper edge, and a criterion's bound belongs to it.
    return best[0], low, None if high is None else high - 1


def is_within(feature: Feature, criterion: Criterion) -> bool:
    """Whether who has the feature meets the criterion, for criteria that `criteria_of` made of such features."""
    if feature.field != criterion.field:
        return False
    if criterion.any_of:
        return feature.value in criterion.any_of
    low, high = criterion.at_least, criterion.at_most
    from_there = low is None or (feature.low is not None and feature.low >= low)
    return from_there and (high is None or (feature.high is not None and feature.high - 1 <= high))
