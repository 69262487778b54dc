"""Cutting a stream of rows into lists, so that no more of it is in memory than one list."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Row = TypeVar("Row")


def in_slices(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in their order, `size` at a time; the last slice may be shorter, and none is empty."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part
