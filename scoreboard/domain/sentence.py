"""What the scoreboard says first: how many numbers are in band, and which are not, worst first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoreboard.domain.bands import Verdict

_WORDS = [
    "none",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_GRAVITY = {Verdict.ALARM: 0, Verdict.HIGH: 1, Verdict.LOW: 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """One number in one tier (None: the whole list): its verdict, and how far out in words ("6 points
    short").
    """

    name: str
    tier: int | None
    verdict: Verdict
    gap: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The sentence in three parts: the count, the worst thing, and the rest."""

    count: str
    worst: str
    rest: str


def summarise(standings: Iterable[Standing]) -> Summary:
    """The whole list speaks for a number only where none of its tiers has a band."""
    numbers: dict[str, list[Standing]] = {}
    for standing in standings:
        if standing.verdict not in {Verdict.NO_BAND, Verdict.NO_DATA}:
            numbers.setdefault(standing.name, []).append(standing)
    if not numbers:
        return Summary("No number has both a band and data yet.", "", "")
    judged = {name: _tiers_first(own) for name, own in numbers.items()}
    out = {
        name: [one for one in own if one.verdict.is_out]
        for name, own in judged.items()
        if any(o.verdict.is_out for o in own)
    }
    if not out:
        return Summary(
            f"{_all(len(numbers))} {'number is' if len(numbers) == 1 else 'numbers are'} in band.", "", ""
        )
    clauses = [_clause(name, own) for name, own in sorted(out.items(), key=lambda item: _gravity(item[1]))]
    inside = len(numbers) - len(out)
    count = f"{_word(inside).capitalize()} of {_word(len(numbers))} numbers {'is' if inside == 1 else 'are'} in band."
    return Summary(count, _capital(clauses[0]), _joined(clauses[1:]))


def _tiers_first(own: Sequence[Standing]) -> Sequence[Standing]:
    tiers = [one for one in own if one.tier is not None]
    return tiers or own


def _gravity(own: Sequence[Standing]) -> int:
    return min(_GRAVITY[one.verdict] for one in own)


def _clause(name: str, own: Sequence[Standing]) -> str:
    tiers = [one.tier for one in own if one.tier is not None]
    where = (
        f" in tier{'s' if len(tiers) > 1 else ''} {_joined([str(tier) for tier in tiers])}" if tiers else ""
    )
    gaps = {one.gap for one in own}
    return f"{name}{where} is {gaps.pop()}" if len(gaps) == 1 else f"{name}{where} is out of band"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _word(number: int) -> str:
    return _WORDS[number] if number < len(_WORDS) else str(number)


def _all(number: int) -> str:
    return "The one" if number == 1 else f"All {_word(number)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
