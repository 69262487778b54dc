"""What clashes on the calendar, in words, and what to do about it [F4, J]."""

from __future__ import annotations

from collections.abc import Sequence

from plays.domain.calendar import Entry
from plays.domain.clashes.around import KINDS, Away, Clash, Surroundings
from plays.domain.clashes.caps import account_caps, contact_caps
from plays.domain.clashes.days import on_its_day
from plays.domain.clashes.pairs import mail_apart, same_channel, same_day

__all__ = ["KINDS", "Away", "Clash", "Surroundings", "clashes"]


def clashes(entries: Sequence[Entry], around: Surroundings | None = None) -> list[Clash]:
    """Everything that clashes and can still be helped, by day. What was called off clashes with nothing."""
    around = around or Surroundings()
    entries = [entry for entry in entries if not entry.is_cancelled]
    found = [
        *same_day(entries),
        *same_channel(entries),
        *(clash for entry in entries for clash in on_its_day(entry, around)),
        *mail_apart(entries, around.today),
        *account_caps(entries, around),
        *contact_caps(entries, around),
    ]
    ahead = (clash for clash in found if clash.day >= around.today)
    return sorted(ahead, key=lambda clash: (clash.day, clash.sentence))
