"""CSV: separators found on the quoted structure, lines counted as an editor counts them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from accounts.domain.tables import encodings
from accounts.domain.tables.table import (
    DELIMITERS,
    MOST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Problem,
    Row,
    Table,
    Unreadable,
    noted,
    titles_of,
)

_MOST_LINE = MOST_COLUMNS * (MOST_CELL + 3)
_SAMPLE = 256 * 1024
_SAMPLE_ROWS = 500
_TOLD = re.compile(r"\A\"?sep=([,;\t|])\"?\r?\n?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How records are written: the separator, whether blanks follow it, whether \\ stands before a quotation mark."""

    delimiter: str
    blanks: bool = False
    escaped: bool = False

    def reader(self, lines: Iterable[str]) -> Any:
        """The csv module's reader for it; faults in the quoting are raised, not smoothed over."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            skipinitialspace=self.blanks,
            doublequote=not self.escaped,
            escapechar="\\" if self.escaped else None,
            strict=True,
        )


def read(source: BinaryIO, *, encoding: str | None, delimiter: str | None) -> Table:
    """The table that a text file holds."""
    if delimiter is not None and delimiter not in DELIMITERS:
        raise Unreadable("The separator must be a comma, semicolon, tab or pipe.")
    used = encodings.chosen(source, encoding) if encoding else encodings.found_out(source)
    sample = _sample(source, used.codec)
    skip = 0
    if sample and (told := _TOLD.match(sample[0])):
        skip, delimiter = 1, delimiter or told[1]
    shape = _shape(sample[skip:], [delimiter] if delimiter else list(DELIMITERS))

    def records() -> Iterator[tuple[int, list[str], str]]:
        return _records(source, used.codec, shape, skip)

    first = next(records(), None)
    if first is None or not "".join(first[1]).strip("".join(DELIMITERS) + " ") + first[2]:
        raise Unreadable("The file is empty: it has no row with anything in it.")
    number, cells, fault = first
    if fault:
        raise Unreadable(f"Line {number} should hold the titles, but {fault}")
    header = header_of(cells)
    titles = titles_of(header)

    def rows() -> Iterator[Row]:
        found = records()
        next(found)
        for count, (number, cells, fault) in enumerate(found):
            if count >= MOST_ROWS:
                raise Unreadable(
                    f"The file has more than {MOST_ROWS:,} rows. Split it, and upload the parts one after another."
                )
            yield fitted(number, cells, titles, fault)

    return Table(
        "csv",
        header,
        rows,
        header_number=number,
        encoding=used.code,
        delimiter=shape.delimiter,
        notes=(*((used.note,) if used.note else ()), *noted(header)),
    )


def header_of(cells: list[str]) -> list[str]:
    """The titles, without the empty ones at the end that spreadsheets leave behind."""
    header = [" ".join(cell.replace("\0", "").split()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise Unreadable(
            f"The file has {len(header):,} columns; at most {MOST_COLUMNS} are read. Export only those you need."
        )
    long = next((title for title in header if len(title) > 500), None)
    if long is not None:
        raise Unreadable(
            f"The first row should hold short titles, but one begins with {long[:40]!r} and has {len(long):,} letters."
        )
    return header


def fitted(number: int, cells: list[str], titles: list[str], fault: str = "") -> Row:
    """A row as wide as the header, with what is wrong with it."""
    width = len(titles)
    if fault:
        return Row(number, [""] * width, (Problem(None, fault[0].upper() + fault[1:]),))
    problems: list[Problem] = []
    if len(cells) > width:
        beyond = next((place for place in range(width, len(cells)) if cells[place].strip()), None)
        if beyond is not None:
            problems.append(
                Problem(
                    None,
                    f"Has something in column {beyond + 1}, but the header ends with column {width}. Give that column "
                    "a title, or put quotation marks around the cell that holds a separator.",
                )
            )
        cells = cells[:width]
    elif len(cells) < width:
        problems.append(
            Problem(
                None,
                f"Has {len(cells)} of {width} cells. If a line break split a row in two, put quotation marks around "
                "the cell; else add the missing separators.",
            )
        )
        cells = [*cells, *[""] * (width - len(cells))]
    for column, cell in enumerate(cells):
        if "\0" in cell:
            cells[column] = cell.replace("\0", "")
            problems.append(Problem(column, "Holds a NUL character, which no text has. Delete it."))
        if len(cell) > MOST_CELL:
            cells[column] = cell[:MOST_CELL].replace("\0", "")
            problems.append(
                Problem(
                    column, f"Holds {len(cell):,} characters; at most {MOST_CELL:,} are read. Shorten it."
                )
            )
    return Row(number, cells, tuple(problems))


def _lines(source: BinaryIO, codec: str, *, skip: int = 0) -> Iterator[str]:
    """Line by line with their ends, whichever they are (LF, CR LF, CR alone)."""
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=codec, newline="")
    try:
        for number in itertools.count(1):
            line = text.readline(_MOST_LINE)
            if not line:
                return
            if len(line) >= _MOST_LINE:
                raise Unreadable(
                    f"Line {number} has more than {_MOST_LINE:,} characters. This is hardly a table."
                )
            if number > skip:
                yield line
    finally:
        text.detach()


def _records(source: BinaryIO, codec: str, shape: Shape, skip: int) -> Iterator[tuple[int, list[str], str]]:
    """The line a record begins on, its cells, and what is wrong with its quoting; records without a value left out."""
    reader = shape.reader(_lines(source, codec, skip=skip))
    while True:
        begins = reader.line_num + skip + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise Unreadable(
                    f"Line {begins} opens a quotation mark that is not closed. Close it; a quotation mark inside of a "
                    "cell is written twice."
                ) from None
            yield begins, [], _QUOTES
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield begins, cells, ""


_QUOTES = (
    "its quotation marks do not fit: text follows one that closes a cell. A quotation mark inside of a cell is written "
    "twice, and the cell between quotation marks."
)


def _sample(source: BinaryIO, codec: str) -> list[str]:
    """The first lines, enough to see the structure."""
    sample: list[str] = []
    size = 0
    for line in _lines(source, codec):
        sample.append(line)
        size += len(line)
        if size > _SAMPLE:
            break
    return sample


def _shape(sample: list[str], delimiters: list[str]) -> Shape:
    """The way of writing in which most records are as wide as the header."""
    text = "".join(sample)
    shapes = []
    for delimiter in delimiters:
        shapes.append(Shape(delimiter))
        if f'{delimiter} "' in text:
            shapes.append(Shape(delimiter, blanks=True))
        if '\\"' in text:
            shapes.append(Shape(delimiter, escaped=True))
    order = {delimiter: -place for place, delimiter in enumerate("\t;|,")}
    return max(shapes, key=lambda shape: (*_fit(shape, sample), order[shape.delimiter]))


def _fit(shape: Shape, sample: list[str]) -> tuple[bool, float, int, bool]:
    """How well a way of writing fits: does it make columns, in which share of records, how many, in how plain a way."""
    widths = list(itertools.islice(_widths(shape, sample), _SAMPLE_ROWS))
    if not widths:
        return False, 0.0, 0, not (shape.blanks or shape.escaped)
    header, body = widths[0], widths[1:]
    even = sum(1 for width in body if width == header) / len(body) if body else float(header > 0)
    several = sum(1 for width in body if width > 1) / len(body) if body else 1.0
    plain = not (shape.blanks or shape.escaped)
    return header > 1 and (even >= 0.5 or several > 0.5), round(even, 3), header, plain


def _widths(shape: Shape, sample: list[str]) -> Iterator[int]:
    reader = shape.reader(sample)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" not in str(error):
                yield -1
            continue
        if any(cell.strip() for cell in cells):
            yield len(cells)
