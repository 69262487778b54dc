"""Headings of a table that sort it: a link that orders by the column, and pressed again the other way round."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's title. `url` is empty where it does not sort; `aria` says how the table is sorted by it now."""

    title: str
    url: str = ""
    aria: str = ""
    name: str = ""
    is_number: bool = False


def heading(
    name: str, title: str, *, query: QueryDict, sort: str, down_first: bool = False, is_number: bool = False
) -> Heading:
    """The heading of a column that sorts: the page's address with its name as `sort`, a minus before it for downwards.

    `sort` is the order of now. `down_first`: the first press begins with the largest. Sorting leads back to page one.
    """
    is_sorted, is_down = sort.removeprefix("-") == name, sort.startswith("-")
    down = not is_down if is_sorted else down_first
    params = query.copy()
    params["sort"] = f"-{name}" if down else name
    params.pop("page", None)
    aria = ("descending" if is_down else "ascending") if is_sorted else ""
    return Heading(title, f"?{params.urlencode()}", aria, name, is_number)
