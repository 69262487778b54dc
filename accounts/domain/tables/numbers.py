"""Numbers as people and programs write them: which sign is the decimal one is a column's question, not a cell's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from accounts.domain import currencies

POINT, COMMA = "point", "comma"
_SIGNS = {POINT: ".", COMMA: ","}
_BLANKS = " \u00a0\u2009\u202f'\u2019\u02bc"
_NUMBER = re.compile(rf"\d[\d.,{_BLANKS}]*")
_GROUPED = re.compile(rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+")
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?E[-+]?\d{1,3}", re.IGNORECASE)
_RANGE = re.compile(r"[<>≥≤~]\s*\d|\d\s*(?:[-\u2013+]|to|bis)\s*\d*\+?\s*$|\d\+", re.IGNORECASE)
_SIZED = re.compile(r"\d\s*(?:k|m|mm|mn|mio\.?|mrd\.?|bn|b|million|billion|thousand|tsd\.?)$", re.IGNORECASE)
_MARKS = {
    "€": "EUR",
    "£": "GBP",
    "US$": "USD",
    "CA$": "CAD",
    "A$": "AUD",
    "R$": "BRL",
    "zł": "PLN",
    "₹": "INR",
    "₺": "TRY",
}
_UNCLEAR_WORDS = ("kr", "kr.", "fr", "fr.")


class Bad(Exception):
    """A cell that cannot be read as what its column holds; a sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number taken apart: its digits with signs as written, what goes before them, the currency mark beside it."""

    digits: str
    negative: bool = False
    mark: str = ""

    @property
    def currency(self) -> str:
        """The currency that the mark stands for beyond doubt; "" for none, and for $, ¥ and kr."""
        return _MARKS.get(self.mark, "") or currencies.currency(self.mark) or ""


def figure(text: str) -> Figure:
    """Take a number apart. Raises Bad where it is no one number."""
    if _SCIENTIFIC.fullmatch(text):
        raise Bad(
            f"{text} is how Excel shortens a long number; its digits are lost. Format the column as a number without "
            "decimals in the original, and save it again."
        )
    if text.endswith("%"):
        raise Bad(f"{text[:40]} is a percentage. Write the number itself.")
    negative = False
    rest = text
    if rest.startswith("(") and rest.endswith(")"):
        negative, rest = True, rest[1:-1]
    found = _NUMBER.search(rest)
    if not found:
        raise Bad(f"“{text[:40]}” is no number. Write it with digits, or empty the cell.")
    digits = found[0].rstrip(_BLANKS + ".,")
    before = rest[: found.start()].strip(_BLANKS)
    after = rest[found.start() + len(digits) :].strip(_BLANKS)
    if after.startswith(("-", "\u2013", ".-", ".\u2013", ",-")) and not any(
        letter.isdigit() for letter in after
    ):
        after = after.lstrip(".,-\u2013")  # 1200.- as in Switzerland
    for sign in "-\u2212":
        if sign in before[:1] or sign in before[-1:]:
            negative, before = True, before.strip(sign + _BLANKS)
    before = before.removeprefix("+").strip(_BLANKS)
    mark = before or after
    if (before and after) or (mark and not _is_mark(mark)):
        raise Bad(_odd(text))
    return Figure(digits, negative, mark)


def _odd(text: str) -> str:
    if _SIZED.search(text):
        return f"“{text[:40]}” is shortened. Write the number in full, like 1200000."
    if _RANGE.search(text):
        return f"“{text[:40]}” is a range. Write one number."
    return f"“{text[:40]}” is no number. Write it with digits only."


def _is_mark(mark: str) -> bool:
    return (
        mark in _MARKS
        or mark.casefold() in _UNCLEAR_WORDS
        or bool(currencies.currency(mark))
        or all(unicodedata.category(letter) == "Sc" for letter in mark)
    )


@dataclass(frozen=True, slots=True)
class Look:
    """What one cell says about its column: which sign it proves to be the decimal one, or that it fits both."""

    proves: str = ""
    unclear: bool = False


def look(digits: str, *, whole: bool = False) -> Look:
    """What the digits of a number prove. 1.234 proves nothing, 1.5 and 1,234.5 a decimal point, 1.234.567 a comma.

    In a column of `whole` numbers 1.234 can only be grouped; 12.000 may be grouped, or a float of 12.
    """
    grouped = _GROUPED.match(digits)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return Look(POINT if digits.rfind(".") > digits.rfind(",") else COMMA)
    if not points and not commas:
        return Look()
    sign, other = (POINT, COMMA) if points else (COMMA, POINT)
    if points + commas > 1:
        return Look(other)
    left, right = re.split("[.,]", digits)
    if len(right) != 3 or len(left) > 3 or left in ("", "0") or grouped:
        return Look(sign)
    return Look(other) if whole and right != "000" else Look(unclear=True)


def number(digits: str, decimal: str) -> Decimal:
    """The number, with `decimal` (point or comma) as the decimal sign. Raises Bad where the groups do not fit."""
    sign = _SIGNS[decimal or POINT]
    group = "," if sign == "." else "."
    head, _, tail = digits.partition(sign)
    if sign in tail or group in tail or any(blank in tail for blank in _BLANKS):
        raise Bad(_misplaced(digits, sign))
    parts = re.split(f"[{_BLANKS}]|{re.escape(group)}", head)
    if len(parts) > 1 and not _are_groups(parts):
        raise Bad(_misplaced(digits, sign))
    return Decimal("".join(parts) + (f".{tail}" if tail else ""))


def _are_groups(parts: list[str]) -> bool:
    """Groups of three, or as in India: of two with three at the end."""
    if not 1 <= len(parts[0]) <= 3 or len(parts[-1]) != 3:
        return False
    middle = {len(part) for part in parts[1:-1]}
    return middle <= {3} or (middle <= {2} and len(parts[0]) <= 2)


def _misplaced(digits: str, sign: str) -> str:
    name = "point" if sign == "." else "comma"
    return f"“{digits[:40]}” is no number with a decimal {name}, as this column has them. Write it like the others."


def written(value: Decimal) -> str:
    """A decimal text without an exponent and without idle zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
