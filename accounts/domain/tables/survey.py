"""Before the first row is written: what the columns hold, decided by evidence, and what only a person can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from accounts.domain.currencies import currency
from accounts.domain.tables.columns import (
    DateColumn,
    IdColumn,
    NumberColumn,
    WordColumn,
)
from accounts.domain.tables.fields import Field, Type, field_of
from accounts.domain.tables.findings import Findings, Question, currency_question
from accounts.domain.tables.table import Table
from accounts.domain.tables.values import clean

_Kept = DateColumn | NumberColumn | WordColumn | IdColumn


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
    filled: Mapping[int, int] = field(default_factory=dict)


def survey(
    table: Table,
    kind: str,
    mapping: Mapping[int, str] | Mapping[str, str],
    *,
    answers: Mapping[str, str] | None = None,
    zone: str = "UTC",
) -> Survey:
    """One pass over all rows. `zone` is the IANA zone for times that name none, unless `answers["zone"]` says another.

    Keys of answers: `zone`; `currency` for amounts that do not say theirs; `dates.3` = `dmy` | `mdy`; `epoch.3` =
    `1900` | `1904`; `decimals.5` = `point` | `comma` (column numbers); `word.7.key account` = one of our words.
    Answers remembered from an earlier file may be given: proof in the file wins over them.
    """
    found = Findings(dict(answers or {}))
    found.answers["zone"] = found.answers.get("zone") or zone
    _check_zone(found, zone)
    titles = table.titles
    fields = _fields(kind, mapping, titles, found)
    kept = {
        number: one
        for number, item in fields.items()
        if (one := _keeper(table, titles, number, item, fields))
    }
    seers: list[tuple[int, Callable[[int, str], None] | None]] = [
        (number, kept[number].see if number in kept else None) for number in fields
    ]
    filled = dict.fromkeys(fields, 0)
    rows = 0
    for row in table.rows():
        rows += 1
        spoiled = {problem.column for problem in row.problems} if row.problems else ()
        if None in spoiled:
            continue
        for number, see in seers:
            text = row.cells[number]
            if text and not text.isspace():
                filled[number] += 1
                if see is not None and number not in spoiled and (text := clean(text)):
                    see(row.number, text)
    for one in kept.values():
        one.tell(found)
    _ask_currency(found, fields, kept)
    naive = [one.title for one in kept.values() if isinstance(one, DateColumn) and one.bare]
    if naive:
        found.notes.append(
            f"Times without a zone of their own are taken as those of {found.answers['zone']}."
        )
    return Survey(
        found.answers, tuple(found.questions), tuple(found.problems), tuple(found.notes), rows, filled
    )


def _check_zone(found: Findings, otherwise: str) -> None:
    try:
        ZoneInfo(found.answers["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.problems.append(
            f"There is no time zone called {found.answers['zone'][:40]}. Choose one of the list."
        )
        found.answers["zone"] = otherwise


def _fields(
    kind: str, mapping: Mapping[int, str] | Mapping[str, str], titles: list[str], found: Findings
) -> dict[int, Field]:
    """The columns that are mapped, in order; what is mapped to nothing known, or twice, is a problem."""
    fields: dict[int, Field] = {}
    taken: dict[str, str] = {}
    for number, name in sorted((int(key), value) for key, value in mapping.items()):
        if not name:
            continue
        if number >= len(titles) or number < 0:
            found.problems.append(
                f"The file has no column {number + 1}, which was to be read as {name[:60]}."
            )
            continue
        item = field_of(kind, name)
        if item is None:
            found.problems.append(
                f"“{titles[number]}” cannot be read as {name[:60]}: there is no such field."
            )
            continue
        if item.name in taken and item.type is not Type.LIST:
            found.problems.append(
                f"“{taken[item.name]}” and “{titles[number]}” are both to be read as “{item.title}”. Leave one out."
            )
            continue
        taken[item.name] = titles[number]
        fields[number] = item
    return fields


def _keeper(
    table: Table, titles: list[str], number: int, item: Field, fields: Mapping[int, Field]
) -> _Kept | None:
    """What watches a column of this type; None where a cell speaks for itself."""
    title = titles[number]
    match item.type:
        case Type.MOMENT:
            return DateColumn(number, title, bool(table.sheet))
        case Type.WHOLE | Type.MONEY | Type.NUMBER:
            return NumberColumn(number, title, item.type is Type.WHOLE)
        case Type.CHOICE:
            return WordColumn(number, title, item.words)
        case Type.ID:
            return IdColumn(number, title)
    if item.name == "stage" and not any(other.record == "outcome" for other in fields.values()):
        return WordColumn(number, title, "outcome", stages=True)
    return None


def _ask_currency(found: Findings, fields: Mapping[int, Field], kept: Mapping[int, _Kept]) -> None:
    """Amounts that name no currency, in a file that has no column for it."""
    if any(item.name == "currency" for item in fields.values()) or currency(
        found.answers.get("currency", "")
    ):
        return
    found.answers.pop("currency", None)
    for number, one in kept.items():
        if isinstance(one, NumberColumn) and fields[number].type is Type.MONEY and one.unmarked:
            found.questions.append(currency_question(one.title))
            return
