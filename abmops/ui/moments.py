"""Times in words: how long ago, how much is left. Pure: `now` and the reader's zone are arguments."""

from datetime import datetime, timedelta, tzinfo

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAMED_DAYS = 14
TODAY, YESTERDAY = "Today", "Yesterday"
# Under these headings a line shows its time of day, under the others its date.
BY_THE_CLOCK = frozenset({TODAY, YESTERDAY})


def span(length: timedelta) -> str:
    """A length as `47 min`, `2 h 27 min`, `3 days`: two units at most, cut and not rounded."""
    length = max(length, timedelta(0))
    if length < HOUR:
        return f"{length // MINUTE} min"
    if length < DAY:
        hours, rest = divmod(length, HOUR)
        minutes = rest // MINUTE
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days = length // DAY
    return "1 day" if days == 1 else f"{days} days"


def relative(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """A past or coming moment as a reader says it: by the clock within a day, by the calendar beyond it."""
    ago, ahead = now - moment, moment - now
    if timedelta(0) <= ago < MINUTE or timedelta(0) < ahead < MINUTE:
        return "now"
    days = (now.astimezone(zone).date() - moment.astimezone(zone).date()).days
    if days == 0 or abs(ago) < 6 * HOUR:
        return f"{span(ago)} ago" if ago >= timedelta(0) else f"in {span(ahead)}"
    if days == 1:
        return "yesterday"
    if days == -1:
        return "tomorrow"
    if 0 < days <= NAMED_DAYS:
        return f"{days} days ago"
    if -NAMED_DAYS <= days < 0:
        return f"in {-days} days"
    return date_words(moment, now=now, zone=zone)


def short(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """The same for a narrow column: `today`, `6 d`, `34 d`; days of the reader's calendar."""
    days = (now.astimezone(zone).date() - moment.astimezone(zone).date()).days
    if days == 0:
        return "today"
    return f"{days} d" if days > 0 else f"in {-days} d"


def date_words(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """`12 January`, with the year where it is not this one."""
    local = moment.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local.day} {local:%B}{year}"


def exact(moment: datetime, *, zone: tzinfo) -> str:
    """The whole truth, for hover: `Tuesday 10 March 2026, 11:20 CET`."""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M %Z}"


def due_words(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """When something is due: `11:20` today, `Wed 12:00` this week, `19 March, 12:00` beyond."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    if -7 < days < 7:
        return f"{local:%a %H:%M}"
    return f"{date_words(moment, now=now, zone=zone)}, {local:%H:%M}"


def day_heading(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """The heading of a timeline: today, yesterday, the last seven days, then months of the reader's calendar."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    days = (today.date() - local.date()).days
    if days == 0:
        return TODAY
    if days == 1:
        return YESTERDAY
    if days < 0:
        return "Coming"
    if days < 7:
        return "Last seven days"
    return f"{local:%B}" if local.year == today.year else f"{local:%B %Y}"


def short_date(moment: datetime, *, zone: tzinfo) -> str:
    """`8 Mar`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b}"
