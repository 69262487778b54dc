"""The six figures at the top of the page: number, trend, tiers against their bands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from scoreboard.domain import sentence
from scoreboard.domain.bands import Verdict
from scoreboard.domain.catalogue import LAG, NUMBERS, Unit, cut
from scoreboard.domain.figures import TIERS, Figure
from scoreboard.domain.windows import end_of
from scoreboard.selectors.book import Book
from scoreboard.selectors.trend import Trend
from scoreboard.views import drawings, words
from scoreboard.views.asking import Asked

FIGURES = (
    "coverage",
    "engagement",
    "pipeline_influence",
    "conversion_list_to_opportunity",
    cut(LAG, "urgent"),
    cut(LAG, "hot"),
)
_LINES = {1: "t1", 2: "t2", 3: "t3"}


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier's line: its value, how it stands to its band, and what it is made of."""

    tier: int
    value: str
    url: str
    ink: str
    bullet: SafeString
    made_of: str
    made_url: str
    band: str


@dataclass(frozen=True, slots=True)
class Block:
    """One figure of the page."""

    key: str
    anchor: str
    title: str
    big: str
    url: str
    ink: str
    notes: list[tuple[str, str]]
    heads: tuple[str, str, str, str]
    rows: list[TierRow]
    chart: dict[str, Any] | None = None
    chart_label: str = ""
    days: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the blocks are made from."""

    book: Book
    trend: Trend
    asked: Asked

    def url(self, key: str, part: str = "numerator", tier: int | None = None) -> str:
        """The page that opens a number."""
        name, _, urgency = key.partition(":")
        return self.asked.link("scoreboard:number", name, part=part, tier=tier, urgency=urgency)


def unit_of(key: str) -> Unit:
    """A number's unit; a part by urgency has its number's."""
    return NUMBERS[key.partition(":")[0]].unit


def title_of(key: str) -> str:
    """`Coverage`, `Signal-to-action lag, urgent`."""
    name, _, urgency = key.partition(":")
    return f"{NUMBERS[name].title}, {urgency}" if urgency else NUMBERS[name].title


def blocks(desk: Desk) -> list[Block]:
    """The figures, in the page's order."""
    return [_block(desk, key) for key in FIGURES]


def _block(desk: Desk, key: str) -> Block:
    figure, unit = desk.book.figure(key), unit_of(key)
    chart = _chart(desk, key) if desk.asked.scope.is_whole else None
    return Block(
        key=key,
        anchor=key.replace(":", "-").replace("_", "-"),
        title=title_of(key),
        big=_value(figure, unit),
        url=desk.url(key),
        ink=words.ink(desk.book.verdict(key)),
        notes=list(_notes(desk, key, figure)),
        heads=_heads(key),
        rows=[_row(desk, key, tier, _top(desk, key)) for tier in TIERS],
        chart=chart,
        chart_label=_chart_words(desk, key) if chart else "",
        days=desk.trend.days,
    )


def _value(figure: Figure, unit: Unit) -> str:
    longest = figure.notes.get("longer_than")
    return f"over {words.say(longest, unit)}" if longest is not None else words.say(figure.value, unit)


def _heads(key: str) -> tuple[str, str, str, str]:
    if key.startswith(LAG):
        return "Median", "Against limit", "In time", "Limit"
    return "Share", "Against band", "Amount" if key == "pipeline_influence" else "Accounts", "Band"


def _row(desk: Desk, key: str, tier: int, top: float) -> TierRow:
    figure, unit = desk.book.figure(key).by_tier.get(tier, Figure(None)), unit_of(key)
    band, verdict = desk.book.bands.get((key, tier)), desk.book.verdict(key, tier)
    value = None if figure.value is None else float(figure.value)
    made_of, made_key = _made_of(desk, key, tier, figure)
    return TierRow(
        tier=tier,
        value=words.tight(_value(figure, unit)),
        url=desk.url(key, tier=tier),
        ink=words.ink(verdict),
        bullet=drawings.bullet(value, band, top=top, verdict=verdict),
        made_of=made_of,
        made_url=desk.url(made_key, "missing", tier),
        band=words.band_text(band, value, unit),
    )


def _made_of(desk: Desk, key: str, tier: int, figure: Figure) -> tuple[str, str]:
    """The counts behind a tier's value, and the number that opens to them."""
    if key.startswith(LAG):
        other = cut("answered_within_sla", key.partition(":")[2])
        within = desk.book.figure(other).by_tier.get(tier, Figure(None))
        return f"{within.numerator or 0} of {within.denominator or 0}", other
    if key == "pipeline_influence":
        return words.money_short(figure.numerator or 0), key
    return f"{figure.numerator or 0} of {figure.denominator or 0}", key


