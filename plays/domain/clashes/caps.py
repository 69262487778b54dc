"""More than the weekly caps let through, by what was made and what is planned together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from plays.domain.calendar import Entry
from plays.domain.clashes.around import Clash, Surroundings
from plays.domain.clashes.pairs import times

WEEK: Final = timedelta(days=7)


def account_caps(entries: Sequence[Entry], around: Surroundings) -> Iterator[Clash]:
    """More for an account within seven days, made and planned together, than the weekly cap lets through.

    A burst counts once, on its first day, from when on it is made; it is asked only where something else is planned.
    """
    planned: dict[int, list[Entry]] = defaultdict(list)
    names: dict[int, str] = {}
    for entry in entries:
        if entry.kind in ("step", "task"):
            for account_id in entry.account_ids:
                planned[account_id].append(entry)
                names[account_id] = entry.account
    for entry in entries:
        if entry.kind == "burst" and entry.first > around.today:
            for account_id in entry.account_ids & names.keys():
                planned[account_id].append(entry)
    limit = around.policy.touches_per_week
    for account_id, found in planned.items():
        week = _full_week(found, around.made.get(account_id, ()), limit, around.today)
        if week is not None:
            yield Clash(
                week.day,
                "account_cap",
                f"{week.count} touches on {names[account_id]} fall into the 7 days from {week.first:%-d %B}"
                f"{week.made_in_words}; the weekly cap is {limit}.",
                f"Move {week.count - limit} of them to {week.first + WEEK:%-d %B} or later; else the guardrail holds "
                "the last ones back.",
                tuple(entry.key for entry in week.planned),
            )


def contact_caps(entries: Sequence[Entry], around: Surroundings) -> Iterator[Clash]:
    """More for one person within seven days than the cap a person lets through."""
    planned: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "task" and entry.contact_id is not None and entry.reaches_a_person:
            planned[entry.contact_id].append(entry)
    limit = around.policy.touches_per_contact
    for contact_id, found in planned.items():
        week = _full_week(found, around.made_to.get(contact_id, ()), limit, around.today)
        if week is not None:
            one = found[0]
            yield Clash(
                week.day,
                "contact_cap",
                f"{one.contact} at {one.account} is to hear from us {times(week.count)} in the 7 days from "
                f"{week.first:%-d %B}{week.made_in_words}; the cap a person is {limit}.",
                f"Go to somebody else there, or move {week.count - limit} to {week.first + WEEK:%-d %B} or later.",
                tuple(entry.key for entry in week.planned),
            )


@dataclass(frozen=True, slots=True)
class _Week:
    """Seven days, half-open, that hold more than they may. `day`: of the first of it that can still be moved."""

    first: date
    planned: tuple[Entry, ...]
    made: int
    day: date

    @property
    def count(self) -> int:
        return len(self.planned) + self.made

    @property
    def made_in_words(self) -> str:
        return f" ({self.made} made, {len(self.planned)} planned)" if self.made else ""


def _full_week(planned: Iterable[Entry], made: Iterable[date], limit: int, today: date) -> _Week | None:
    """The first seven days that hold more than `limit`, with something among it that is still to come."""
    ahead = sorted(planned, key=lambda entry: (entry.first, entry.key))
    behind = sorted(made)
    for first in sorted({*behind, *(entry.first for entry in ahead)}):
        some = tuple(entry for entry in ahead if first <= entry.first < first + WEEK)
        n = sum(first <= day < first + WEEK for day in behind)
        to_come = [entry.first for entry in some if entry.first >= today]
        if to_come and len(some) + n > limit:
            return _Week(first, some, n, to_come[0])
    return None
