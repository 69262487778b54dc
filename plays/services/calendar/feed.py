"""A person's calendar as a file that calendar programs subscribe to (RFC 5545), under a secret address."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.db import transaction
from icalendar import Calendar, Event

from accounts.models import User
from plays.domain import hours
from plays.domain.calendar import KINDS, Entry
from plays.domain.meeting import LASTS
from plays.models import CalendarFeed
from plays.selectors.calendar.scope import Scope
from plays.selectors.calendar.sheet import sheet

BACK: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=90)
READ_AGAIN: Final = timedelta(minutes=5)
LENGTH: Final = timedelta(minutes=30)
REFRESH: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)


@transaction.atomic
def new_address(*, user: User, now: datetime) -> str:
    """A new secret for the person's feed, told this once; the one before is dead."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user=user,
        defaults={"token_hash": _hash(token), "created_at": now, "read_at": None, "fingerprint": ""},
    )
    return token


@transaction.atomic
def end_address(*, user: User) -> None:
    """Withdraw the secret address: calendars that subscribed to it get nothing from now on."""
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


@dataclass(frozen=True, slots=True)
class File:
    """A calendar file. `etag` tells two versions apart; `changed_at` is when this version was first seen."""

    body: bytes
    etag: str
    changed_at: datetime


@transaction.atomic
def calendar_file(feed: CalendarFeed, *, site: str, now: datetime) -> File:
    """Two weeks back and three months ahead, in UTC; days without a time of day are whole days.

    An entry keeps its UID for ever, by whatever address the site is asked, so a moved one moves; what was called off
    stays in as cancelled. The same calendar is the same file: it is stamped with the moment at which it last changed.
    """
    fresh = CalendarFeed.objects.select_for_update().get(pk=feed.pk)
    made, events = _calendar(fresh.user, site=site, now=now)
    said = hashlib.sha256(made.to_ical() + b"".join(event.to_ical() for event in events)).hexdigest()
    if said != fresh.fingerprint or fresh.changed_at is None:
        # HTTP tells seconds: two changes in one second are a second apart, so that nobody misses the later one.
        before = fresh.changed_at or datetime.min.replace(tzinfo=UTC)
        fresh.fingerprint, fresh.changed_at = said, max(now.replace(microsecond=0), before + SECOND)
        fresh.save(update_fields=["fingerprint", "changed_at"])
    assert fresh.changed_at is not None
    for event in events:
        event.add("dtstamp", fresh.changed_at)
        made.add_component(event)
    return File(bytes(made.to_ical()), said[:32], fresh.changed_at)


def _calendar(user: User, *, site: str, now: datetime) -> tuple[Calendar, list[Event]]:
    """The calendar, and its events, not stamped yet."""
    zone = hours.zone_named(user.time_zone)
    today = now.astimezone(zone).date()
    made = Calendar()
    made.add("prodid", "-//abmops//Program calendar//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"abmops: {user.name}")
    made.add("x-wr-timezone", zone.key)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    found = sheet(
        Scope(person_id=user.pk),
        first=today - BACK,
        last=today + AHEAD,
        zone=zone,
        now=now,
        with_cancelled=True,
    )
    said: dict[str, list[str]] = defaultdict(list)
    for clash in found.clashes:
        for key in clash.keys:
            said[key].append(f"{clash.sentence} {clash.advice}")
    return made, [_event(entry, site=site, clashes=said[entry.key]) for entry in found.entries]


def _event(entry: Entry, *, site: str, clashes: Sequence[str]) -> Event:
    event = Event()
    event.add("uid", f"{entry.kind}-{entry.pk}@{urlsplit(site).hostname}")
    said = entry.title if entry.account in entry.title else f"{entry.title} · {entry.account}"
    event.add("summary", f"{'⚠ ' if clashes else ''}{said}")
    event.add("categories", [KINDS[entry.kind]])
    event.add("url", f"{site}{entry.url}")
    if about := [text for text in (entry.note, *clashes) if text]:
        event.add("description", "\n".join(about))
    if entry.at is not None:
        starts = entry.at.astimezone(UTC).replace(second=0, microsecond=0)
        event.add("dtstart", starts)
        event.add("dtend", starts + (LASTS if entry.kind == "meeting" else LENGTH))
    else:
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + timedelta(days=1))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    busy = entry.kind == "meeting" and not entry.is_cancelled
    event.add("transp", "OPAQUE" if busy else "TRANSPARENT")
    return event


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
