"""The filters of the accounts list and how many accounts of a view have each value: one scan, not one a filter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from abmops.lib import columns
from abmops.lib.choices import TIERS, Lifecycle, Phase
from accounts.domain.committee import WANTED_ROLES
from accounts.domain.countries import NAMES as COUNTRY_NAMES
from accounts.models import AccountFigures, Territory, User
from accounts.models.figures import lacking
from accounts.selectors.account_list import NONE, ROLE_NAMES, Wanted, in_view
from accounts.selectors.statement import statement

# Counted together; the order is that of the columns in the statement below.
COUNTED = ("tier", "phase", "owner_id", "territory_id", "lifecycle", "industry", "country")
# A menu of more than these would be searched, not read: the largest are offered, and those that are chosen.
OFFERED = 40


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a facet and how many accounts of the view have it; None where nobody counted."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetShown:
    """A facet as drawn."""

    name: str
    title: str
    options: tuple[Option, ...]

    @property
    def is_used(self) -> bool:
        """Whether the reader narrows by it."""
        return any(option.is_chosen for option in self.options)


def facets(wanted: Wanted, *, user: User, now: datetime) -> list[FacetShown]:
    """The filters of a view; the counts are of the whole view, so that other choices stay open. Four queries."""
    counts = _counts(wanted.view, user=user, now=now)
    gaps = _gaps(wanted.view, user=user, now=now)
    people = dict(User.objects.filter(pk__in=counts["owner_id"]).order_by("name").values_list("pk", "name"))
    lands = dict(Territory.objects.values_list("pk", "name"))
    by_size = {
        name: sorted((value for value in counts[name] if value), key=lambda value: -counts[name][value])
        for name in ("industry", "country")
    }
    choices: list[tuple[str, str, Iterable[tuple[str, str, int]]]] = [
        ("tier", "Tier", _of(counts["tier"], TIERS, "Not on the list")),
        ("phase", "Phase", _of(counts["phase"], Phase.choices)),
        ("owner", "Owner", _of(counts["owner_id"], people.items(), "Nobody (pool)")),
        ("territory", "Territory", _of(counts["territory_id"], lands.items(), "None")),
        ("lifecycle", "Lifecycle", _of(counts["lifecycle"], Lifecycle.choices)),
        ("industry", "Industry", _of(counts["industry"], _named(by_size["industry"], {}), "Not known")),
        (
            "country",
            "Country",
            _of(counts["country"], _named(by_size["country"], COUNTRY_NAMES), "Not known"),
        ),
        ("gap", "Gaps", [(role, ROLE_NAMES[role], gaps[role]) for role in WANTED_ROLES]),
    ]
    own = [_shown(name, title, wanted, found) for name, title, found in choices]
    return own + [
        _shown(facet.name, facet.title, wanted, ((value, label, None) for value, label in facet.choices))
        for facet in columns.facets()
    ]


def _gaps(view: str, *, user: User, now: datetime) -> Mapping[str, int]:
    """How many accounts lack each role. Of all accounts the figures tell alone."""
    if view == "all":
        return AccountFigures.objects.aggregate(
            **{role: Count("pk", filter=Q(roles__in=lacking(role))) for role in WANTED_ROLES}
        )
    return in_view(view, user=user, now=now).aggregate(
        **{role: Count("pk", filter=Q(figures__roles__in=lacking(role))) for role in WANTED_ROLES}
    )


def _counts(view: str, *, user: User, now: datetime) -> Mapping[str, dict[Any, int]]:
    """Every value of every counted column with its accounts, by GROUPING SETS over the view's own query."""
    base, params = statement(in_view(view, user=user, now=now).order_by().values_list(*COUNTED))
    names = ", ".join(COUNTED)
    sets = ", ".join(f"({name})" for name in COUNTED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT GROUPING({names}), {names}, count(*) FROM ({base}) v ({names}) "  # noqa: S608
            f"GROUP BY GROUPING SETS ({sets})",
            params,
        )
        lines = cursor.fetchall()
    counts: dict[str, dict[Any, int]] = {name: {} for name in COUNTED}
    for mask, *values, count in lines:
        # GROUPING has a bit a column, the first one highest, set for those that this line is not grouped by.
        place = next(at for at in range(len(COUNTED)) if not mask >> (len(COUNTED) - 1 - at) & 1)
        counts[COUNTED[place]][values[place]] = count
    return counts


def _of(
    counts: Mapping[Any, int], choices: Iterable[tuple[Any, Any]], without: str = ""
) -> list[tuple[str, str, int]]:
    found = [(str(value), str(label), counts.get(value, 0)) for value, label in choices]
    return [*found, (NONE, without, counts.get(None, 0) + counts.get("", 0))] if without else found


def _named(values: list[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, names.get(value, value)) for value in values]


def _shown(
    name: str, title: str, wanted: Wanted, choices: Iterable[tuple[str, str, int | None]]
) -> FacetShown:
    """What somebody has, and what is chosen, though nobody has it any more."""
    chosen = set(wanted.chosen.get(name, ()))
    options: list[Option] = []
    for value, label, count in choices:
        if value in chosen or ((count is None or count) and len(options) < OFFERED):
            options.append(Option(value, label, count, value in chosen))
    return FacetShown(name, title, tuple(options))
