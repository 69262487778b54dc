"""What a file is once it is open: a header, and rows one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from abmops.lib.errors import Refused

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_CELL = 32_768  # characters; Excel's own limit is one less

# What a person may choose from, most likely first: the code that `read` takes, and its name.
ENCODINGS: dict[str, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Excel's “Unicode text”)",
    "cp1252": "Windows-1252 (Western Europe)",
    "iso8859-1": "Latin-1 (ISO 8859-1)",
    "iso8859-15": "Latin-9 (ISO 8859-15)",
    "mac_roman": "Mac Roman (old Excel for Mac)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp932": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "big5": "Big5 (Chinese, traditional)",
    "cp949": "EUC-KR (Korean)",
}
DELIMITERS: dict[str, str] = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Pipe"}


class Unreadable(Refused):
    """The file as a whole cannot be read. The message names the place where there is one, and says the cure."""

    code = "unreadable_file"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a row as it stands in the file. `column` None: the row as a whole must not be taken."""

    column: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the line it begins on, as an editor or spreadsheet counts (the header is usually 1).

    `cells` are as many as the header's titles. A problem of a column that is left out of the mapping harms nothing.
    """

    number: int
    cells: list[str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    hidden: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Table:
    """An open file. It stands on `source`, which the caller keeps open; one run over the rows at a time.

    `header`: the titles as the file has them, trimmed; may be empty or repeat. `titles`: the same, fit to show and
    each once. `encoding` and `delimiter` are "" for a workbook, `sheet` is "" for a CSV. `notes`: sentences about
    how it was read that a person should see before trusting it (a guess, a repeated title, a hidden sheet).
    """

    kind: str
    header: list[str]
    _rows: Callable[[], Iterator[Row]] = field(repr=False)
    header_number: int = 1
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[Sheet, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def titles(self) -> list[str]:
        return titles_of(self.header)

    def rows(self) -> Iterator[Row]:
        """The rows under the header, from the first; may be called again. Rows without any value are left out.

        Raises Unreadable in the middle: a row too many, a quotation mark that is never closed, a broken archive.
        """
        return self._rows()


def titles_of(header: Sequence[str]) -> list[str]:
    """The titles, fit to show: an empty one by its place, a repeated one numbered."""
    taken: set[str] = set()
    titles = []
    for number, text in enumerate(header, start=1):
        title = plain = text or f"Column {number}"
        count = 1
        while title.casefold() in taken:
            count += 1
            title = f"{plain} ({count})"
        taken.add(title.casefold())
        titles.append(title)
    return titles


def noted(header: Sequence[str]) -> list[str]:
    """What a person should know about this header."""
    notes = []
    counts = Counter(text.casefold() for text in header if text)
    twice = sorted({text for text in header if counts[text.casefold()] > 1})
    if twice:
        notes.append(
            f"More than one column is called {listed(twice)}. Choose for each of them what it holds, or leave it out."
        )
    bare = [str(number) for number, text in enumerate(header, start=1) if not text]
    if bare:
        notes.append(
            f"Column {listed(bare)} has no title."
            if len(bare) == 1
            else f"Columns {listed(bare)} have no title."
        )
    return notes


def listed(words: Sequence[str], most: int = 5) -> str:
    """Some words in a sentence: "a, b and c", and how many more."""
    shown = list(words[:most])
    if len(words) > most:
        return f"{', '.join(shown)} and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""
