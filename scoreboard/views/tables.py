"""Below the figures: target against the others, who still waits, and the instruments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from plays.domain.vocabulary import OUTCOMES
from scoreboard.domain.catalogue import LAG, NUMBERS, Unit, cut
from scoreboard.domain.figures import TIERS, Amount, Figure
from scoreboard.domain.survival import Step
from scoreboard.selectors.crossings import URGENCIES
from scoreboard.selectors.yields import PlayYield
from scoreboard.views import drawings, words
from scoreboard.views.board import Desk

_SHOWN_HOURS = 72.0
_THIN = 20  # below this many runs a yield is said to rest on few

COMPARED = (
    ("pipeline_per_account", "Pipeline an account"),
    ("win_rate", "Win rate"),
    ("won_amount", "Mean won amount"),
    ("days_to_win", "Median days to win"),
)
INSTRUMENTS = (
    ("What is done", ("joint_engagement", "list_to_action", "play_coverage_tier_1", "committee_coverage")),
    (
        "How fast",
        (
            LAG,
            "signal_to_action_answered_median_hours",
            "answered_within_sla",
            "signal_to_enrollment_median_seconds",
            "signal_to_enrollment_p95_seconds",
        ),
    ),
    ("What comes of it", ("pipeline_influence_count", "conversion_opportunity_to_won")),
    ("How it runs", ("completed_without_stall", "plays_run_per_week", "accounts_touched_per_week")),
    ("How it is decided", ("escalation_rate", "escalation_mean_hours", "governance_score")),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure on both sides, with the difference and what may be chance."""

    title: str
    target: str
    target_url: str
    other: str
    other_url: str
    difference: str
    whisker: SafeString
    interval: str


def comparison(desk: Desk) -> list[Compared]:
    """Target accounts against the others."""
    return [_compared(desk, name, title) for name, title in COMPARED]


def _compared(desk: Desk, name: str, title: str) -> Compared:
    target, other = desk.book.figure(f"{name}_target"), desk.book.figure(f"{name}_other")
    unit = NUMBERS[f"{name}_target"].unit
    difference, interval = target.notes.get("difference"), target.notes.get("interval")
    picture, said = SafeString(""), "too few to say"
    if interval is not None and difference is not None:
        picture = drawings.whisker(interval[0], interval[1], float(difference))
        said = f"{_signed(interval[0], unit)} to {_signed(interval[1], unit)}"
    return Compared(
        title=title,
        target=words.say(target.value, unit),
        target_url=desk.url(f"{name}_target"),
        other=words.say(other.value, unit),
        other_url=desk.url(f"{name}_other"),
        difference="" if difference is None else _signed(difference, unit),
        whisker=picture,
        interval=said,
    )


def _signed(value: Amount, unit: Unit) -> str:
    """`+14 points`, `+€23,500`; less with a minus sign."""
    amount = Decimal(str(value))
    sign = "\u2212" if amount < 0 else "+"
    size = words.points(float(amount)) if unit is Unit.SHARE else words.say(abs(amount), unit)
    return size if size.startswith("0 ") else f"{sign}{size}"


def sides(desk: Desk) -> tuple[int, int]:
    """How many accounts are compared on either side."""
    counts = [desk.book.figure(f"pipeline_per_account_{side}").denominator for side in ("target", "other")]
    return int(counts[0] or 0), int(counts[1] or 0)


def is_chance(desk: Desk) -> bool:
    """Whether every interval holds no difference: then nothing here is a lift."""
    intervals = [desk.book.figure(f"{name}_target").notes.get("interval") for name, _ in COMPARED]
    known = [interval for interval in intervals if interval is not None]
    return bool(known) and all(low <= 0 <= high for low, high in known)


@dataclass(frozen=True, slots=True)
class Yielded:
    """One play's yield in words and a picture."""

    play: int
    name: str
    outcome: str
    runs: int
    hits: int
    share: str
    is_thin: bool
    whisker: SafeString
    interval: str
    lift: str
    lift_interval: str


def yields(found: Sequence[PlayYield]) -> list[Yielded]:
    """Plays with a passed window, the best first."""
    return [_yielded(each) for each in found]


