"""What is wrong with the day of one entry: somebody is away, it is a holiday, or the hours are quiet."""

from __future__ import annotations

from collections.abc import Iterator

from plays.domain import quiet
from plays.domain import vocabulary as words
from plays.domain.calendar import Entry
from plays.domain.clashes.around import ANY_WEEK, Clash, Surroundings
from plays.domain.hours import zone_named
from plays.domain.zones import zones_of


def on_its_day(entry: Entry, around: Surroundings) -> Iterator[Clash]:
    """What is wrong with the day of one entry: quiet hours where it goes out by itself, else people and holidays."""
    if entry.by_itself:
        yield from _quiet(entry, around)
    elif entry.kind == "burst":
        yield from _quiet_burst(entry, around)
    elif entry.kind in ("step", "task", "meeting"):
        found = _absent(entry, around) or _holiday(entry, around) or _off_day(entry, around)
        if found is not None:
            yield found


def _absent(entry: Entry, around: Surroundings) -> Clash | None:
    absence = around.absence(entry.owner_id, entry.first)
    if absence is None:
        return None
    after = f"move it to {around.next_day(entry):%-d %B}"
    advice = (
        f"{absence.stand_in} stands in: hand it on to them, or {after}."
        if absence.stand_in
        else f"Hand it on, or {after}."
    )
    sentence = f"{entry.owner} is away on {entry.first:%-d %B}: {_what(entry)}."
    return Clash(entry.first, "away", sentence, advice, (entry.key,))


def _holiday(entry: Entry, around: Surroundings) -> Clash | None:
    """A holiday of whoever owes it, or where the account is."""
    day, week = entry.first, around.weeks.get(entry.owner_id or 0)
    move = f"Move it to {around.next_day(entry):%-d %B}."
    name = around.holiday(entry.territory_id, day)
    if week is not None and day in week.holidays:
        of = f" ({name})" if name else ""
        sentence = f"{day:%-d %B} is a holiday{of} for {entry.owner}: {_what(entry)}."
        return Clash(day, "holiday", sentence, move, (entry.key,))
    if name and entry.reaches_a_person:
        sentence = f"{day:%-d %B} is a holiday ({name}) at {entry.account}: {_what(entry)}."
        return Clash(day, "holiday", sentence, move, (entry.key,))
    return None


def _off_day(entry: Entry, around: Surroundings) -> Clash | None:
    """A task due or a meeting on a day on which its owner never works. A step may open then: it is due afterwards."""
    week = around.weeks.get(entry.owner_id or 0)
    if entry.kind == "step" or week is None or entry.first.weekday() in week.weekdays:
        return None
    return Clash(
        entry.first,
        "off_day",
        f"{entry.owner} does not work on {entry.first:%A}s: {_what(entry)} on {entry.first:%-d %B}.",
        f"Move it to {around.next_day(entry):%-d %B}, or hand it on.",
        (entry.key,),
    )


def _what(entry: Entry) -> str:
    return (
        entry.title
        if not entry.account or entry.account in entry.title
        else f"{entry.title} ({entry.account})"
    )


def _quiet(entry: Entry, around: Surroundings) -> Iterator[Clash]:
    """What goes out by itself in quiet hours waits: by the account's country, else by its owner's zone."""
    if entry.at is None or entry.channel not in words.DIRECT_CHANNELS:
        return
    policy, week = around.policy, around.weeks.get(entry.account_owner_id or 0, ANY_WEEK)
    zones = [zone_named(name) for name in zones_of(entry.country)] or [week.zone]
    until = quiet.allowed_at(
        entry.at, zones, opens=policy.day_opens, closes=policy.day_closes, holidays=week.holidays
    )
    if until == entry.at:
        return
    there, then = entry.at.astimezone(zones[0]), until.astimezone(zones[0])
    yield Clash(
        entry.first,
        "quiet",
        f"The {words.CHANNELS[entry.channel]} to {entry.account} falls into quiet hours: {there:%A %-d %B, %H:%M} "
        f"there. It goes out on {then:%A %-d %B, %H:%M}.",
        f"Move it to a working day between {policy.day_opens:02d}:00 and {policy.day_closes:02d}:00 there if that is "
        "too late.",
        (entry.key,),
    )


def _quiet_burst(entry: Entry, around: Surroundings) -> Iterator[Clash]:
    """A burst that reaches people begins on a working day of whoever runs it."""
    if entry.channel not in words.DIRECT_CHANNELS or around.works(entry.owner_id, entry.first):
        return
    yield Clash(
        entry.first,
        "quiet",
        f"“{entry.title}” goes out by {words.CHANNELS[entry.channel]} on {entry.first:%A %-d %B}, when nobody who runs "
        "it is at work.",
        f"Start it on {around.next_day(entry):%A %-d %B}.",
        (entry.key,),
    )
