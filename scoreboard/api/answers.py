"""Figures as the API says them (design: API.md, Numbers): values as numbers, money as decimal strings."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings

from scoreboard.domain.bands import Band
from scoreboard.domain.catalogue import NUMBERS, Unit, cut
from scoreboard.domain.figures import Amount, Figure
from scoreboard.domain.windows import rfc3339
from scoreboard.selectors.book import Book

_FOR_THE_PAGE = frozenset({"curves"})
_PLACES = Decimal("0.0001")


def unit_of(key: str) -> str:
    """The word for a number's unit; the currency's code for money."""
    unit = NUMBERS[key].unit
    return str(settings.BASE_CURRENCY) if unit is Unit.MONEY else unit.value


def book_json(book: Book) -> dict[str, Any]:
    """The whole answer."""
    return {
        "as_of": rfc3339(book.at),
        "list_size": book.list_size,
        "currency": settings.BASE_CURRENCY,
        "numbers": {key: number_json(key, figure, book) for key, figure in book.figures.items()},
    }


def number_json(key: str, figure: Figure, book: Book) -> dict[str, Any]:
    """One number with its tiers and notes."""
    answer = _bare(key, figure, book.bands.get((key, None)))
    answer["by_tier"] = {
        str(tier): _bare(key, part, book.bands.get((key, tier))) for tier, part in figure.by_tier.items()
    }
    for name, note in figure.notes.items():
        if name in _FOR_THE_PAGE:
            continue
        answer[name] = _note(key, name, note, book)
    return answer


def _note(key: str, name: str, note: Any, book: Book) -> Any:
    if name == "by_urgency":
        return {urgency: _urgency(key, urgency, part, book) for urgency, part in note.items()}
    if isinstance(note, Figure):
        return _bare(key, note, None)
    return money(note) if isinstance(note, Decimal) else note


def _urgency(key: str, urgency: str, figure: Figure, book: Book) -> dict[str, Any]:
    name = cut(key, urgency)
    answer = _bare(key, figure, book.bands.get((name, None)))
    answer["by_tier"] = {
        str(tier): _bare(key, part, book.bands.get((name, tier))) for tier, part in figure.by_tier.items()
    }
    return answer | {name: note for name, note in figure.notes.items() if not isinstance(note, Mapping)}


def _bare(key: str, figure: Figure, band: Band | None) -> dict[str, Any]:
    return {
        "value": plain(figure.value),
        "numerator": plain(figure.numerator),
        "denominator": plain(figure.denominator),
        "unit": unit_of(key),
        "band": band.as_json() if band else None,
    }


def plain(amount: Amount | None) -> float | int | str | None:
    """Decimals are money and go as strings; everything else is a number."""
    return money(amount) if isinstance(amount, Decimal) else amount


def money(amount: Decimal) -> str:
    """Four decimals, as the database keeps money."""
    return str(amount.quantize(_PLACES, rounding=ROUND_HALF_UP))
