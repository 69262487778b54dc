"""One cell as the value of its field: what Excel and exporters do to texts undone where that is certain, else told."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from accounts.domain.tables import dates, numbers, words
from accounts.domain.tables.fields import Field, Type
from accounts.domain.tables.numbers import Bad

# The inverse of abmops/ui/csvs.py: the apostrophe that our own exports put before what a spreadsheet would run.
_KEPT_FROM_RUNNING = re.compile(
    r"(?:\A'(?=[ \u00a0\u3000\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
    r"|(?<=[\r\n])'(?=[ \u00a0\u3000\ufeff]*[=+\-@\t\uff1d\uff0b\uff0d\uff20]))"
)
_AS_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"[=\uff1d]\s*[-+]?[A-Za-z0-9_$(\"'{]")
_ERROR = re.compile(
    r"#(?:N/?A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|BEZUG!|WERT!|NV)"
    r"|#GETTING_DATA|#{4,}",
    re.IGNORECASE,
)
_LONG = re.compile(r"[-+]?\d(?:[.,]\d+)?E\+\d{2,3}")
_TURNED = re.compile(
    r"\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}",
    re.IGNORECASE,
)
_SIGNS = (numbers.POINT, numbers.COMMA)
_ORDERS = (dates.DMY, dates.MDY)
_WITH_COMMA = re.compile(r"\s*[;|\n,]\s*")
_WITHOUT_COMMA = re.compile(r"\s*[;|\n]\s*")


class Meant(str):
    """A text that was marked as text: what looks like a formula or an error in it is meant so."""

    __slots__ = ()


def clean(cell: str) -> str:
    """The cell without blanks around it, and without what marks it as text for a spreadsheet (' and ="...")."""
    text = cell.strip(" \u00a0\ufeff")
    if text.startswith("'") or "\n'" in text or "\r'" in text:
        bare = _KEPT_FROM_RUNNING.sub("", text).strip()
        return Meant(bare) if text[0] == "'" and bare[:1] != "'" else bare
    if text.startswith('="') and (whole := _AS_TEXT.fullmatch(text)):
        return Meant(whole[1].strip())
    return text.strip()


def damage(text: str) -> str:
    """What a spreadsheet has done to a text beyond repair, with the cure; "" for a sound one."""
    if isinstance(text, Meant):
        return ""
    if text[0] in "#=\uff1d":
        if _ERROR.fullmatch(text):
            return f"Holds the spreadsheet error {text[:20]}. Correct the formula, or empty the cell."
        if _FORMULA.match(text):
            return f"Holds a formula ({text[:40]}) instead of its result. Paste the column as values, and save again."
        return ""
    if len(text) > 12 or not (text[0].isdigit() or text[-1].isdigit() or "-" in text):
        return ""
    if _LONG.fullmatch(text):
        return (
            f"{text} is how Excel shortens a long number; its digits are lost. Format the column as text before the "
            "file is opened in Excel, or export it again and do not save it there."
        )
    if _TURNED.fullmatch(text):
        return (
            f"{text} is what Excel makes of a text that looks like a date to it (1-10, 2/1). Write what stood there "
            "before, in a column that is formatted as text."
        )
    return ""


def converter(field: Field, column: int, answers: Mapping[str, str], zone: ZoneInfo) -> Callable[[str], Any]:
    """The function from a clean, filled cell to the field's value in JSON's terms. It raises Bad with the cure."""
    match field.type:
        case Type.WHOLE:
            return _whole(_one_of(_SIGNS, answers, f"decimals.{column}"))
        case Type.MONEY | Type.NUMBER:
            return _money(_one_of(_SIGNS, answers, f"decimals.{column}"))
        case Type.MOMENT:
            order = _one_of(_ORDERS, answers, f"dates.{column}")
            return _moment(order, answers.get(f"epoch.{column}", ""), zone)
        case Type.FLAG:
            return _flag
        case Type.CHOICE:
            return _choice(field, column, answers)
        case Type.LIST:
            return _list(field)
        case Type.ID:
            return _id(cut=answers.get(f"ids.{column}") == "whole")
        case Type.TEXT:
            return _currency if field.name == "currency" else _text


def _one_of(known: Container[str], answers: Mapping[str, str], key: str) -> str:
    """An answer, where it is one that can be given."""
    answer = answers.get(key, "")
    return answer if answer in known else ""


def _text(text: str) -> str:
    fault = damage(text)
    if fault:
        raise Bad(fault)
    return str(text)


def _currency(text: str) -> str:
    """A code as it is; a sign where it stands for one currency only."""
    if text.isascii() and text.isalpha():
        return text
    return numbers.Figure("", mark=_text(text)).currency or text


def _id(*, cut: bool) -> Callable[[str], str]:
    def read(text: str) -> str:
        return _text(text).removesuffix(".0") if cut else _text(text)

    return read


def _figure(text: str, decimal: str) -> str:
    fault = damage(text)
    if fault:
        raise Bad(fault)
    figure = numbers.figure(text)
    if not decimal and numbers.look(figure.digits).unclear:
        raise Bad(f"“{text[:40]}” may be read in two ways. Say for the column what its decimal sign is.")
    seen = numbers.look(figure.digits).proves
    value = numbers.number(figure.digits, decimal or seen)
    return numbers.written(-value if figure.negative else value)


def _whole(decimal: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 16:
            return int(text)
        value = _figure(text, decimal)
        if "." in value:
            raise Bad(f"“{text[:40]}” is no whole number. Round it.")
        return int(value)

    return read


def _money(decimal: str) -> Callable[[str], str]:
    return lambda text: _figure(text, decimal)


def _moment(order: str, epoch: str, zone: ZoneInfo) -> Callable[[str], str]:
    def read(text: str) -> str:
        fault = damage(text)
        if fault:
            raise Bad(fault)
        return dates.moment(text, order=order, epoch=epoch, zone=zone)

    return read


def _flag(text: str) -> bool:
    found = words.flag(text)
    if found is None:
        raise Bad(_text(text) and f"“{text[:40]}” is neither yes nor no. Write yes or no.")
    return found


def _choice(field: Field, column: int, answers: Mapping[str, str]) -> Callable[[str], Any]:
    whole = field.words == "tier"
    may_be = {value for value, _ in words.TITLES[field.words]} | {words.LEAVE_OUT}

    def read(text: str) -> Any:
        value = words.translate(field.words, text)
        if value is None:
            value = _one_of(may_be, answers, f"word.{column}.{words.plain(text)}") or None
        if value is None:
            known = ", ".join(title for _, title in words.TITLES[field.words])
            raise Bad(_text(text) and f"“{text[:40]}” is not known here. Write one of: {known}.")
        if value == words.LEAVE_OUT:
            return LEFT_OUT
        if value == words.NULL:
            return None
        return int(value) if whole else value

    return read


# What a converter gives for a cell that a person has said to leave out.
LEFT_OUT = object()


def _list(field: Field) -> Callable[[str], list[str]]:
    bare = field.name == "technologies"

    def read(text: str) -> list[str]:
        split = _WITHOUT_COMMA if bare and re.search(r"[;|\n]", text) else _WITH_COMMA
        found = list(dict.fromkeys(_text(part) for part in split.split(text) if part))
        if not field.words:
            return found
        values = []
        for part in found:
            value = words.translate(field.words, part)
            if value is None:
                known = ", ".join(title for _, title in words.TITLES[field.words])
                raise Bad(f"“{part[:40]}” is not known here. Write some of: {known}.")
            values.append(value)
        return values

    return read
