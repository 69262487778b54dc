"""Holes in the data: what each one is called, what it costs, and how stale is stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.domain.committee import TARGET, WANTED_ROLES
from accounts.domain.fit import Criterion

# Firmographics and contacts that nobody has changed or confirmed for so long are asked about again.
STALE_DAYS = 365
# The ways to go to somebody in person: who said no to all of them cannot be reached.
REACHING = ("email", "call", "linkedin")


@dataclass(frozen=True, slots=True)
class Gap:
    """One kind of hole. `field` is the import's field that fills it, empty where a file of accounts does not."""

    key: str
    title: str
    cost: str
    field: str = ""


_ROLES = {
    "economic_buyer": "Economic Buyer",
    "technical_evaluator": "Technical Evaluator",
    "champion": "Champion",
    "end_user": "End User",
}

CATALOGUE: tuple[Gap, ...] = (
    Gap("domain", "No domain", "Signals and e-mail addresses cannot find this account.", "domain"),
    Gap("industry", "No industry", "Plays for an industry pass it by.", "industry"),
    Gap("employees", "No number of employees", "Its size is unknown to every audience.", "employees"),
    Gap("annual_revenue", "No annual revenue", "Its size in money is unknown.", "annual_revenue"),
    Gap("country", "No country", "It falls into no territory by itself.", "country"),
    Gap("owner", "No owner", "Its tasks go to the SDR pool.", "owner"),
    Gap("territory", "No territory", "Routing by territory passes it by."),
    Gap("technologies", "No technologies", "Plays for a technology pass it by.", "technologies"),
    *(
        Gap(f"role:{role}", f"No {_ROLES[role]}", f"No play can speak to the {_ROLES[role]}.")
        for role in WANTED_ROLES
    ),
    Gap(
        "contacts",
        f"Fewer than {TARGET[0]} people",
        f"It does not count as a covered committee, which takes {TARGET[0]} to {TARGET[1]} people.",
    ),
    Gap("email", "Nobody with an e-mail address", "E-mail steps have nobody to go to."),
    Gap(
        "reachable", "Nobody who may be reached", "Every known person said no to e-mail, calls and LinkedIn."
    ),
    Gap("stale", "Firmographics a year old", "Fit rests on what nobody has confirmed for a year."),
    Gap(
        "stale_contacts",
        "People not heard of for a year",
        "They may have left: plays go to people who are gone.",
    ),
)
BY_KEY: Mapping[str, Gap] = {gap.key: gap for gap in CATALOGUE}


def cost_of(gap: Gap, criteria: Sequence[Criterion]) -> str:
    """What the gap costs, in a sentence: first the points of fit that cannot be counted without it."""
    total = sum((criterion.weight for criterion in criteria), Decimal(0))
    weight = sum((criterion.weight for criterion in criteria if criterion.field == gap.key), Decimal(0))
    if not total or not weight:
        return gap.cost
    points = round(100 * weight / total)
    return f"Fit cannot count {points} of its 100 points. {gap.cost}"
