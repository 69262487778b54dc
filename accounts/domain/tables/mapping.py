"""Which column holds what, by its title: our own exports, HubSpot's and Salesforce's, and plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.domain.tables.fields import field_of


@dataclass(frozen=True, slots=True)
class Guess:
    """The field a column probably holds. `sure` is False where the title could mean something else: show it so."""

    field: str
    sure: bool = True


def suggest(kind: str, header: Sequence[str]) -> dict[int, Guess]:
    """Column number -> guess; no field is given to two columns. Columns that nothing is known of are not in it."""
    found: dict[int, Guess] = {}
    for column, title in enumerate(header):
        name = title.strip().lower().replace(" ", "_")
        if field_of(kind, name) and name not in {guess.field for guess in found.values()}:
            found[column] = Guess(name)
    return found