def _yielded(found: PlayYield) -> Yielded:
    interval, lift = found.interval, found.lift_interval
    return Yielded(
        play=found.play,
        name=found.name,
        outcome=f"{OUTCOMES.get(found.outcome, 'an outcome')} in {found.days} days",
        runs=found.run.runs,
        hits=found.run.hits,
        share=words.say(found.run.share, Unit.SHARE),
        is_thin=0 < found.run.runs < _THIN,
        whisker=drawings.share_whisker(interval.low, interval.high, found.run.share or 0)
        if interval
        else SafeString(""),
        interval=f"{interval.low * 100:.0f} to {interval.high * 100:.0f}%" if interval else "",
        lift="" if found.lift is None else f"{found.lift * 100:+.0f}",
        lift_interval=f"{lift.low * 100:+.0f} to {lift.high * 100:+.0f}" if lift else "",
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that opens."""

    value: str
    url: str
    ink: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A number in one line: whole list and tiers."""

    title: str
    about: str
    whole: Cell
    tiers: list[Cell | None]
    band: str


def instruments(desk: Desk) -> list[tuple[str, list[Instrument]]]:
    """The other numbers, by what they tell."""
    return [(title, [_instrument(desk, key) for key in keys]) for title, keys in INSTRUMENTS]


def _instrument(desk: Desk, key: str) -> Instrument:
    figure, number = desk.book.figure(key), NUMBERS[key]
    return Instrument(
        title=number.title,
        about=number.about,
        whole=_cell(desk, key, figure, None),
        tiers=[
            _cell(desk, key, figure.by_tier[tier], tier) if tier in figure.by_tier else None for tier in TIERS
        ],
        band=", ".join(_against(desk, key)),
    )


def _against(desk: Desk, key: str) -> Iterator[str]:
    """How the number stands: tier by tier where tiers have bands, else as a whole."""
    figure, unit = desk.book.figure(key), NUMBERS[key].unit
    tiers: list[int | None] = [tier for tier in TIERS if (key, tier) in desk.book.bands]
    for tier in tiers or [None]:
        band = desk.book.bands.get((key, tier))
        own = figure if tier is None else figure.by_tier.get(tier, Figure(None))
        if band is not None:
            value = None if own.value is None else float(own.value)
            text = words.band_text(band, value, unit)
            yield text if tier is None else f"T{tier} {text}"


def _lag_words(figure: Figure) -> str:
    """Hours, or `over 3 days` while more than half still wait."""
    longest = figure.notes.get("longer_than")
    return (
        words.say(figure.value, Unit.HOURS) if longest is None else f"over {words.say(longest, Unit.HOURS)}"
    )


def _cell(desk: Desk, key: str, figure: Figure, tier: int | None) -> Cell:
    unit = NUMBERS[key].unit
    value = _lag_words(figure) if unit is Unit.HOURS else words.say(figure.value, unit)
    if key == "governance_score" and figure.value is not None:
        value = f"{value} of {figure.denominator}"
    return Cell(value, desk.url(key, tier=tier), words.ink(desk.book.verdict(key, tier)))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast sales answers the crossings of one urgency."""

    urgency: str
    median: Cell
    answered: Cell
    waiting: Cell
    in_time: Cell


@dataclass(frozen=True, slots=True)
class Waiting:
    """The picture of who still waits, and the same in figures."""

    picture: SafeString
    paces: list[Pace]


def still_waiting(desk: Desk) -> Waiting | None:
    """Who still waits after how long, by urgency; None where nothing has crossed."""
    curves: dict[str, list[Step]] = desk.book.figure(LAG).notes.get("curves", {})
    figures = {urgency: desk.book.figure(f"{LAG}:{urgency}") for urgency in URGENCIES}
    lines = [
        drawings.Waiting(urgency.capitalize(), line, curves[urgency], _SHOWN_HOURS)
        for urgency, line in zip(URGENCIES, ("t1", "t2", "t3"), strict=True)
        if figures[urgency].denominator
    ]
    if not lines:
        return None
    said = ", ".join(
        f"{urgency} {words.say(figure.value, Unit.HOURS) if figure.value is not None else 'not reached'}"
        for urgency, figure in figures.items()
        if figure.denominator
    )
    label = f"Share of crossings still waiting for sales over the first {_SHOWN_HOURS:.0f} hours. Medians: {said}."
    picture = drawings.still_waiting(lines, hours=_SHOWN_HOURS, label=label)
    return Waiting(picture, [_pace(desk, urgency) for urgency in URGENCIES if figures[urgency].denominator])


def _pace(desk: Desk, urgency: str) -> Pace:
    lag, within = cut(LAG, urgency), cut("answered_within_sla", urgency)
    figure, in_time = desk.book.figure(lag), desk.book.figure(within)
    return Pace(
        urgency=urgency.capitalize(),
        median=Cell(_lag_words(figure), desk.url(lag), words.ink(desk.book.verdict(lag))),
        answered=Cell(f"{figure.numerator or 0:,}", desk.url(lag), ""),
        waiting=Cell(f"{figure.notes.get('waiting', 0):,}", desk.url(lag, "missing"), ""),
        in_time=Cell(words.say(in_time.value, Unit.SHARE), desk.url(within), ""),
    )
