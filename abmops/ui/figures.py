"""Numbers in words: money, shares, counts. Pure; a figure that is not known is `no data`, never 0."""

from decimal import ROUND_HALF_UP, Decimal

NO_DATA = "no data"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
HARD_SPACE = "\u00a0"
MINUS = "\u2212"


def grouped(number: int | Decimal) -> str:
    """Whole thousands marked: `2,400`."""
    return f"{number:,}"


def money(amount: Decimal | int | str | None, currency: str) -> str:
    """An amount with its currency, `€186,000`, `SEK 250.50`; cents only where there are any, below 1,000."""
    if amount is None or amount == "":
        return NO_DATA
    value = Decimal(amount)
    sign = MINUS if value < 0 else ""
    value = abs(value)
    cents = value != value.to_integral_value() and value < 1000
    rounded = value.quantize(Decimal("0.01") if cents else Decimal(1), rounding=ROUND_HALF_UP)
    return f"{sign}{_unit(currency)}{grouped(rounded)}"


def money_short(amount: Decimal | int | str | None, currency: str) -> str:
    """The same to three figures for a tight place: `€410 M`, `€8.42 M`, `$96 k`."""
    if amount is None or amount == "":
        return NO_DATA
    value = Decimal(amount)
    sign = MINUS if value < 0 else ""
    value = abs(value)
    for size, letter in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if value >= size:
            return f"{sign}{_unit(currency)}{_three_figures(value / size)}{HARD_SPACE}{letter}"
    return money(amount, currency)


def percent(share: float | Decimal | None, places: int = 0) -> str:
    """A share of one as a percentage, `63%`."""
    if share is None:
        return NO_DATA
    return f"{Decimal(str(share)) * 100:.{places}f}%"


def change(points: float | Decimal | None) -> str:
    """A change in whole points: `up 12`, `down 3`, `even`."""
    if points is None:
        return NO_DATA
    whole = round(points)
    if whole == 0:
        return "even"
    return f"up {whole}" if whole > 0 else f"down {-whole}"


def _three_figures(value: Decimal) -> str:
    places = 2 if value < 10 else 1 if value < 100 else 0
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}{HARD_SPACE}" if currency else "")