def _top(desk: Desk, key: str) -> float:
    """Where a bullet's axis ends: a share at all, a lag at twice its limit or a little over its longest
    value.
    """
    if unit_of(key) is Unit.SHARE:
        return 1.0
    bands = [desk.book.bands.get((key, tier)) for tier in (None, *TIERS)]
    limit = max((band.limit for band in bands if band and band.limit), default=24.0)
    return 2 * limit


def _notes(desk: Desk, key: str, figure: Figure) -> Iterable[tuple[str, str]]:
    """The small lines under a number: (text, ink)."""
    unit = unit_of(key)
    if moved := _moved(desk, key):
        yield moved, "muted"
    if key == "pipeline_influence":
        part, whole = words.money_short(figure.numerator or 0), words.money_short(figure.denominator or 0)
        yield f"{part} of {whole} open was born on the list", ""
        if left_out := figure.notes.get("left_out"):
            noun = "opportunity has" if left_out == 1 else "opportunities have"
            yield f"{left_out:,} open {noun} no known amount or rate and is left out", "warn-ink"
    elif key.startswith("conversion"):
        prior: Figure = figure.notes["prior"]
        yield f"{words.say(prior.value, unit)} for the cohort before, at the same age", "muted"
        won = desk.book.figure("conversion_opportunity_to_won")
        quarter = figure.notes["cohort"].replace("-", " ")
        closed = f"Won {won.numerator or 0} of {won.denominator or 0} closed."
        yield f"Joined in {quarter}, opportunity within 180 days. {closed}", ""
    elif key.startswith(LAG):
        band = desk.book.bands.get((key, None))
        value = None if figure.value is None else float(figure.value)
        if band and value is not None and (gap := words.gap(band, value, unit)):
            yield gap, words.ink(band.judge(value))
        open_ones = figure.notes.get("waiting", 0)
        yield (
            f"Median, counting the {open_ones:,} {'crossing' if open_ones == 1 else 'crossings'} still waiting",
            "",
        )
    else:
        yield NUMBERS[key].about, ""


def _moved(desk: Desk, key: str) -> str:
    """`up 6 points in 12 weeks`; nothing where either end is not known."""
    figure, before = desk.book.figure(key), desk.trend.of(key)[0]
    if figure.value is None or before is None or not desk.asked.scope.is_whole:
        return ""
    change, unit = float(figure.value) - before, unit_of(key)
    by = words.points(change) if unit is Unit.SHARE else words.say(abs(change), unit)
    if by.startswith(("0 ", "0.0 ")):
        return "as 12 weeks ago"
    return f"{'up' if change > 0 else 'down'} {by} in 12 weeks"


def _chart(desk: Desk, key: str) -> dict[str, Any]:
    """The JSON that static/js/charts.js draws: a line a tier, with the page of each day behind its points."""
    unit = unit_of(key)
    links = [desk.asked.as_of(min(end_of(day), desk.book.at)) for day in desk.trend.days]
    band = desk.book.bands.get((key, None))
    return {
        "labels": [day.isoformat() for day in desk.trend.days],
        "series": [
            {
                "name": f"Tier {tier}",
                "short": f"T{tier}",
                "values": desk.trend.of(key, tier),
                "line": _LINES[tier],
            }
            for tier in TIERS
        ],
        "links": [links] * len(TIERS),
        "unit": "share" if unit is Unit.SHARE else "hours",
        "limit": band.limit if band else None,
    }


def _chart_words(desk: Desk, key: str) -> str:
    """The trend for who cannot see it: first and last kept value of each tier."""
    unit, parts = unit_of(key), []
    for tier in TIERS:
        kept = [value for value in desk.trend.of(key, tier) if value is not None]
        if kept:
            parts.append(f"tier {tier} from {words.say(kept[0], unit)} to {words.say(kept[-1], unit)}")
    title = f"{title_of(key)} over 12 weeks"
    return f"{title}: {', '.join(parts)}" if parts else f"{title}: no day has been kept yet"


def summary(book: Book) -> sentence.Summary:
    """How the numbers with a band stand."""
    standings = []
    for (key, tier), band in book.bands.items():
        name = key.partition(":")[0]
        if name not in NUMBERS:
            continue
        figure = book.figure(key) if tier is None else book.figure(key).by_tier.get(tier, Figure(None))
        value = None if figure.value is None else float(figure.value)
        verdict = band.judge(value)
        gap = words.standing(band, value, unit_of(key)) if value is not None and verdict.is_out else ""
        if key.startswith(f"{LAG}:") and verdict is Verdict.HIGH:
            gap = words.standing(band, value or 0.0, Unit.HOURS)
        standings.append(sentence.Standing(_in_sentence(key), tier, verdict, gap))
    return sentence.summarise(standings)


def _in_sentence(key: str) -> str:
    name, _, urgency = key.partition(":")
    return f"the lag of {urgency} signals" if urgency else NUMBERS[name].title.lower()
