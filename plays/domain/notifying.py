"""What people are told of, which way by default, and when a digest and the quiet hours fall on their wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plays.domain.hours import at_local

EMAIL, SLACK, DIGEST, HERE = "email", "slack", "digest", "here"
WAYS: Final = {
    EMAIL: "At once by e-mail",
    SLACK: "At once in Slack",
    DIGEST: "In the daily digest",
    HERE: "Only here",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Notices that a person decides on together. `urgent`: at once unless they say otherwise."""

    key: str
    name: str
    meaning: str
    kinds: frozenset[str]
    urgent: bool = False


GROUPS: Final = (
    Group(
        "late",
        "Late work",
        "A task of yours or of your team passed its due time, is about to, or was handed on.",
        frozenset(
            {"task_breached", "task_reminder", "task_handed_on", "task_due_soon", "task_second_breach"}
        ),
        urgent=True,
    ),
    Group(
        "surface",
        "Surfaces",
        "A surface of yours was switched off, or messages to it were given up.",
        frozenset({"surface_disabled", "delivery_dead"}),
        urgent=True,
    ),
    Group(
        "data",
        "Signals and data",
        "A source went quiet, flooded or sent what cannot be used; a threshold drifted; a reading of lists is old.",
        frozenset({"source_silent", "source_flood", "hook_refused", "hook_unweighed"})
        | {"threshold-drift", "gaps", "retune"},
    ),
    Group(
        "other",
        "Everything else",
        "The week's list, nominations to decide, proposals, and what comes later.",
        frozenset(),
    ),
)


def group_of(kind: str) -> Group:
    """The group of a kind of notice; what is not named is everything else."""
    return next((group for group in GROUPS if kind in group.kinds), GROUPS[-1])


def default_way(group: Group) -> str:
    """At once by e-mail what is urgent, the rest in the digest."""
    return EMAIL if group.urgent else DIGEST


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one person wants to be told."""

    zone: ZoneInfo
    ways: dict[str, str]
    digest_hour: int = 8
    digest_way: str = EMAIL
    quiet_from: int | None = None
    quiet_to: int | None = None

    def way_of(self, kind: str) -> str:
        """Which way a notice of this kind goes."""
        group = group_of(kind)
        way = self.ways.get(group.key, "")
        return way if way in WAYS else default_way(group)

    def digest_slot(self, now: datetime) -> datetime:
        """The latest moment at or before `now` at which the wall showed the digest hour. Once a local day, also in the
        nights when the clocks change."""
        today = now.astimezone(self.zone).date()
        slot = at_local(today, time(self.digest_hour), self.zone)
        return slot if slot <= now else at_local(today - timedelta(days=1), time(self.digest_hour), self.zone)

    def speaks_at(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours that it falls into."""
        if self.quiet_from is None or self.quiet_to is None or self.quiet_from == self.quiet_to:
            return now
        today = now.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            begins = at_local(day, time(self.quiet_from), self.zone)
            last = day + timedelta(days=1) if self.quiet_to < self.quiet_from else day
            ends = at_local(last, time(self.quiet_to), self.zone)
            if begins <= now < ends:
                return ends
        return now
