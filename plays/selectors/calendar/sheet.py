"""The entries of some days, and what clashes among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plays.domain.calendar import Entry, Kind
from plays.domain.clashes import Clash, clashes
from plays.selectors.calendar import mailings, planned
from plays.selectors.calendar.met import meetings
from plays.selectors.calendar.scope import MOST, Scope, Span
from plays.selectors.calendar.surroundings import surroundings

AROUND: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a scope is shown; empty shows all."""

    kind: Kind | None = None
    side: str = ""
    play_id: int | None = None

    def has(self, entry: Entry) -> bool:
        """Whether an entry is shown."""
        return (
            self.kind in (None, entry.kind)
            and self.side in ("", entry.side)
            and self.play_id in (None, entry.play_id)
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entries of some days and what clashes among them. `is_cut`: there are more than were read.

    `plays`: those that something in scope belongs to, shown or not, by name.
    """

    entries: tuple[Entry, ...]
    clashes: tuple[Clash, ...]
    is_cut: bool = False
    clashing: frozenset[str] = field(default=frozenset())
    plays: tuple[tuple[int, str], ...] = ()


def sheet(
    scope: Scope,
    *,
    first: date,
    last: date,
    zone: ZoneInfo,
    now: datetime,
    shown: Shown | None = None,
    with_cancelled: bool = False,
) -> Sheet:
    """Everything from one local day to another, both included; a fixed number of queries, however much there is.

    Clashes are looked for among everything in scope, before `shown` narrows it; those are kept of which something is
    shown. `with_cancelled`: also what was called off.
    """
    span, shown = Span(first, last, zone), shown or Shown()
    found = _entries(scope, span, now=now, with_cancelled=with_cancelled)
    seen = tuple(entry for entry in found if shown.has(entry))
    keys = {entry.key for entry in seen}
    clashing = [
        clash for clash in clashes(found, surroundings(found, span, now=now)) if keys & set(clash.keys)
    ]
    return Sheet(
        entries=seen,
        clashes=tuple(clash for clash in clashing if first <= clash.day <= last),
        is_cut=len(found) >= MOST,
        clashing=frozenset(key for clash in clashing for key in clash.keys),
        plays=tuple(
            sorted({(one.play_id, one.play) for one in found if one.play_id}, key=lambda play: play[1])
        ),
    )


def _entries(scope: Scope, span: Span, *, now: datetime, with_cancelled: bool) -> Sequence[Entry]:
    tasks, steps = list(planned.tasks(scope, span)), list(planned.steps(scope, span))
    found = [
        *planned.bursts(scope, span, now=now, with_cancelled=with_cancelled),
        *(entry for entry, _ in tasks),
        *(entry for entry, _ in steps),
        *mailings.to_come(tasks, steps),
        *mailings.sent(scope, span),
        *meetings(scope, span, now=now, with_cancelled=with_cancelled),
    ]
    found.sort(key=lambda entry: (entry.first, entry.kind != "burst", entry.clock, entry.title, entry.pk))
    return found


def clashes_of(
    key: str, *, account_ids: frozenset[int], day: date, zone: ZoneInfo, now: datetime
) -> list[Clash]:
    """What one entry on these accounts clashes with, looked for in the weeks around a day."""
    scope = Scope(account_ids=account_ids)
    found = sheet(scope, first=day - AROUND, last=day + AROUND, zone=zone, now=now)
    return [clash for clash in found.clashes if key in clash.keys]
