"""The calendar of both sides: what is planned on which day, what clashes, and when a mailing is followed up [F4, J]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition

Kind = Literal["burst", "step", "task", "meeting", "mail"]
KINDS: Final[Mapping[Kind, str]] = {
    "burst": "Marketing bursts",
    "step": "Planned steps",
    "task": "Tasks due",
    "meeting": "Meetings",
    "mail": "Direct-mail windows",
}

MAIL_WINDOW: Final = timedelta(days=2)
"""The personal follow-up belongs within two days of the day a mailing lands [J]."""
MAIL_TRANSIT: Final = timedelta(days=3)
"""How long a mailing is on its way, unless the installation knows better."""
PERSONAL: Final = frozenset({"call", "email", "linkedin", "meeting"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on the calendar, from one local day to another, both included.

    `account_ids`: whom it is about; `owner_id`: who owes it. `follow_up_on`: for a mailing, the day of its follow-up.
    """

    kind: Kind
    pk: int
    title: str
    first: date
    last: date
    account_ids: frozenset[int] = frozenset()
    account: str = ""
    channel: str = ""
    side: str = ""
    owner_id: int | None = None
    owner: str = ""
    clock: str = ""
    url: str = ""
    note: str = ""
    follow_up_on: date | None = None
    may_move: bool = False

    @property
    def key(self) -> str:
        """How a page names it: `task:17`."""
        return f"{self.kind}:{self.pk}"

    @property
    def reaches_a_person(self) -> bool:
        """Whether somebody at the account hears from us by it."""
        return self.kind == "meeting" or (
            self.kind in ("step", "task") and self.channel in words.DIRECT_CHANNELS
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """Two things that get in each other's way, or one that cannot be done then. `day` is where it shows."""

    day: date
    sentence: str
    keys: tuple[str, ...] = field(default=())


def clashes(
    entries: Sequence[Entry],
    *,
    away: Mapping[int, Sequence[tuple[date, date]]] | None = None,
    touches_per_week: int = 5,
) -> list[Clash]:
    """Everything that clashes, by day. `away`: person -> days of absence, both ends included."""
    found = [
        *_same_day(entries),
        *_same_channel(entries),
        *_absent(entries, away or {}),
        *_mail(entries),
        *_pressure(entries, touches_per_week),
    ]
    return sorted(found, key=lambda clash: (clash.day, clash.sentence))


def _same_day(entries: Iterable[Entry]) -> Iterator[Clash]:
    """Two of us reach for the same account on one day."""
    meeting_in: dict[tuple[int, date], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.reaches_a_person:
            for account_id in entry.account_ids:
                meeting_in[account_id, entry.first].append(entry)
    for (_, day), found in sorted(meeting_in.items()):
        if len(found) > 1:
            said = words.listed([_said(entry) for entry in found], joiner="and")
            yield Clash(
                day,
                f"{found[0].account} hears from us {_times(len(found))} on {day:%-d %B}: {said}.",
                tuple(entry.key for entry in found),
            )


def _times(n: int) -> str:
    return "twice" if n == 2 else f"{n} times"


def _said(entry: Entry) -> str:
    by = f" by {entry.owner}" if entry.owner else ""
    return f"{'meeting' if entry.kind == 'meeting' else words.CHANNELS.get(entry.channel, entry.channel)}{by}"


def _same_channel(entries: Iterable[Entry]) -> Iterator[Clash]:
    """Two bursts of one channel run on the same accounts at the same time."""
    bursts = sorted(
        (entry for entry in entries if entry.kind == "burst"), key=lambda entry: (entry.first, entry.pk)
    )
    for index, one in enumerate(bursts):
        for other in bursts[index + 1 :]:
            shared = one.account_ids & other.account_ids
            if one.channel == other.channel and other.first <= one.last and shared:
                yield Clash(
                    other.first,
                    f"“{one.title}” and “{other.title}” run at once on "
                    f"{words.counted(len(shared), 'account')}, both by {words.CHANNELS[one.channel]}.",
                    (one.key, other.key),
                )


def _absent(entries: Iterable[Entry], away: Mapping[int, Sequence[tuple[date, date]]]) -> Iterator[Clash]:
    for entry in entries:
        if entry.kind == "burst" or entry.owner_id is None:
            continue
        if any(first <= entry.first <= last for first, last in away.get(entry.owner_id, ())):
            yield Clash(
                entry.first,
                f"{entry.owner} is away on {entry.first:%-d %B}: {entry.title}"
                f"{f' ({entry.account})' if entry.account else ''}.",
                (entry.key,),
            )


def _mail(entries: Iterable[Entry]) -> Iterator[Clash]:
    for entry in entries:
        if entry.kind != "mail" or entry.follow_up_on is None:
            continue
        if not entry.first <= entry.follow_up_on <= entry.first + MAIL_WINDOW:
            yield Clash(
                entry.first,
                f"The mailing to {entry.account} lands about {entry.first:%-d %B}, but its follow-up is on "
                f"{entry.follow_up_on:%-d %B}: they belong within {MAIL_WINDOW.days} days of each other.",
                (entry.key,),
            )


def _pressure(entries: Iterable[Entry], limit: int) -> Iterator[Clash]:
    """More planned for an account within seven days than the weekly cap lets through."""
    of_account: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in ("step", "task"):
            for account_id in entry.account_ids:
                of_account[account_id].append(entry)
    for found in of_account.values():
        found.sort(key=lambda entry: (entry.first, entry.key))
        for index, start in enumerate(found):
            week = [one for one in found[index:] if one.first < start.first + timedelta(days=7)]
            if len(week) > limit:
                yield Clash(
                    start.first,
                    f"{len(week)} touches on {start.account} are planned from {start.first:%-d %B} to "
                    f"{week[-1].first:%-d %B}; the weekly cap is {limit}, so some will wait.",
                    tuple(one.key for one in week),
                )
                break


def follow_up_after(definition: PlayDefinition, position: int) -> int | None:
    """The days from a step to the personal step that follows it, as far as the waits say; None where none does."""
    days = 0
    for step in definition.steps[position + 1 :]:
        days += step.wait_days + round(step.wait_business_days * 7 / 5) + int(step.wait_hours // 24)
        if step.channel in PERSONAL and step.side != words.MARKETING:
            return days
    return None


def within_the_window(opens_on: date, *, sent_on: date, transit: timedelta = MAIL_TRANSIT) -> date:
    """The day of a mailing's follow-up: the one planned, moved into the two days from when the mailing lands."""
    lands = sent_on + transit
    return min(max(opens_on, lands), lands + MAIL_WINDOW)
