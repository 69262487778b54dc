"""A person's calendar as a file that calendar programs subscribe to (RFC 5545), under a secret address."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from icalendar import Calendar, Event

from accounts.models import User
from plays.domain import hours
from plays.domain.calendar import KINDS, Entry
from plays.models import CalendarFeed
from plays.selectors.calendar import Scope, sheet

BACK: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=90)
READ_AGAIN: Final = timedelta(minutes=5)
LENGTH: Final = timedelta(minutes=30)
REFRESH: Final = timedelta(hours=1)


@transaction.atomic
def new_address(*, user: User, now: datetime) -> str:
    """A new secret for the person's feed, told this once; the one before is dead."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user=user, defaults={"token_hash": _hash(token), "created_at": now, "read_at": None}
    )
    return token


@transaction.atomic
def end_address(*, user: User) -> None:
    """No feed any more."""
    CalendarFeed.objects.filter(user=user).delete()


@transaction.atomic
def feed_of(*, token: str, now: datetime) -> CalendarFeed | None:
    """The feed of this secret, while its person is here; notes that it was read, at most every few minutes."""
    feed = (
        CalendarFeed.objects.select_related("user")
        .filter(token_hash=_hash(token), user__is_active=True)
        .first()
    )
    if feed is not None and (feed.read_at is None or now - feed.read_at > READ_AGAIN):
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return feed


def calendar_file(user: User, *, host: str, now: datetime) -> bytes:
    """Two weeks back and three months ahead, in UTC; days without a time of day are whole days.

    An entry keeps its UID for ever, so a moved one moves. Nothing in it says when it was made: the same calendar gives
    the same file.
    """
    zone = hours.zone_named(user.time_zone)
    today = now.astimezone(zone).date()
    made = Calendar()
    made.add("prodid", "-//abmops//Program calendar//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"abmops: {user.name}")
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    found = sheet(Scope(person_id=user.pk), first=today - BACK, last=today + AHEAD, zone=zone)
    clashing = found.clashing
    for entry in found.entries:
        made.add_component(_event(entry, host=host, zone=zone, today=today, clashes=entry.key in clashing))
    return bytes(made.to_ical())


def fingerprint(body: bytes) -> str:
    """What tells two versions of a calendar apart."""
    return hashlib.sha256(body).hexdigest()[:32]


def _event(entry: Entry, *, host: str, zone: ZoneInfo, today: date, clashes: bool) -> Event:
    event = Event()
    event.add("uid", f"{entry.kind}-{entry.pk}@{host.partition(':')[0]}")
    said = entry.title if entry.account in entry.title else f"{entry.title} · {entry.account}"
    event.add("summary", f"{'⚠ ' if clashes else ''}{said}")
    event.add("dtstamp", datetime.combine(today, datetime.min.time(), tzinfo=UTC))
    event.add("categories", [KINDS[entry.kind]])
    event.add("url", f"https://{host}{entry.url}")
    if entry.note:
        event.add("description", entry.note)
    if entry.clock:
        clock = datetime.strptime(entry.clock, "%H:%M").time()  # noqa: DTZ007  (a time of day)
        starts = hours.at_local(entry.first, clock, zone)
        event.add("dtstart", starts)
        event.add("dtend", starts + LENGTH)
    else:
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + timedelta(days=1))
    event.add("transp", "OPAQUE" if entry.kind == "meeting" else "TRANSPARENT")
    return event


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
