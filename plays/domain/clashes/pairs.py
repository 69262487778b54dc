"""Things that get in each other's way: two of us on one day, two bursts at once, a mailing and its follow-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from plays.domain import vocabulary as words
from plays.domain.calendar import MAIL_WINDOW, Entry
from plays.domain.clashes.around import Clash


def same_day(entries: Iterable[Entry]) -> Iterator[Clash]:
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
                "same_day",
                f"{found[0].account} hears from us {times(len(found))} on {day:%-d %B}: {said}.",
                "Move one of them to another day, or agree who goes first.",
                tuple(entry.key for entry in found),
            )


def times(n: int) -> str:
    return "twice" if n == 2 else f"{n} times"


def _said(entry: Entry) -> str:
    by = f" by {entry.owner}" if entry.owner else ""
    return f"{'meeting' if entry.kind == 'meeting' else words.CHANNELS.get(entry.channel, entry.channel)}{by}"


def same_channel(entries: Iterable[Entry]) -> Iterator[Clash]:
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
                    "same_channel",
                    f"“{one.title}” and “{other.title}” run at once on "
                    f"{words.counted(len(shared), 'account')}, both by {words.CHANNELS[one.channel]}.",
                    f"Start “{other.title}” on {one.last + timedelta(days=1):%-d %B} or later.",
                    (one.key, other.key),
                )


def mail_apart(entries: Iterable[Entry], today: date) -> Iterator[Clash]:
    """A follow-up outside of the days in which it belongs; shown today where the mailing has landed."""
    for entry in entries:
        if entry.kind != "mail" or entry.follow_up_on is None:
            continue
        last = entry.first + MAIL_WINDOW
        if not entry.first <= entry.follow_up_on <= last:
            yield Clash(
                max(entry.first, min(today, entry.follow_up_on)),
                "mail",
                f"The mailing to {entry.account} lands about {entry.first:%-d %B}, but its follow-up is on "
                f"{entry.follow_up_on:%-d %B}: they belong within {MAIL_WINDOW.days} days of each other.",
                f"Move the follow-up to {entry.first:%-d %B} to {last:%-d %B}, or the mailing with it.",
                tuple(key for key in (entry.key, entry.follow_up_key) if key),
            )
