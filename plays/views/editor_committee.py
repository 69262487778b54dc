"""What the audience asks of the buying committee, as rows of the editor: laid out, and read from its form again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from plays.domain import vocabulary as words
from plays.domain.committee import ANY, Filter
from plays.domain.draft import Document
from plays.views.editor_fields import Input, Known, Maker
from plays.views.editor_reading import number_in, text_in, without_none

AT: Final = "audience-committee"
KINDS: Final = {
    "known": "How many people are known",
    "engaged": "How many people engaged",
    "gap": "A part that nobody plays",
}


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One thing that is asked of the committee, with its fields."""

    index: int
    kind: str
    title: str
    sentence: str
    inputs: Sequence[Input]

    @property
    def number(self) -> int:
        """Counted from 1."""
        return self.index + 1


def rows_of(make: Maker, read: Sequence[Filter], known: Known) -> Iterator[AskedRow]:
    """The rows as the document has them; `read`: what they say, where they are understood."""
    for index, item in enumerate((make.document.get("audience") or {}).get("committee") or ()):
        kind = "gap" if "gap" in item else "engaged" if "engaged_days" in item else "known"
        sentence = read[index].sentence if index < len(read) else ""
        inputs = (
            _gap(make, f"{AT}-{index}", item) if kind == "gap" else _people(make, index, item, known, kind)
        )
        yield AskedRow(index, kind, KINDS[kind], f"{sentence[:1].upper()}{sentence[1:]}.", inputs)


def _gap(make: Maker, at: str, item: Mapping[str, Any]) -> list[Input]:
    roles = {ANY: "Any part but a Blocker"} | words.COMMITTEE
    return [make.choice(f"{at}-gap", "Nobody known is", roles.items(), item["gap"])]


def _people(make: Maker, index: int, item: Mapping[str, Any], known: Known, kind: str) -> list[Input]:
    at, roles = f"{AT}-{index}", {"": "Any role"} | words.COMMITTEE
    inputs = [
        make.one(f"{at}-at_least", "At least", "number", item.get("at_least", 1), unit="people"),
        make.choice(f"{at}-role", "In the role", roles.items(), item.get("role", "")),
        make.one(
            f"{at}-persona", "Of the persona", "text", item.get("persona"),
            suggestions=known.personas, help="Empty: of any.",
        ),
        make.one(
            f"{at}-seniority", "Of the seniority", "text", item.get("seniority"),
            suggestions=known.seniorities, help="Empty: of any.",
        ),
    ]  # fmt: skip
    if kind == "engaged":
        inputs.append(
            make.one(
                f"{at}-engaged_days",
                "In the last",
                "number",
                item["engaged_days"],
                unit="days",
                help="1 to 90. They did something themselves: a visit, a registration, an answer.",
            )
        )
    return inputs


def from_form(form: QueryDict) -> list[Document]:
    """The rows as the form says them, in the API's shape."""
    rows: list[Document] = []
    while len(rows) < 20 and f"{AT}-{len(rows)}-kind" in form:
        at = f"{AT}-{len(rows)}"
        if form[f"{at}-kind"] == "gap":
            rows.append({"gap": text_in(form, f"{at}-gap", 40)})
            continue
        row: Document = {"at_least": number_in(form, f"{at}-at_least", empty=1)}
        row |= {name: text_in(form, f"{at}-{name}", 81) or None for name in ("role", "persona", "seniority")}
        if form[f"{at}-kind"] == "engaged":
            days = number_in(form, f"{at}-engaged_days")
            row["engaged_days"] = "" if days is None else days
        rows.append(without_none(row))
    return rows
