"""From the cells of a row to the record that the API's readers take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.domain.tables.table import Row


@dataclass(frozen=True, slots=True)
class CellError:
    """One wrong cell: where it goes in the record (a JSON pointer), its column, the column's title, and the cure.

    `column` None is the row as a whole. These are the entries of `ImportRow.errors`: see `as_json`.
    """

    pointer: str
    column: int | None
    title: str
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "column": self.column, "title": self.title, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Reading:
    """A row as a record of JSON values, and what was wrong with it. A row with errors is not to be written."""

    record: dict[str, Any]
    errors: tuple[CellError, ...] = ()


class Reader:
    """Turns rows into records: an empty cell is left out (what is stored stays), moments are RFC 3339 texts in the
    zone of the answers, amounts decimal texts, whole numbers and flags JSON's. Checks beyond the form of a cell (is
    it a domain? a known user?) are those of `abmops.rest.records` and the services; `column_of` leads their
    pointers back to a column.
    """

    def __init__(
        self,
        kind: str,
        titles: Sequence[str],
        mapping: Mapping[int, str] | Mapping[str, str],
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.titles = titles
        self.fields = {int(column): name for column, name in mapping.items() if name}
        self.answers = dict(answers or {})

    def read(self, row: Row) -> Reading:
        """The record of one row."""
        record = {name: row.cells[column] for column, name in self.fields.items() if row.cells[column]}
        errors = tuple(
            CellError(
                "",
                problem.column,
                "" if problem.column is None else self.titles[problem.column],
                problem.detail,
            )
            for problem in row.problems
            if problem.column is None or problem.column in self.fields
        )
        return Reading(record, errors)

    def column_of(self, pointer: str) -> int | None:
        """The column that an error of the record's readers is about: /annual_revenue, /external_ids/hubspot,
        /stages/0/at; None where no column holds it.
        """
        name = pointer.strip("/").replace("/", ".")
        for column, field in self.fields.items():
            if field == name:
                return column
        first = name.partition(".")[0]
        return next(
            (column for column, field in self.fields.items() if field.partition(".")[0] == first), None
        )
