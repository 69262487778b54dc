"""Columns and filters that upper apps add to the accounts list: it shows scores without importing them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# The ids of one page of rows, and now -> what stands in each row's cell; one query, however many rows.
Cells = Callable[[Sequence[int], datetime], Mapping[int, "Cell"]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one row. `tone` is "", "warn", "bad" or "muted"; `plain` goes to a CSV."""

    text: str
    url: str = ""
    tone: str = ""
    strong: bool = False
    is_tag: bool = False
    title: str = ""
    plain: str | float | int = ""


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """`sort` is a path of the ORM from the account (`state__score`); empty: no sorting by it."""

    order: int
    name: str
    title: str = field(compare=False)
    cells: Cells = field(compare=False)
    sort: str = field(default="", compare=False)
    numeric: bool = field(default=True, compare=False)
    label: str = field(default="", compare=False)  # the title on a phone, where it differs; "-" for none
    empty: str = field(default="0", compare=False)  # what an account shows that the column says nothing of


# (queryset of accounts, the chosen values) -> the queryset narrowed to accounts with any of them.
Narrow = Callable[[Any, Sequence[str]], Any]


@dataclass(frozen=True, slots=True, order=True)
class Facet:
    """A filter with its choices: (value, label) pairs."""

    order: int
    name: str
    title: str = field(compare=False)
    choices: tuple[tuple[str, str], ...] = field(compare=False)
    narrow: Narrow = field(compare=False)


_columns: dict[str, Column] = {}
_facets: dict[str, Facet] = {}


def register(column: Column) -> None:
    """Add a column, once by name; called from an app's `ready()`."""
    _columns[column.name] = column


def register_facet(facet: Facet) -> None:
    """Add a filter, once by name; called from an app's `ready()`."""
    _facets[facet.name] = facet


def registered() -> list[Column]:
    """The columns, in order."""
    return sorted(_columns.values())


def facets() -> list[Facet]:
    """The filters, in order."""
    return sorted(_facets.values())
