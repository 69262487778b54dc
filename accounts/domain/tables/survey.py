"""Before the first row is written: what the columns hold, decided by evidence, and what only a person can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.domain.tables.table import Table


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a person can give: its value, and what it makes of the file's own cells, in words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the file does not say by itself. The answer goes into `answers` under `key`, one of `choices`' values."""

    key: str
    column: int | None
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the file found.

    `answers`: those given and those that the file itself decided, for the Reader. `questions`: what is still open;
    a run must wait for them. `problems`: sentences about whole columns that make a run pointless (the dates
    contradict each other, a column is mapped twice); none may be left. `notes`: what was decided, fit to show.
    `rows`: how many there are. `filled`: column -> how many of its cells hold something.
    """

    answers: dict[str, str]
    questions: tuple[Question, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: int = 0
    filled: Mapping[int, int] | None = None


def survey(
    table: Table,
    kind: str,
    mapping: Mapping[int, str] | Mapping[str, str],
    *,
    answers: Mapping[str, str] | None = None,
    zone: str = "UTC",
) -> Survey:
    """One pass over all rows. `zone` is the IANA zone for times that name none, unless `answers["zone"]` says another.

    Keys of answers: `zone`; `dates.3` = `dmy` | `mdy` | `ymd`; `decimals.5` = `point` | `comma` (column numbers).
    """
    given = dict(answers or {})
    given.setdefault("zone", zone)
    return Survey(given, rows=sum(1 for _ in table.rows()))
