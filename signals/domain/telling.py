"""Evidence as a rep would want to read it: who did what, how often and when, and why it counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SHOWN_ABOUT = 2

PHRASES = {
    "demo-request": "asked for a demo",
    "contact-sales": "asked to talk to sales",
    "pricing-page": "looked at the pricing page",
    "demo-page": "looked at the demo page",
    "comparison-page": "compared us with others on our site",
    "website-visit": "visited our site",
    "webinar-registration": "signed up for a webinar",
    "content-download": "downloaded something to read",
    "ad-click": "clicked on an ad",
    "email-click": "clicked a link in an e-mail",
    "topic-surge": "read about our topics elsewhere more than usual",
    "review-comparison": "compared us on a review site",
    "review-visit": "looked us up on a review site",
    "trial-started": "started a trial",
    "usage-limit": "reached the limit of their plan",
    "teammate-invited": "invited a colleague into the product",
    "product-activity": "used the product",
    "community-mention": "mentioned us in a community",
    "meeting-booked": "booked a meeting",
    "meeting-held": "met with us",
    "deal-advanced": "moved a deal forward",
    "deal-early": "moved a deal along its early stages",
}
"""What somebody did who made a signal of one of the starter types. Other types are told by their name."""

PAGES = frozenset({"pricing-page", "demo-page"})
"""Types whose phrase names the page already, so that its title adds nothing."""

NEEDED, SUPPORTING = "needed", "supporting"


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something, and what they are in the buying committee."""

    id: int
    name: str
    title: str = ""
    role: str = ""

    @property
    def standing(self) -> str:
        """`Champion, Head of Sales`; empty where neither is known."""
        return ", ".join(part for part in (self.role, self.title) if part)


@dataclass(frozen=True, slots=True)
class Seen:
    """One signal as it is told. `about` is its topic, title or address; `person` is None where nobody is known."""

    id: str
    at: datetime
    type_slug: str
    type_name: str
    page_intent: str
    about: str
    source: str
    person: Person | None


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did of one kind: in words, from which source, whether the crossing needed it."""

    words: str
    sources: tuple[str, ...]
    standing: str
    type_slug: str
    last: datetime
    ids: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether the threshold would not have been crossed without."""
        return self.standing == NEEDED

    @property
    def sentence(self) -> str:
        """The words with a capital and without a full stop: an item of a list."""
        return capital(self.words)


@dataclass(frozen=True, slots=True)
class Part:
    """All that one person did, the needed first, then the newest."""

    person: Person | None
    deeds: tuple[Deed, ...]

    @property
    def name(self) -> str:
        """Their name; without one, that nobody is known."""
        return self.person.name if self.person else "Nobody known by name"


@dataclass(frozen=True, slots=True)
class Account:
    """The whole of it: by person, why it counts as more than one signal, and in a line."""

    parts: tuple[Part, ...]
    why: str
    line: str


def account(
    seen: Iterable[Seen],
    *,
    needed: Collection[str] = (),
    independent: Collection[str] = (),
    now: datetime,
    zone: tzinfo,
) -> Account:
    """Evidence told: `needed` and `independent` are ids, as `signals.domain.proof` gives them.

    Signals of one person and type are told once with their number, those that were needed apart from those that only
    support. People come in the order of their newest needed deed; what nobody known did comes last.
    """
    by_person: dict[int | None, list[Seen]] = {}
    newest_first = sorted(seen, key=lambda one: (one.at, one.id), reverse=True)
    for one in newest_first:
        by_person.setdefault(one.person.id if one.person else None, []).append(one)
    parts = [
        Part(theirs[0].person, tuple(_deeds(theirs, needed, now=now, zone=zone)))
        for theirs in by_person.values()
    ]
    parts.sort(key=lambda part: (part.person is None, not any(deed.is_needed for deed in part.deeds)))
    return Account(
        parts=tuple(parts),
        why=why([one for one in newest_first if one.id in independent]),
        line="; ".join(_lines(parts)),
    )


def _deeds(theirs: Sequence[Seen], needed: Collection[str], *, now: datetime, zone: tzinfo) -> Iterator[Deed]:
    groups: dict[tuple[bool, str], list[Seen]] = {}
    for one in theirs:
        groups.setdefault((one.id not in needed, one.type_slug), []).append(one)
    for (is_extra, slug), same in sorted(groups.items(), key=lambda item: item[0][0]):
        yield Deed(
            words=did(same, now=now, zone=zone),
            sources=tuple(dict.fromkeys(one.source for one in same)),
            standing=SUPPORTING if is_extra else NEEDED,
            type_slug=slug,
            last=same[0].at,
            ids=tuple(one.id for one in same),
        )


def _lines(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        deeds = [deed.words for deed in part.deeds if deed.is_needed] or [deed.words for deed in part.deeds]
        told = listed(deeds)
        yield f"{part.person.name} {told}" if part.person else f"somebody {told}"


def did(same: Sequence[Seen], *, now: datetime, zone: tzinfo) -> str:
    """`looked at the pricing page 3 times, last on Thursday 14:05`, of signals of one type, newest first."""
    first = same[0]
    phrase = PHRASES.get(first.type_slug) or _phrase(first)
    about = list(dict.fromkeys(one.about for one in same if one.about and _adds(one)))
    shown = [f"“{one}”" for one in about[:SHOWN_ABOUT]]
    if len(about) > SHOWN_ABOUT:
        shown.append(f"{number(len(about) - SHOWN_ABOUT)} more")
    said = f"{phrase} ({listed(shown)})" if shown else phrase
    when = moment(first.at, now=now, zone=zone)
    return f"{said}{times(len(same))}{', last ' if len(same) > 1 else ' '}{when}"


def _phrase(one: Seen) -> str:
    return f"looked at “{one.type_name}”" if one.page_intent else f"made a signal “{one.type_name}”"


def _adds(one: Seen) -> bool:
    """Whether what it was about says more than the phrase."""
    return one.type_slug not in PAGES and one.about.casefold() != one.type_name.casefold()


def why(independent: Sequence[Seen]) -> str:
    """Why several signals count as independent: two people, or two kinds of interest; empty for fewer than two."""
    if len(independent) < 2:
        return ""
    people = {one.person.id for one in independent if one.person}
    kinds = {one.type_slug for one in independent}
    kinds_said = f"{number(len(kinds))} kinds of interest"
    if len(people) > 1:
        who = f"{number(len(people))} people"
        said = f"{kinds_said}, from {who}" if len(kinds) > 1 else f"{who} did the same"
    elif len(kinds) > 1:
        said = kinds_said if people else f"{kinds_said}, though one person may be behind them"
    else:
        return ""
    return f"They count as independent: {said}."


def moment(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`today 14:05`, `yesterday 14:05`, `on Thursday 14:05`, `on 3 November 14:05`, `on 3 November 2025`."""
    local, here = at.astimezone(zone), now.astimezone(zone)
    days = (here.date() - local.date()).days
    clock = f"{local:%H:%M}"
    if days in (0, 1):
        return f"{'today' if days == 0 else 'yesterday'} {clock}"
    if 1 < days < 7:
        return f"on {local:%A} {clock}"
    day = f"on {local.day} {local:%B}"
    return f"{day} {clock}" if local.year == here.year else f"{day} {local.year}"


def times(n: int) -> str:
    """Nothing for once, ` twice`, ` 3 times`."""
    return {1: "", 2: " twice"}.get(n, f" {n} times")


def number(n: int) -> str:
    """Small numbers as words."""
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """With a capital at its start."""
    return f"{text[:1].upper()}{text[1:]}"
