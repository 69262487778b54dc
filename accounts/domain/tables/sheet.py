"""The cells of a sheet as texts: true dates in ISO 8601, numbers without float noise, what Excel damaged named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from accounts.domain.tables.archive import Book, plain
from accounts.domain.tables.table import MOST_COLUMNS, Problem, Unreadable

_DIGITS_KEPT = 15
_LOOKS_GROUPED = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_MOST_PLACES = 16_384
_MOST_TEXT = 1_000_000


@dataclass(slots=True)
class Line:
    """One row of a sheet that has anything in it; its cells from column 0 to the last that is filled."""

    number: int
    cells: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Cells(ContentHandler):
    """Builds lines from a sheet's XML as it comes; `ready` hands over those that are complete."""

    def __init__(self, book: Book, texts: list[str]) -> None:
        super().__init__()
        self._book, self._texts = book, texts
        self._epoch = CALENDAR_MAC_1904 if book.since_1904 else CALENDAR_WINDOWS_1900
        self._done: list[Line] = []
        self._line = Line(0)
        self._column = -1
        self._kind = self._style = ""
        self._formula = False
        self._value: str | None = None
        self._pieces: list[str] | None = None
        self._aside = False
        self._size = 0

    def ready(self) -> list[Line]:
        """The lines finished since the last call."""
        done, self._done = self._done, []
        return done

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  (SAX's name)
        local = name.rpartition(":")[2] if ":" in name else name
        if local == "c":
            place = attrs.get("r")
            self._column = column_of(place) if place else self._column + 1
            self._kind, self._style = attrs.get("t", "n"), attrs.get("s", "0")
            self._formula, self._value = False, None
        elif local == "v" or (local == "t" and not self._aside):
            self._pieces, self._size = [], 0
        elif local == "f":
            self._formula = True
        elif local == "row":
            number = attrs.get("r")
            self._line = Line(int(number) if number else self._line.number + 1)
            self._column = -1
        elif local == "rPh":
            self._aside = True

    def characters(self, content: str) -> None:
        if self._pieces is not None:
            self._pieces.append(content)
            self._size += len(content)
            if self._size > _MOST_TEXT:
                raise Unreadable(
                    f"A cell in row {self._line.number} holds more text than a cell can. Shorten it."
                )

    def endElement(self, name: str) -> None:  # noqa: N802  (SAX's name)
        local = name.rpartition(":")[2] if ":" in name else name
        if local in ("v", "t"):
            if self._pieces is not None:
                self._value = (self._value or "") + "".join(self._pieces)
                self._pieces = None
        elif local == "c":
            self._close_cell()
        elif local == "row":
            if any(cell and not cell.isspace() for cell in self._line.cells) or self._line.problems:
                self._done.append(self._line)
        elif local == "rPh":
            self._aside = False

    def _close_cell(self) -> None:
        if self._value is None and not self._formula:
            return
        if not 0 <= self._column < _MOST_PLACES:
            raise Unreadable("The sheet has a cell beyond the last column that a sheet can have.")
        text, fault = self._read()
        cells = self._line.cells
        if text and len(cells) <= self._column:
            cells.extend([""] * (self._column - len(cells)))
            cells.append(text)
        elif text:
            cells[self._column] = text
        if fault and self._column < MOST_COLUMNS and len(self._line.problems) < MOST_COLUMNS:
            self._line.problems.append(Problem(self._column, fault))

    def _read(self) -> tuple[str, str]:
        """The cell as a text, and what is wrong with it."""
        value = self._value
        if value is None or (self._formula and not value and self._kind != "str"):
            return "", (
                "Holds a formula without a result. Open the workbook in a spreadsheet program and save it again, or "
                "paste the column as values."
            )
        match self._kind:
            case "s":
                return self._texts[int(value)], ""
            case "n":
                return self._number(value)
            case "b":
                return ("true" if value.strip() in ("1", "true") else "false"), ""
            case "e":
                return value, f"Holds Excel's error {value[:20]}. Correct the formula, or empty the cell."
            case "d":
                return iso(datetime.fromisoformat(value)), ""
            case _:
                return plain(value), ""

    def _number(self, value: str) -> tuple[str, str]:
        style = int(self._style)
        if not value.strip():
            return "", ""
        if style in self._book.dates or style in self._book.spans:
            try:
                return iso(from_excel(float(value), self._epoch, timedelta=style in self._book.spans)), ""
            except (OverflowError, ValueError):
                return value, "Is shown as a date, but its number is none. Write the date again."
        return number_text(value)


def number_text(value: str) -> tuple[str, str]:
    """A stored number as Excel shows it at full width, and what is wrong with it.

    Exactly three decimals get a fourth (1.2340): no reader may then take the point for a thousands mark.
    """
    number = Decimal(value.strip())
    if not number.is_finite():
        return value, "Is no finite number."
    if abs(number) >= Decimal(10) ** _DIGITS_KEPT:
        return f"{number:f}" if abs(number) < Decimal(10) ** 40 else value, (
            f"Excel keeps only {_DIGITS_KEPT} digits of a number, so the end of this one is lost. Format the column as "
            "text before the ids are pasted into it, or export the ids again as CSV."
        )
    text = f"{Decimal(f'{float(number):.{_DIGITS_KEPT}g}'):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + "0" if _LOOKS_GROUPED.fullmatch(text) else ("0" if text == "-0" else text), ""


def iso(value: datetime | date | time | timedelta) -> str:
    """A date, moment or time of day in ISO 8601, to the second; midnight is left off."""
    if isinstance(value, datetime):
        near = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return f"{near:%Y-%m-%d}" if near.time() == time() else near.isoformat()
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def column_of(place: str) -> int:
    """The column of a place like C12, from 0."""
    number = 0
    for letter in place:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
        if number > _MOST_PLACES:
            break
    return number - 1
