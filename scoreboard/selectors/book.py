"""The whole scoreboard as of a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain import registry
from scoreboard.domain.bands import Band, Verdict, judge
from scoreboard.domain.catalogue import NUMBERS, cut
from scoreboard.domain.figures import NO_DATA, Figure, Scope
from scoreboard.models import NumberBand

Bands = Mapping[tuple[str, int | None], Band]


@dataclass(frozen=True, slots=True)
class Book:
    """Every number as of `at`, by key, in the catalogue's order."""

    at: datetime
    scope: Scope
    list_size: int
    figures: Mapping[str, Figure]
    bands: Bands

    def verdict(self, key: str, tier: int | None = None) -> Verdict:
        """How a number, or one tier's, stands to its band. `key` may name one urgency's part."""
        figure = self.figure(key) if tier is None else self.figure(key).by_tier.get(tier, NO_DATA)
        return judge(self.bands.get((key, tier)), None if figure.value is None else float(figure.value))

    def figure(self, key: str) -> Figure:
        """A number's figure; `signal_to_action_km_median_hours:hot` is the part of one urgency."""
        name, _, urgency = key.partition(":")
        figure = self.figures.get(name, NO_DATA)
        return figure.notes.get("by_urgency", {}).get(urgency, NO_DATA) if urgency else figure


def read_figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """Every number's figure as of `at`; a key whose app is not installed has no data."""
    found: dict[str, Figure] = {}
    for source in registry.sources():
        found |= source.figures(at, scope)
    return {key: found.get(key, NO_DATA) for key in NUMBERS}


def read_bands() -> dict[tuple[str, int | None], Band]:
    """The bands in force, by key and tier (None: the headline)."""
    return {(row.key, row.tier): row.as_band() for row in NumberBand.objects.all()}


def read_book(at: datetime, scope: Scope) -> Book:
    """The scoreboard: a fixed number of statements, whatever the number of rows."""
    figures = read_figures(at, scope)
    size = figures["coverage"].denominator or 0
    return Book(at, scope, int(size), figures, read_bands())


def parts(key: str, figure: Figure) -> dict[str, Figure]:
    """A number and its parts by urgency, each under its own key: what is kept and judged by itself."""
    by_urgency: Mapping[str, Figure] = figure.notes.get("by_urgency", {})
    return {key: figure} | {cut(key, urgency): part for urgency, part in by_urgency.items()}
