"""What holds an account back from cold plays, as the guardrails need it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.domain.quarantine import HeldBy, Hold, longest


@dataclass(frozen=True, slots=True)
class Held:
    """Why and until when, as a sentence; empty where nothing does. `lost_until`: until when a lost deal does."""

    sentence: str = ""
    until: datetime | None = None
    has_open_deal: bool = False
    lost_until: datetime | None = None


def held(holds: Iterable[Hold], *, now: datetime) -> Held:
    """Of everything that holds it back the one that ends last, in words."""
    standing = [hold for hold in holds if hold.stands(now)]
    longest_one = longest(standing, now)
    if longest_one is None:
        return Held()
    lost = [hold.until for hold in standing if hold.kind is HeldBy.LOST_DEAL and hold.until is not None]
    until = f"until {longest_one.until:%-d %B %Y}" if longest_one.until else "for now"
    because = longest_one.because(timezone.get_current_timezone())
    return Held(
        sentence=f"No cold play {until}, because {because}."[:280],
        until=longest_one.until,
        has_open_deal=any(hold.kind is HeldBy.OPEN_DEAL for hold in standing),
        lost_until=max(lost, default=None),
    )
