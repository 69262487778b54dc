"""Who is held back from joining the list [I]: an open deal, a fresh loss, or somebody's word, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum


class HeldBy(StrEnum):
    """What holds an account back."""

    OPEN_DEAL = "open_deal"
    LOST_DEAL = "lost_deal"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason to hold an account back. `what` is the deal's name, or the reason that somebody wrote."""

    account_id: int
    kind: HeldBy
    since: datetime
    until: datetime | None
    what: str
    by: str = ""
    row_id: int | None = None

    def stands(self, now: datetime) -> bool:
        """Half open: at its end it is over."""
        return self.since <= now and (self.until is None or now < self.until)

    def because(self, zone: tzinfo) -> str:
        """Why, as half a sentence."""
        match self.kind:
            case HeldBy.OPEN_DEAL:
                return f"the deal {self.what} is open"
            case HeldBy.LOST_DEAL:
                return f"the deal {self.what} was lost on {day(self.since, zone)}"
            case HeldBy.PERSON:
                return f"{self.by or 'somebody'} wrote: {self.what.rstrip('.')}"


def after_loss(closed_at: datetime, days: int) -> datetime:
    """When a loss no longer holds back."""
    return closed_at + timedelta(days=days)


def longest(holds: Iterable[Hold], now: datetime) -> Hold | None:
    """Of the holds that stand, the one that ends last; one without an end outlasts all others."""
    standing = [hold for hold in holds if hold.stands(now)]
    if not standing:
        return None
    return max(standing, key=lambda hold: (hold.until is None, hold.until or hold.since, hold.kind))


def sentence(name: str, hold: Hold, zone: tzinfo) -> str:
    """`Acme is held back until 3 March 2027, because the deal Scanner line was lost on 3 December 2026.`"""
    if hold.kind is HeldBy.OPEN_DEAL:
        return f"{name} is held back while {hold.because(zone)}."
    until = f"until {day(hold.until, zone)}" if hold.until else "until somebody lifts it"
    return f"{name} is held back {until}, because {hold.because(zone)}."


def day(moment: datetime, zone: tzinfo) -> str:
    """`3 March 2027`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"
