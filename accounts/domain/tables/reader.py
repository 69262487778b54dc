"""From the cells of a row to the record that the API's readers take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from accounts.domain.tables import numbers, words
from accounts.domain.tables.fields import Field, Type, field_of
from accounts.domain.tables.numbers import Bad
from accounts.domain.tables.table import Row
from accounts.domain.tables.values import LEFT_OUT, clean, converter

_OUTCOMES = {value for value, _ in words.TITLES["outcome"]}


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


@dataclass(frozen=True, slots=True)
class _Column:
    number: int
    field: Field
    convert: Callable[[str], Any]


class Reader:
    """Turns rows into records: an empty cell is left out (what is stored stays), moments are RFC 3339 texts in the
    zone of the answers, amounts decimal texts, whole numbers and flags JSON's. Checks beyond the form of a cell (is
    it a domain? a known user?) are those of `abmops.rest.records` and the services; `column_of` leads their
    pointers back to a column. Columns mapped to a field that the kind has not are left out.
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
        self.answers = dict(answers or {})
        zone = ZoneInfo(self.answers.get("zone") or "UTC")
        self._columns: list[_Column] = []
        for number, name in sorted((int(key), value) for key, value in mapping.items()):
            field = field_of(kind, name) if name else None
            if field is not None and number < len(titles):
                self._columns.append(_Column(number, field, converter(field, number, self.answers, zone)))
        self.fields: dict[int, str] = {column.number: column.field.name for column in self._columns}
        stage = next((column.number for column in self._columns if column.field.name == "stage"), None)
        says = any(column.field.record == "outcome" for column in self._columns)
        self._stage = stage if kind == "opportunities" and not says else None

    def read(self, row: Row) -> Reading:
        """The record of one row."""
        errors = [
            self._error(problem.column, problem.detail)
            for problem in row.problems
            if problem.column is None or problem.column in self.fields
        ]
        spoiled = {error.column for error in errors}
        if None in spoiled:
            return Reading({}, tuple(errors))
        record: dict[str, Any] = {}
        for column in self._columns:
            cell = row.cells[column.number]
            text = clean(cell) if cell else ""
            if not text or column.number in spoiled:
                continue
            try:
                value = column.convert(text)
            except Bad as bad:
                errors.append(self._error(column.number, str(bad)))
                continue
            if value is not LEFT_OUT:
                _put(record, column.field, value)
                # What begins and ends with a digit has no mark of a currency.
                if column.field.type is Type.MONEY and not (text[0].isdigit() and text[-1].isdigit()):
                    record.setdefault("", numbers.figure(text).currency)
        self._finish(record, row)
        return Reading(record, tuple(errors))

    def _error(self, column: int | None, detail: str) -> CellError:
        if column is None:
            return CellError("", None, "", detail)
        name = self.fields[column]
        pointer = (
            f"/{name.partition('.')[0]}"
            if name.startswith(("name.", "outcome."))
            else "/" + name.replace(".", "/", 1)
        )
        return CellError(pointer, column, self.titles[column], detail)

    def _finish(self, record: dict[str, Any], row: Row) -> None:
        """What several columns say together: a name, an outcome, an amount's currency."""
        mark = record.pop("", "")
        parts = [record.pop(part, "") for part in ("name.first", "name.last")]
        if any(parts) and "name" not in record:
            record["name"] = " ".join(filter(None, parts))
        if ("amount" in record or "annual_revenue" in record) and "currency" not in record:
            code = mark or self.answers.get("currency", "")
            if code:
                record["currency"] = code
        if self.kind == "opportunities":
            self._finish_outcome(record, row)

    def _finish_outcome(self, record: dict[str, Any], row: Row) -> None:
        """An open opportunity's closing date is only hoped for: it is left out."""
        won, closed = record.pop("outcome.won", None), record.pop("outcome.closed", None)
        if "outcome" not in record:
            if won:
                record["outcome"] = "won"
            elif closed is not None:
                record["outcome"] = "lost" if closed else None
        if self._stage is not None and (text := clean(row.cells[self._stage])):
            value = self.answers.get(f"word.{self._stage}.{words.plain(text)}") or words.outcome_of_stage(
                text
            )
            if value in _OUTCOMES:
                record["outcome"] = None if value == words.NULL else value
        if "outcome" in record and record["outcome"] is None:
            record.pop("closed_at", None)

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


def _put(record: dict[str, Any], field: Field, value: Any) -> None:
    """A value under its field; the parts of one are put together."""
    head, _, rest = field.name.partition(".")
    if not rest:
        if field.type is Type.LIST:
            entries = [{"channel": one} for one in value] if head == "opt_outs" else value
            record[head] = [
                *record.get(head, ()),
                *(one for one in entries if one not in record.get(head, ())),
            ]
        else:
            record[head] = value
    elif head in ("external_ids", "properties"):
        record.setdefault(head, {})[rest] = value
    elif head == "stages":
        record.setdefault(head, []).append({"stage": rest, "at": value})
    elif head == "opt_outs":
        if value and {"channel": rest} not in record.get(head, ()):
            record.setdefault(head, []).append({"channel": rest})
    else:
        record[field.name] = value
