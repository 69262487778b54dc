"""Files that people bring, read row by row: CSV and XLSX, whatever wrote them, in bounded memory.

    table = read(source, "companies.csv")             # Unreadable: a sentence why not
    guesses = suggest("accounts", table.header)       # column number -> field, and how sure
    mapping = {n: guess.field for n, guess in guesses.items()}
    found = survey(table, "accounts", mapping, answers={}, zone="Europe/Berlin")
    found.questions                                   # what only a person can say: ask, then survey again
    reader = Reader("accounts", table.titles, mapping, found.answers)
    for row in table.rows():
        reading = reader.read(row)                    # .record for abmops.rest.records, .errors by column

Columns are numbered from 0 in `header`, `titles`, `cells`, mappings and problems. `mapping` holds column number ->
field name; "" or a missing column leaves it out. Keys of a mapping that came back from JSON may be texts ("3").
`answers` is a plain {text: text}: keep it with the mapping (it is what the next file of this header starts from).
"""

from accounts.domain.tables.fields import KINDS, Field, Type, field_of, fields_of
from accounts.domain.tables.findings import Choice, Question
from accounts.domain.tables.mapping import Guess, learn, suggest
from accounts.domain.tables.opening import read
from accounts.domain.tables.reader import CellError, Reader, Reading
from accounts.domain.tables.survey import Survey, survey
from accounts.domain.tables.table import (
    DELIMITERS,
    ENCODINGS,
    MOST_BYTES,
    MOST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Problem,
    Row,
    Sheet,
    Table,
    Unreadable,
)

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "KINDS",
    "MOST_BYTES",
    "MOST_CELL",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "CellError",
    "Choice",
    "Field",
    "Guess",
    "Problem",
    "Question",
    "Reader",
    "Reading",
    "Row",
    "Sheet",
    "Survey",
    "Table",
    "Type",
    "Unreadable",
    "field_of",
    "fields_of",
    "learn",
    "read",
    "suggest",
    "survey",
]
