"""Values, gaps and bands as the page says them, by unit."""

from decimal import Decimal

from django.conf import settings

from abmops.ui import figures
from scoreboard.domain.bands import Band, Verdict
from scoreboard.domain.catalogue import Unit
from scoreboard.domain.figures import Amount

NO_DATA = figures.NO_DATA
_POINTS = "point"
_MINUTE = 1 / 60


def say(value: Amount | None, unit: Unit) -> str:
    """`56%`, `4 h 35 min`, `€27,000`; None is `no data`."""
    if value is None:
        return NO_DATA
    match unit:
        case Unit.SHARE:
            return figures.percent(float(value))
        case Unit.HOURS:
            return length(float(value) * 3600) if float(value) >= _MINUTE else "under 1 min"
        case Unit.SECONDS:
            return length(float(value))
        case Unit.DAYS:
            return f"{float(value):,.0f} {'day' if round(float(value)) == 1 else 'days'}"
        case Unit.MONEY:
            return money(value)
        case Unit.PER_WEEK:
            return f"{float(value):,.1f}".removesuffix(".0")
        case _:
            return f"{float(value):,.0f}"


def money(value: Amount) -> str:
    """In the base currency, to the unit."""
    return figures.money(Decimal(str(value)).quantize(Decimal(1)), settings.BASE_CURRENCY)


def money_short(value: Amount) -> str:
    """`$4.91 M`."""
    return figures.money_short(Decimal(str(value)).quantize(Decimal(1)), settings.BASE_CURRENCY)


def length(seconds: float) -> str:
    """`0.4 s`, `35 s`, `4 min`, `3 h 5 min`, `31 h`: minutes only below ten hours; beyond two days in
    days.
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 10:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    hours = round(minutes / 60)
    if hours < 48:
        return f"{hours} h"
    return f"{hours / 24:.0f} days" if hours >= 240 else f"{hours / 24:.1f} days".replace(".0 ", " ")


def tight(text: str) -> str:
    """`4 h 35`, `> 62 days` for a narrow column."""
    return (
        (text.removesuffix(" min") if " h " in text else text).replace("over ", "> ").replace("under ", "< ")
    )


def points(share: float) -> str:
    """`6 points`."""
    number = round(abs(share) * 100)
    return f"{number} {_POINTS}{'' if number == 1 else 's'}"


def gap(band: Band, value: float, unit: Unit) -> str:
    """How far outside: `6 points below`, `1 h 50 min over`; empty inside."""
    if not band.judge(value).is_out:
        return ""
    distance = band.gap(value)
    words = points(distance) if unit is Unit.SHARE else say(abs(distance), unit)
    return f"{words} {'below' if distance < 0 else 'over'}"


def standing(band: Band, value: float, unit: Unit) -> str:
    """The same to end a sentence: `6 points short`, `over its limit of 4 h`."""
    distance = band.gap(value)
    if band.limit is not None and distance >= 0:
        return f"over the limit of {say(band.limit, unit)}"
    words = points(distance) if unit is Unit.SHARE else say(abs(distance), unit)
    return f"{words} {'short' if distance < 0 else 'over'}"


def band_text(band: Band | None, value: float | None, unit: Unit) -> str:
    """The last column: what the band is, and how the value stands to it."""
    if band is None:
        return "no band set"
    if value is not None and (words := gap(band, value, unit)):
        return words
    inside = "in " if value is not None else ""
    if band.limit is not None:
        return "within" if value is not None else f"limit {say(band.limit, unit)}"
    if band.low is not None and band.high is not None:
        return f"{inside}{_range(band.low, band.high, unit)}"
    if band.low is not None:
        return f"{inside}{say(band.low, unit)} or more"
    if band.high is not None:
        return f"{inside}{say(band.high, unit)} or less"
    return "no alarm" if value is not None else "alarm only"


def ink(verdict: Verdict) -> str:
    """Colour judges only what needs a person."""
    return {Verdict.LOW: "warn-ink", Verdict.HIGH: "warn-ink", Verdict.ALARM: "bad-ink"}.get(verdict, "")


def _range(low: float, high: float, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return f"{low * 100:.0f} to {high * 100:.0f}%"
    return f"{say(low, unit)} to {say(high, unit)}"
