"""The calendar of both sides: what is planned on which day, and when a mailing is followed up [F4, J]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step

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

    `account_ids`: whom it is about; `owner_id`: who owes it. `at`: its moment, where it has one. `by_itself`: a surface
    does it. `follow_up_on`, `follow_up_key`: for a mailing, the day of its follow-up, and its key where it stands
    already. `handle`, `stands_on`: what moves in its place, and the day that stands on: a mailing's window moves with
    what is posted. `country`, `territory_id`, `account_owner_id`: of the account. `is_cancelled`: it was called off.
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
    follow_up_key: str = ""
    may_move: bool = False
    handle: str = ""
    stands_on: date | None = None
    at: datetime | None = None
    by_itself: bool = False
    contact_id: int | None = None
    contact: str = ""
    country: str = ""
    territory_id: int | None = None
    account_owner_id: int | None = None
    play_id: int | None = None
    play: str = ""
    is_cancelled: bool = False

    @property
    def key(self) -> str:
        """How a page names it: `task:17`."""
        return f"{self.kind}:{self.pk}"

    @property
    def moves(self) -> str:
        """The key of what another day is asked for."""
        return self.handle or self.key

    @property
    def moves_from(self) -> date:
        """The day that it stands on."""
        return self.stands_on or self.first

    @property
    def reaches_a_person(self) -> bool:
        """Whether somebody at the account hears from us by it."""
        return self.kind == "meeting" or (
            self.kind in ("step", "task") and self.channel in words.DIRECT_CHANNELS
        )


def follow_up_after(definition: PlayDefinition, position: int) -> int | None:
    """The days from a step to the personal step that follows it, as far as the waits say; None where none does."""
    days = 0
    for step in definition.steps[position + 1 :]:
        days += step.wait_days + round(step.wait_business_days * 7 / 5) + int(step.wait_hours // 24)
        if is_personal(step):
            return days
    return None


def is_personal(step: Step) -> bool:
    """Whether a step follows a mailing up: somebody of us reaches for a person, and it is not marketing's."""
    return step.channel in PERSONAL and step.side != words.MARKETING


def within_the_window(opens_on: date, *, sent_on: date, transit: timedelta = MAIL_TRANSIT) -> date:
    """The day of a mailing's follow-up: the one planned, moved into the two days from when the mailing lands."""
    lands = sent_on + transit
    return min(max(opens_on, lands), lands + MAIL_WINDOW)
