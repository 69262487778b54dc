"""One week of the list: what changed in it, and how large the list was at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.domain.list_week import Week, said
from accounts.selectors.list_history import ListDiff, ListMove, list_as_of, list_diff

NO_TIER = 0


@dataclass(frozen=True, slots=True)
class WeekDiff:
    """A week's changes. `until` is its end, or the moment it was read at while it runs; sizes are by tier."""

    week: Week
    until: datetime
    diff: ListDiff
    before: dict[int, int]
    after: dict[int, int]

    @property
    def sentence(self) -> str:
        """In words."""
        return said(
            joined=len(self.diff.joined),
            left=len(self.diff.left),
            retiered=len(self.diff.retiered),
            size_before=sum(self.before.values()),
            size=sum(self.after.values()),
        )

    @property
    def size(self) -> int:
        """Accounts on the list at its end."""
        return sum(self.after.values())

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.until < self.week.end

    @property
    def groups(self) -> list[tuple[str, str, list[ListMove]]]:
        """What joined, left and moved: a name, a heading, the moves."""
        return [
            ("joined", "Joined", self.diff.joined),
            ("left", "Left", self.diff.left),
            ("retiered", "Changed tier", self.diff.retiered),
        ]


def read_week(week: Week, *, now: datetime) -> WeekDiff:
    """Three queries, whatever the week held."""
    until = min(week.end, now)
    return WeekDiff(week, until, list_diff(week.start, until), _sizes(week.start), _sizes(until))


def _sizes(at: datetime) -> dict[int, int]:
    rows = list_as_of(at).values("tier").annotate(n=Count("pk")).order_by("tier")
    return {1: 0, 2: 0, 3: 0} | {row["tier"] or NO_TIER: row["n"] for row in rows}


def plain_text(read: WeekDiff, *, url: str) -> str:
    """The week to paste into a message: counts, then a line an account, then the address."""
    week = read.week
    lines = [
        f"Target list, week {week.number} ({week.monday:%d.%m.%Y} to {week.sunday:%d.%m.%Y})",
        read.sentence,
    ]
    for _, title, moves in read.groups:
        if moves:
            lines += ["", f"{title} ({len(moves)})", *(f"- {_line(one)}" for one in moves)]
    return "\n".join([*lines, "", url, ""])


def _line(one: ListMove) -> str:
    places = {
        (True, False): f"into tier {one.to_tier}",
        (False, True): f"out of tier {one.from_tier}",
        (False, False): f"tier {one.from_tier} to tier {one.to_tier}",
    }[one.from_tier is None, one.to_tier is None]
    reason = " ".join(one.reason.split())
    return f"{one.name}: {places}. {reason}"
